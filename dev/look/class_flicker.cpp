// How restless the classes of the color step are: of the pixels that hardly change from one frame
// to the next, in each person's box, the share whose likeliest class changes; with colors that are
// kept over time, and with colors learned from each frame alone. And of what is held in hands: in
// how many frames, how often it came or went, how much of it changes from frame to frame.
//   class_flicker PARSER CLIP [SHEET.png [FIRST STEP]]
// SHEET: frames FIRST, FIRST + STEP, ... and below each its classes, what is held in cyan.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "decode/pixel_convert.h"
#include "dev/program.h"
#include "figures/class_overlap.h"
#include "figures/posed_media.h"
#include "figures/sheet.h"
#include "warp/classes/person_classes.h"

namespace closet::figures {
namespace {

constexpr double kStillLevels = 4;  ///< that each of R, G and B may change by
constexpr int kTileHeight = 300;

cv::Mat picture_of_frame(const Frame& frame) {
    PixelConvert convert;
    const AvFrame bgr = convert(*frame.image, {.format = AV_PIX_FMT_BGR24});
    return cv::Mat(bgr->height, bgr->width, CV_8UC3, bgr->data[0],
                   static_cast<std::size_t>(bgr->linesize[0]))
        .clone();
}

/// Compares each frame's likeliest classes with those of the frame before.
class ClassFlicker {
  public:
    void add(ClassFinder& finder, const PosedFrame& posed, const Pose& pose, const cv::Mat& still) {
        const PersonClasses* classes =
            finder.find(pose, {*posed.frame.image, posed.frame.orientation});
        if (classes == nullptr) {
            last_.reset();
            return;
        }
        const cv::Size size = geometry_of(posed.frame).shown;
        add_held(classes->held, classes->where);
        cv::Mat likeliest;
        likeliest_classes(*classes, size, likeliest);
        if (last_ && !still.empty()) {
            cv::Mat in_box = cv::Mat::zeros(size, CV_8UC1);
            in_box(classes->where & last_where_ & cv::Rect({}, size)).setTo(255);
            const cv::Mat compared = in_box & still;
            changed_ += cv::countNonZero((likeliest != *last_) & compared);
            compared_ += cv::countNonZero(compared);
        }
        last_ = likeliest;
        last_where_ = classes->where;
    }
    double share() const { return changed_ / std::max(compared_, 1.0); }
    int held_frames() const { return held_frames_; }
    int came_or_went() const { return came_or_went_; }
    double held_changes() const { return held_changed_ / std::max(held_all_, 1.0); }

  private:
    void add_held(const cv::Mat& held, cv::Rect where) {
        const bool is = !held.empty() && cv::countNonZero(held) > 0;
        held_frames_ += is ? 1 : 0;
        came_or_went_ += is_first_ || is == was_held_ ? 0 : 1;
        if (is && was_held_ && held.size() == last_held_.size() && where == last_where_) {
            held_changed_ += cv::countNonZero(held != last_held_);
            held_all_ += cv::countNonZero(held | last_held_);
        }
        is_first_ = false;
        was_held_ = is;
        last_held_ = held.clone();
    }

    bool is_first_ = true, was_held_ = false;
    cv::Mat last_held_;
    int held_frames_ = 0, came_or_went_ = 0;
    double held_changed_ = 0, held_all_ = 0;
    std::optional<cv::Mat> last_;
    cv::Rect last_where_;
    double changed_ = 0, compared_ = 0;
};

int run_flicker(const std::vector<std::string>& arguments) {
    PosedMedia media(arguments.at(0));
    const int first = arguments.size() > 3 ? std::atoi(arguments[3].c_str()) : 0;
    const int step = arguments.size() > 4 ? std::max(std::atoi(arguments[4].c_str()), 1) : 20;
    ClassFlicker kept, alone;
    ClassFinder keeps, forgets;
    cv::Mat before;
    int frames = 0, labeled = 0;
    std::vector<std::vector<cv::Mat>> tiles(2);
    media.each_frame(arguments.at(1), [&](const PosedFrame& posed) {
        ++frames;
        const cv::Mat picture = picture_of_frame(posed.frame);
        cv::Mat still;
        if (!before.empty()) {
            cv::Mat difference;
            cv::absdiff(picture, before, difference);
            cv::inRange(difference, cv::Scalar::all(0), cv::Scalar::all(kStillLevels), still);
        }
        before = picture;
        if (posed.poses.empty() || !posed.poses.front().labels) {
            return;
        }
        ++labeled;
        keeps.begin_frame(posed.frame.seconds(), posed.frame.scene_start);
        forgets.begin_frame(posed.frame.seconds(), true);
        kept.add(keeps, posed, posed.poses.front(), still);
        alone.add(forgets, posed, posed.poses.front(), still);
        if (arguments.size() > 2 && posed.frame.index >= first &&
            (posed.frame.index - first) % step == 0) {
            cv::Mat colors = cv::Mat::zeros(picture.size(), CV_8UC3);
            if (const PersonClasses* classes = keeps.find(
                    posed.poses.front(), {*posed.frame.image, posed.frame.orientation})) {
                cv::Mat likeliest;
                likeliest_classes(*classes, geometry_of(posed.frame).shown, likeliest, &colors);
                if (!classes->held.empty()) {
                    cv::Mat held;
                    cv::warpAffine(classes->held, held, classes->classes_from_shown, colors.size(),
                                   cv::INTER_NEAREST | cv::WARP_INVERSE_MAP);
                    colors.setTo(cv::Scalar(255, 255, 0), held);
                }
            }
            int row = 0;
            for (const cv::Mat& tile : {picture, colors}) {
                cv::resize(tile, tiles[static_cast<std::size_t>(row++)].emplace_back(),
                           {tile.cols * kTileHeight / tile.rows, kTileHeight}, 0, 0,
                           cv::INTER_AREA);
            }
        }
    });
    fmt::print(
        "{}: {} frames, {} with labels; of still pixels change class: {:.3f} % (colors "
        "kept), {:.3f} % (of each frame alone); things held in {} frames, came or went {} times, "
        "{:.2f} % of them change\n",
        arguments.at(1), frames, labeled, 100 * kept.share(), 100 * alone.share(),
        kept.held_frames(), kept.came_or_went(), 100 * kept.held_changes());
    if (arguments.size() > 2) {
        write_sheet(arguments[2], tiles);
    }
    return 0;
}

}  // namespace
}  // namespace closet::figures

int main(int argc, char** argv) {
    return closet::dev::program(argc, argv, 2, "class_flicker PARSER CLIP [SHEET.png [FIRST STEP]]",
                                closet::figures::run_flicker);
}
