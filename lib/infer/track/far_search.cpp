#include "infer/track/far_search.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "infer/region.h"

namespace closet {
namespace {

constexpr double kTileShare = 0.5;   ///< of the lower side of the picture
constexpr double kMostStride = 0.6;  ///< of a tile
constexpr double kSlowing = 3.0;     ///< from one wait to the next
constexpr int kLeastTile = 64;       ///< pixels; less shows nothing

/// Where tiles of `tile` pixels begin along a side, evenly.
std::vector<int> starts(int side, int tile) {
    const int steps = std::max(0, cvCeil((side - tile) / (kMostStride * tile)));
    std::vector<int> result;
    for (int i = 0; i <= steps; ++i) {
        result.push_back(steps == 0 ? 0 : (side - tile) * i / steps);
    }
    return result;
}

int tile_of(cv::Size picture) {
    return static_cast<int>(kTileShare * std::min(picture.width, picture.height));
}

/// How far a region's middle is from that of its tile, in tiles: what is cut off lies far.
double off_middle(const Region& region, const cv::Rect& tile) {
    const cv::Point2d middle(tile.x + tile.width / 2.0, tile.y + tile.height / 2.0);
    const cv::Point2d off = region.center - middle;
    return std::max(std::abs(off.x), std::abs(off.y)) / tile.width;
}

}  // namespace

std::vector<cv::Rect> FarSearch::tiles(cv::Size picture) {
    const int tile = tile_of(picture);
    std::vector<cv::Rect> result;
    if (tile >= kLeastTile) {
        for (const int y : starts(picture.height, tile)) {
            for (const int x : starts(picture.width, tile)) {
                result.emplace_back(x, y, tile, tile);
            }
        }
    }
    return result;
}

/// The tiles to look at in a view with nobody.
std::vector<cv::Rect> FarSearch::due(cv::Size picture, double time_s) {
    const int tile = tile_of(picture);
    if (time_s >= next_s_) {
        earliest_s_ = time_s + kFirstWaitS;
        next_s_ = time_s + wait_s_;
        wait_s_ = std::min(kSlowing * wait_s_, kLongestWaitS);
        return tiles(picture);
    }
    if (tile < kLeastTile || !last_ || last_->side > tile || time_s - last_s_ > kNearbyS) {
        return {};
    }
    const auto start = [tile](double middle, int side) {
        return std::clamp(cvRound(middle - tile / 2.0), 0, side - tile);
    };
    return {{start(last_->center.x, picture.width), start(last_->center.y, picture.height), tile,
             tile}};
}

std::vector<std::vector<Region>> FarSearch::search(std::span<const TimedView> views,
                                                   std::span<const std::size_t> empty,
                                                   const Find& find) {
    std::vector<std::vector<Region>> result(empty.size());
    for (std::size_t i = 0; i < empty.size(); ++i) {
        const TimedView& view = views[empty[i]];
        const std::vector<cv::Rect> where = due(view.picture->size(), view.time_s);
        if (where.empty()) {
            continue;
        }
        std::vector<cv::Mat> cut;
        for (const cv::Rect& tile : where) {
            cut.push_back((*view.picture)(tile));
        }
        std::vector<std::pair<double, Region>> people;
        const auto found = find(cut);
        for (std::size_t t = 0; t < found.size(); ++t) {
            for (Region region : found[t]) {
                region.center += cv::Point2d(where[t].tl());
                people.emplace_back(off_middle(region, where[t]), region);
            }
        }
        std::stable_sort(people.begin(), people.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        for (const auto& [off, region] : people) {
            const auto rest = regions_besides(result[i], std::span(&region, 1));
            result[i].insert(result[i].end(), rest.begin(), rest.end());
        }
        std::stable_sort(result[i].begin(), result[i].end(),
                         [](const Region& a, const Region& b) { return a.side > b.side; });
        if (!result[i].empty()) {
            saw(result[i].front(), view.time_s);  // also who is not believed at the first look
        }
    }
    return result;
}

}  // namespace closet
