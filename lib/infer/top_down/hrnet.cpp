#include "infer/top_down/hrnet.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "infer/pose_models.h"
#include "models/checkpoint/checkpoint.h"
#include "models/network_cache.h"
#include "models/networks/hrnet/hrnet.h"

namespace closet {
namespace {

/// Keypoints below it are not relied on (IN_VIS_THRE of HRNet's configurations).
constexpr float kLeastHeat = 0.2F;

constexpr int kInputPixelsPerCell = 4;
constexpr float kQuarter = 0.25F;

/// The heat map of one point.
class HeatMap {
  public:
    HeatMap(std::span<const float> maps, cv::Size cells, std::size_t points, std::size_t point)
        : maps_(maps), cells_(cells), points_(points), point_(point) {}

    float at(int x, int y) const {
        return maps_[static_cast<std::size_t>(y * cells_.width + x) * points_ + point_];
    }
    cv::Size cells() const { return cells_; }

  private:
    std::span<const float> maps_;
    cv::Size cells_;
    std::size_t points_, point_;
};

float quarter_towards(float higher, float lower) {
    return higher > lower ? kQuarter : higher < lower ? -kQuarter : 0.0F;
}

CropPoint peak_of(const HeatMap& map, HeatmapRule rule) {
    const float rejected = rule == HeatmapRule::kOriginal ? 0.0F : -1.0F;
    const CropPoint none{.x = rejected, .y = rejected, .score = 0};
    cv::Point peak;
    for (int y = 0; y < map.cells().height; ++y) {
        for (int x = 0; x < map.cells().width; ++x) {
            if (!std::isfinite(map.at(x, y))) {
                return none;
            }
            if (map.at(x, y) > map.at(peak.x, peak.y)) {
                peak = {x, y};
            }
        }
    }
    const float score = map.at(peak.x, peak.y);
    if (!(score > 0)) {
        return none;
    }
    const cv::Size last(map.cells().width - 1, map.cells().height - 1);
    // Column 1 has a neighbor on both sides; neither of the references moves a peak there.
    const bool off_x = peak.x > 1 && peak.x < last.width;
    const bool off_y = peak.y > 1 && peak.y < last.height;
    const bool original = rule == HeatmapRule::kOriginal;
    CropPoint point{
        .x = static_cast<float>(peak.x), .y = static_cast<float>(peak.y), .score = score};
    if (off_x && (original ? off_y : peak.y > 0)) {
        point.x += quarter_towards(map.at(peak.x + 1, peak.y), map.at(peak.x - 1, peak.y));
    }
    if (off_y && (original ? off_x : peak.x > 0)) {
        point.y += quarter_towards(map.at(peak.x, peak.y + 1), map.at(peak.x, peak.y - 1));
    }
    return point;
}

std::size_t cell_count(cv::Size cells) {
    return static_cast<std::size_t>(cells.area());
}

void check_maps(std::span<const float> maps, cv::Size cells, std::size_t points) {
    if (points == 0 || maps.size() != cell_count(cells) * points) {
        throw ModelError(fmt::format(
            "the pose network gives {} values instead of {} x {} for each of {} keypoints: the "
            "file holds another model",
            maps.size(), cells.width, cells.height, points));
    }
}

}  // namespace

std::vector<CropPoint> decode_heatmaps(std::span<const float> maps, cv::Size cells,
                                       std::size_t points, HeatmapRule rule) {
    check_maps(maps, cells, points);
    std::vector<CropPoint> result;
    result.reserve(points);
    for (std::size_t i = 0; i < points; ++i) {
        result.push_back(peak_of(HeatMap(maps, cells, points, i), rule));
    }
    return result;
}

std::vector<float> mean_with_mirrored(std::span<const float> maps, std::span<const float> mirrored,
                                      cv::Size cells, std::size_t points) {
    check_maps(maps, cells, points);
    check_maps(mirrored, cells, points);
    const auto width = static_cast<std::size_t>(cells.width);
    std::vector<float> mean(maps.size());
    for (std::size_t i = 0; i < mean.size(); ++i) {
        const std::size_t cell = i / points;
        const std::size_t column = cell % width;
        const std::size_t shifted = column == 0 ? 0 : column - 1;
        const std::size_t from = cell - column + width - 1 - shifted;
        mean[i] = 0.5F * (maps[i] + mirrored[from * points + other_side(i % points)]);
    }
    return mean;
}

float HrnetPose::least_presence() const {
    return kLeastHeat;
}

PoseEstimate HrnetPose::interpret(Outputs upright, Outputs mirrored, const Region& region) const {
    const cv::Size cells = input() / kInputPixelsPerCell;
    const std::size_t count = keypoint_count(Skeleton::kCoco17);
    std::vector<CropPoint> points =
        mirrored.empty()
            ? decode_heatmaps(upright[0], cells, count, rule_)
            : decode_heatmaps(mean_with_mirrored(upright[0], mirrored[0], cells, count), cells,
                              count, rule_);
    for (CropPoint& point : points) {
        point.x *= kInputPixelsPerCell;
        point.y *= kInputPixelsPerCell;
    }
    return estimate_of(points, region, input(), kLeastHeat);
}

/// For the list of models. `entry.files`: first the checkpoint, whose size of input is in its name
/// only: 384 x 288 where "384x288" is in that of the entry or the file, else 256 x 192.
std::unique_ptr<PoseModel> make_hrnet(const InferOptions& options, const PoseModelEntry& entry,
                                      WorkerPool& workers) {
    const std::filesystem::path path = model_file(entry.files.at(0));
    const bool large = entry.name.find("384x288") != std::string_view::npos ||
                       path.filename().string().find("384x288") != std::string::npos;
    const cv::Size input = large ? cv::Size(288, 384) : cv::Size(192, 256);
    const NetworkOptions on = pose_network_options(options);
    const auto checkpoint = read_checkpoint(path);
    const LoadOptions load{.allow_partial = options.allow_partial,
                           .input = std::pair{input.width, input.height}};
    const HrnetArchitecture architecture = recognize_as(*checkpoint, "HRNet", recognize_hrnet);
    const std::string source = fmt::format("{} {}{}", file_source(path), input.width,
                                           options.allow_partial ? " partial" : "");
    const auto network = shared_network(network_key(source, on), [&] {
        Hrnet loaded = load_hrnet(*checkpoint, load);
        warn_of_start_values(loaded.keys, path.string(), to_string(loaded.architecture));
        return make_network(std::move(loaded.graph), on);
    });
    const auto count = static_cast<std::int64_t>(keypoint_count(Skeleton::kCoco17));
    if (architecture.keypoints != count) {
        throw ModelError(
            fmt::format("{} has {} keypoints, and only HRNets with the {} of COCO are supported",
                        path.string(), architecture.keypoints, count));
    }
    return std::make_unique<HrnetPose>(
        make_runner({.network = network,
                     .normalization = imagenet_normalization(),
                     .device = on.device,
                     .streams = options.streams},
                    workers),
        input,
        architecture.layout == HrnetArchitecture::Layout::kOriginal ? HeatmapRule::kOriginal
                                                                    : HeatmapRule::kMmpose,
        make_person_detector(options.detector, options, workers), options.flip_test);
}

}  // namespace closet
