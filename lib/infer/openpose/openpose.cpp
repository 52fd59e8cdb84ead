#include "infer/openpose/openpose.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "infer/pose_models.h"
#include "models/checkpoint/checkpoint.h"
#include "models/network_cache.h"
#include "models/networks/openpose/openpose.h"

namespace closet {
namespace {

constexpr double kScale = 0.5, kTrainedHeight = 368;  // scale_search and boxsize
constexpr int kStride = 8;
constexpr double kGray = 128;
constexpr double kMostAspect = 8;  // of the network's input; wider pictures are squeezed

/// Keypoints below it are not relied on; the least that a peak can be.
constexpr float kLeastHeat = 0.1F;

/// A person is another one where less of both regions is shared.
constexpr double kLeastOverlap = 0.3;

double view_scale(cv::Size picture) {
    return kScale * kTrainedHeight / picture.height;
}

int padded(int side) {
    return (side + kStride - 1) / kStride * kStride;
}

/// A body goes on beyond its joints by as much as with the other models.
Region region_around(const Box& joints) {
    constexpr double kBodyToJoints = 1.25;
    return {.center = {joints.x + joints.width / 2.0, joints.y + joints.height / 2.0},
            .side = kBodyToJoints * std::max(joints.width, joints.height),
            .rotation = 0};
}

/// Shared area over that of both, of upright squares.
double overlap(const Region& a, const Region& b) {
    const auto square = [](const Region& region) {
        return cv::Rect2d(region.center.x - region.side / 2, region.center.y - region.side / 2,
                          region.side, region.side);
    };
    const double shared = (square(a) & square(b)).area();
    return shared / (square(a).area() + square(b).area() - shared);
}

PoseEstimate estimate_of(const OpenPosePeople& all, const OpenPosePerson& person) {
    PoseEstimate estimate;
    estimate.keypoints = coco_keypoints(all, person);
    float sum = 0;
    int found = 0;
    for (const Keypoint& keypoint : estimate.keypoints) {
        sum += keypoint.score;
        found += keypoint.score > 0 ? 1 : 0;
    }
    estimate.presence = found == 0 ? 0 : sum / static_cast<float>(found);
    estimate.region = region_around(enclosing_box(estimate.keypoints, kLeastHeat));
    return estimate;
}

/// The largest people first.
std::vector<PoseEstimate> people_of(const OpenPoseMaps& maps) {
    const OpenPosePeople all = group_people(maps);
    std::vector<PoseEstimate> people;
    for (const OpenPosePerson& person : all.people) {
        people.push_back(estimate_of(all, person));
    }
    std::stable_sort(people.begin(), people.end(),
                     [](const auto& a, const auto& b) { return a.region.side > b.region.side; });
    return people;
}

/// FNV-1a over eight bytes at a time.
std::uint64_t hash_of(const cv::Mat& picture) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    const auto mix = [&](std::uint64_t value) { hash = (hash ^ value) * 0x100000001B3U; };
    mix(static_cast<std::uint64_t>(picture.cols));
    for (int y = 0; y < picture.rows; ++y) {
        const auto* const row = picture.ptr<std::uint8_t>(y);
        const auto bytes = static_cast<std::size_t>(picture.cols) * picture.elemSize();
        for (std::size_t i = 0; i < bytes; i += sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            std::copy_n(row + i, std::min(bytes - i, sizeof(word)),
                        reinterpret_cast<std::uint8_t*>(&word));
            mix(word);
        }
    }
    return hash;
}

}  // namespace

OpenPoseView openpose_view(cv::Size picture) {
    const double scale = view_scale(picture);
    const int widest = static_cast<int>(kMostAspect * kScale * kTrainedHeight);
    const cv::Size seen(std::clamp(cvRound(picture.width * scale), 1, widest),
                        std::max(cvRound(picture.height * scale), 1));
    return {.seen = seen, .input = {padded(seen.width), padded(seen.height)}};
}

void show_openpose(const cv::Mat& rgb, cv::Mat& input) {
    const OpenPoseView view = openpose_view(rgb.size());
    const double scale = view_scale(rgb.size());
    cv::Mat small;
    if (view.seen.width == cvRound(rgb.cols * scale)) {
        cv::resize(rgb, small, {}, scale, scale, cv::INTER_CUBIC);  // steps of exactly 1 / scale
    } else {
        cv::resize(rgb, small, view.seen, 0, 0, cv::INTER_CUBIC);
    }
    input.setTo(cv::Scalar::all(kGray));
    cv::Mat shown = input(cv::Rect({}, view.seen));
    cv::cvtColor(small, shown, cv::COLOR_RGB2BGR);
}

float OpenPose::least_presence() const {
    return kLeastHeat;
}

Region OpenPose::region_of_box(const Box& box, cv::Size) const {
    return {.center = {box.x + box.width / 2.0, box.y + box.height / 2.0},
            .side = std::max(box.width, box.height),
            .rotation = 0};
}

