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

    cv::Mat alpha;
    cv::extractChannel(garment.rgba, alpha, 3);
    read_alpha(alpha, garment.where, classes, view.matte);
    const cv::Size grid = view.matte.size();

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

void read_alpha(const cv::Mat& alpha, cv::Rect where, const PersonClasses& classes, cv::Mat& grid) {
    const cv::Size size = classes.of(Surface::kGround).size();
    const cv::Rect part = where & classes.where;
    const cv::Rect inside = part - classes.where.tl();
    if (classes.where.size() == size * 2 &&
        (inside.x | inside.y | inside.width | inside.height) % 2 == 0) {
        grid.create(size, CV_8UC1);
        grid.setTo(0);
        if (!part.empty()) {
            cv::Mat half = grid(cv::Rect(inside.tl() / 2, inside.size() / 2));
            cv::resize(alpha(part - where.tl()), half, half.size(), 0, 0, cv::INTER_AREA);
        }
        return;
    }
    cv::Mat whole(classes.where.size(), CV_8UC1, cv::Scalar(0));
    if (!part.empty()) {
        alpha(part - where.tl()).copyTo(whole(inside));
    }
    cv::resize(whole, grid, size, 0, 0, cv::INTER_AREA);
}

void grow(cv::Mat& mask, int by) {
    cv::dilate(mask, mask, cv::getStructuringElement(cv::MORPH_RECT, {2 * by + 1, 2 * by + 1}));
}

void shrink(cv::Mat& mask, int by) {
    cv::erode(mask, mask, cv::getStructuringElement(cv::MORPH_RECT, {2 * by + 1, 2 * by + 1}));
}

}  // namespace closet::removal
