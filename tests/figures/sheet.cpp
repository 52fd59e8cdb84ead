#include "sheet.h"

#include <algorithm>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "decode/pixel_convert.h"

namespace closet::figures {

PosedFrame another(const PosedFrame& posed) {
    PosedFrame copy;
    copy.frame.index = posed.frame.index;
    copy.frame.pts = posed.frame.pts;
    copy.frame.time_base = posed.frame.time_base;
    copy.frame.orientation = posed.frame.orientation;
    copy.frame.scene_start = posed.frame.scene_start;
    copy.frame.image = reference(*posed.frame.image);
    copy.poses = posed.poses;
    return copy;
}

cv::Mat dressed_tile(Warp& warp, const PosedFrame& posed, int height) {
    const Frame dressed = warp.dress(another(posed));
    PixelConvert convert;
    const AvFrame bgr = convert(*dressed.image, {.format = AV_PIX_FMT_BGR24});
    const cv::Mat picture(bgr->height, bgr->width, CV_8UC3, bgr->data[0],
                          static_cast<std::size_t>(bgr->linesize[0]));
    cv::Rect part({0, 0}, picture.size());
    if (!posed.poses.empty()) {
        const Box box = enclosing_box(posed.poses.front().keypoints, 0.3F);
        const float margin = 0.12F * box.height;
        part &= cv::Rect(cvRound(box.x - 2 * margin), cvRound(box.y - margin),
                         cvRound(box.width + 4 * margin), cvRound(box.height + 2 * margin));
    }
    cv::Mat tile;
    const int width = std::max(part.width * height / std::max(part.height, 1), 1);
    cv::resize(picture(part), tile, {width, height}, 0, 0, cv::INTER_AREA);
    return tile;
}

void write_sheet(const std::filesystem::path& path, const std::vector<std::vector<cv::Mat>>& rows) {
    std::vector<cv::Mat> lines;
    int width = 0;
    for (const std::vector<cv::Mat>& row : rows) {
        if (!row.empty()) {
            cv::hconcat(row, lines.emplace_back());
            width = std::max(width, lines.back().cols);
        }
    }
    cv::Mat sheet;
    for (cv::Mat& line : lines) {
        cv::copyMakeBorder(line, line, 0, 0, 0, width - line.cols, cv::BORDER_CONSTANT);
    }
    cv::vconcat(lines, sheet);
    if (!cv::imwrite(path.string(), sheet)) {
        throw Error("cannot write the sheet " + path.string());
    }
}

}  // namespace closet::figures