std::vector<std::vector<Region>> OpenPose::find(std::span<const cv::Mat> pictures) {
    std::vector<const cv::Mat*> shown;
    for (const cv::Mat& picture : pictures) {
        shown.push_back(&picture);
    }
    std::vector<std::vector<Region>> found;
    for (const std::size_t index : look(shown)) {
        std::vector<Region>& regions = found.emplace_back();
        for (const PoseEstimate& person : seen_[index].people) {
            if (is_usable(person.region, shown[found.size() - 1]->size())) {
                regions.push_back(person.region);
            }
        }
    }
    return found;
}

std::vector<PoseEstimate> OpenPose::estimate(std::span<const PoseInput> inputs) {
    std::vector<const cv::Mat*> shown;
    for (const PoseInput& input : inputs) {
        shown.push_back(input.picture);
    }
    const std::vector<std::size_t> looks = look(shown);
    std::vector<PoseEstimate> estimates;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const Region& asked = inputs[i].region;
        const std::vector<PoseEstimate>& people = seen_[looks[i]].people;
        const auto best =
            std::max_element(people.begin(), people.end(), [&](const auto& a, const auto& b) {
                return overlap(asked, a.region) < overlap(asked, b.region);
            });
        if (best != people.end() && overlap(asked, best->region) >= kLeastOverlap) {
            estimates.push_back(*best);
            continue;
        }
        PoseEstimate nobody;
        nobody.keypoints.resize(keypoint_count(skeleton()),
                                {.x = static_cast<float>(asked.center.x),
                                 .y = static_cast<float>(asked.center.y),
                                 .z = 0,
                                 .score = 0});
        nobody.region = asked;
        estimates.push_back(std::move(nobody));
    }
    return estimates;
}

std::vector<std::size_t> OpenPose::look(std::span<const cv::Mat* const> pictures) {
    std::vector<Seen> now;
    std::vector<const cv::Mat*> fresh;
    std::vector<std::size_t> fresh_at, result;
    for (const cv::Mat* const picture : pictures) {
        const std::uint64_t hash = hash_of(*picture);
        const auto is_it = [&](const Seen& seen) { return seen.picture == hash; };
        const auto again = std::find_if(now.begin(), now.end(), is_it);
        result.push_back(static_cast<std::size_t>(again - now.begin()));
        if (again != now.end()) {
            continue;
        }
        const auto known = std::find_if(seen_.begin(), seen_.end(), is_it);
        if (known == seen_.end()) {
            fresh.push_back(picture);
            fresh_at.push_back(now.size());
        }
        now.push_back(known == seen_.end() ? Seen{.picture = hash, .people = {}} : *known);
    }
    std::vector<Seen> looked(fresh.size());
    look_at(fresh, looked);
    for (std::size_t i = 0; i < looked.size(); ++i) {
        now[fresh_at[i]].people = std::move(looked[i].people);
    }
    seen_ = std::move(now);
    return result;
}

void OpenPose::look_at(std::span<const cv::Mat* const> pictures, std::span<Seen> results) {
    for (std::size_t first = 0; first < pictures.size();) {
        const OpenPoseView view = openpose_view(pictures[first]->size());
        std::size_t end = first + 1;
        while (end < pictures.size() && pictures[end]->size() == pictures[first]->size()) {
            ++end;
        }
        if (runner_ == nullptr || input_ != view.input) {
            runner_ = make_runner_(view.input);
            input_ = view.input;
        }
        runner_->run(
            end - first,
            [&](std::size_t i, cv::Mat& input) { show_openpose(*pictures[first + i], input); },
            [&](std::size_t i, Outputs outputs) {
                results[first + i].people = people_of({.heat = outputs[1],
                                                       .directions = outputs[0],
                                                       .cells = view.input / kStride,
                                                       .seen = view.seen,
                                                       .picture = pictures[first + i]->size()});
            });
        first = end;
    }
}

/// For the list of models. `entry.files`: first the checkpoint.
std::unique_ptr<PoseModel> make_openpose(const InferOptions& options, const PoseModelEntry& entry,
                                         WorkerPool& workers) {
    const std::filesystem::path path = model_file(entry.files.at(0));
    const NetworkOptions on = pose_network_options(options);
    const std::shared_ptr<const Checkpoint> checkpoint = read_checkpoint(path);
    const auto load = [=, allow_partial = options.allow_partial](cv::Size input) {
        const std::string source = fmt::format("{} {}x{}{}", file_source(path), input.width,
                                               input.height, allow_partial ? " partial" : "");
        return shared_network(network_key(source, on), [&] {
            OpenPoseNetwork loaded = load_openpose(
                *checkpoint,
                {.allow_partial = allow_partial, .input = std::pair{input.width, input.height}});
            warn_of_start_values(loaded.keys, path.string(), to_string(loaded.architecture));
            return make_network(std::move(loaded.graph), on);
        });
    };
    recognize_as(*checkpoint, "OpenPose", recognize_openpose);  // refuses other files before a clip
    return std::make_unique<OpenPose>(
        [load, on, streams = options.streams, &workers](cv::Size input) {
            return make_runner({.network = load(input),
                                .normalization = uniform_normalization(1.0F / 256, -0.5F),
                                .device = on.device,
                                .streams = streams},
                               workers);
        });
}

}  // namespace closet
