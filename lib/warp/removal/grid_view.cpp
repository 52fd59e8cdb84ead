#include "warp/removal/grid_view.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "core/picture_geometry.h"

namespace closet::removal {

int GridView::px(double widths) const {
    return std::clamp(static_cast<int>(std::lround(widths * unit)), 1, 60);
}

std::optional<cv::Point2d> GridView::joint(Joint which) const {
    const Keypoint& point = wearer->pose.at(which);
    if (!is_reliable(point, min_score)) {
        return std::nullopt;
    }
    return place(place_of(point));
}

void look_at(const Patch& garment, const Wearer& wearer, const PersonClasses& classes,
             GridView& view) {
    const BodyFrame& body = *wearer.body;
    const double scale = classes.classes_from_shown(0, 0);
    view.classes = &classes;
    view.wearer = &wearer;
    view.min_score = wearer.min_score;
    view.unit = body.unit * scale;
    view.torso = std::max(body.torso * scale, 1.0);
    view.middle = view.place(body.middle);
    view.down = body.down;
    view.across = body.across;

    const cv::Size grid = classes.of(Surface::kGround).size();
    cv::Mat whole(classes.where.size(), CV_8UC1, cv::Scalar(0));
    const cv::Rect part = garment.where & classes.where;
    if (!part.empty()) {
        cv::Mat inner = whole(part - classes.where.tl());
        cv::extractChannel(garment.rgba(part - garment.where.tl()), inner, 3);
    }
    cv::resize(whole, view.matte, grid, 0, 0, cv::INTER_AREA);

    view.kinds.create(grid, CV_8UC1);
    for (int y = 0; y < grid.height; ++y) {
        auto* kind = view.kinds.ptr(y);
        std::array<const std::uint8_t*, kSurfaceCount> rows{};
        for (std::size_t c = 0; c < kSurfaceCount; ++c) {
            rows[c] = classes.probability[c].ptr(y);
        }
        for (int x = 0; x < grid.width; ++x) {
            std::uint8_t best = 0;
            std::uint8_t most = rows[0][x];
            for (std::uint8_t c = 1; c < kSurfaceCount; ++c) {
                const bool more = rows[c][x] > most;
                best = more ? c : best;
                most = more ? rows[c][x] : most;
            }
            kind[x] = best;
        }
    }
}

void grow(cv::Mat& mask, int by) {
    cv::dilate(mask, mask, cv::getStructuringElement(cv::MORPH_RECT, {2 * by + 1, 2 * by + 1}));
}

void shrink(cv::Mat& mask, int by) {
    cv::erode(mask, mask, cv::getStructuringElement(cv::MORPH_RECT, {2 * by + 1, 2 * by + 1}));
}

}  // namespace closet::removal
