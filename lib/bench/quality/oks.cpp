#include "bench/quality/oks.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace closet::bench {
namespace {

/// A file of labels for a long clip has some ten thousand people of half a kilobyte.
constexpr std::uintmax_t kMaxBytes = 512U << 20U;

/// Standard deviations of people's labels, per joint, over the root of the area: COCO's keypoint
/// evaluation (cocoapi, cocoeval.py, kpt_oks_sigmas).
constexpr std::array<double, kJointCount> kSigmas{.026, .025, .025, .035, .035, .079,
                                                  .079, .072, .072, .062, .062, .107,
                                                  .107, .087, .087, .089, .089};

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
    throw ConfigError(fmt::format("{} {}: {}; give COCO keypoint annotations of the clip's frames",
                                  flags::kLabels, path.string(), why));
}

/// Frame index by image id.
std::map<std::int64_t, std::int64_t> frames_of_images(const nlohmann::json& images) {
    std::map<std::int64_t, std::int64_t> frames;
    bool named = false;
    for (const auto& image : images) {
        named = named || image.contains("frame_index");
        frames[image.at("id").get<std::int64_t>()] = 0;
    }
    std::int64_t next = 0;
    for (auto& [id, frame] : frames) {
        frame = next++;
    }
    if (named) {
        for (const auto& image : images) {
            frames[image.at("id").get<std::int64_t>()] =
                image.at("frame_index").get<std::int64_t>();
        }
    }
    return frames;
}

LabeledPerson person_of(const nlohmann::json& annotation) {
    LabeledPerson person;
    const auto values = annotation.at("keypoints").get<std::vector<double>>();
    if (values.size() != std::size_t{3} * kJointCount) {
        throw ConfigError(fmt::format("a person has {} numbers for keypoints instead of {}",
                                      values.size(), 3 * kJointCount));
    }
    for (std::size_t i = 0; i < person.points.size(); ++i) {
        person.points.at(i) = {values[3 * i], values[3 * i + 1], values[3 * i + 2] > 0};
    }
    person.area = annotation.at("area").get<double>();
    if (!(person.area > 0)) {
        throw ConfigError("a person has no area");
    }
    return person;
}

ClipLabels labels_of(const nlohmann::json& file) {
    const auto frames = frames_of_images(file.at("images"));
    ClipLabels labels;
    for (const auto& [id, frame] : frames) {
        labels[frame];  // labeled, if only as empty
    }
    for (const auto& annotation : file.at("annotations")) {
        if (annotation.value("iscrowd", 0) != 0 || annotation.value("num_keypoints", 1) == 0) {
            continue;
        }
        const auto frame = frames.find(annotation.at("image_id").get<std::int64_t>());
        if (frame == frames.end()) {
            throw ConfigError("a person is on an image that is not listed");
        }
        labels[frame->second].push_back(person_of(annotation));
    }
    return labels;
}

}  // namespace

ClipLabels read_labels(const std::filesystem::path& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error) {
        refuse(path, fmt::format("cannot read the file: {}", error.message()));
    }
    if (size > kMaxBytes) {
        refuse(path,
               fmt::format("the file has {} bytes, more than labels of a clip can have", size));
    }
    try {
        std::ifstream file(path);
        return labels_of(nlohmann::json::parse(file));
    } catch (const std::exception& failure) {
        refuse(path, failure.what());
    }
}

double oks(const LabeledPerson& label, const Pose& pose) {
    double sum = 0;
    int count = 0;
    for (std::size_t i = 0; i < label.points.size(); ++i) {
        const LabeledPerson::Point& truth = label.points.at(i);
        if (!truth.labeled) {
            continue;
        }
        const Keypoint& seen = pose.at(static_cast<Joint>(i));
        const double distance = std::hypot(seen.x - truth.x, seen.y - truth.y);
        const double width = 2 * kSigmas.at(i);
        sum += std::exp(-distance * distance / (2 * label.area * width * width));
        ++count;
    }
    return count > 0 ? sum / count : 0;
}

FrameMetric compare_with_labels(const ClipLabels& labels, const ClipPoses& poses) {
    FrameMetric figure(poses.size());
    for (std::size_t i = 0; i < poses.size(); ++i) {
        const auto found = labels.find(static_cast<std::int64_t>(i));
        if (found == labels.end()) {
            continue;
        }
        const auto& people = found->second;
        std::vector<std::tuple<double, std::size_t, std::size_t>> candidates;
        for (std::size_t l = 0; l < people.size(); ++l) {
            for (std::size_t p = 0; p < poses[i].size(); ++p) {
                candidates.emplace_back(-oks(people[l], poses[i][p]), l, p);
            }
        }
        std::sort(candidates.begin(), candidates.end());
        std::vector<bool> labels_done(people.size()), poses_taken(poses[i].size());
        for (const auto& [minus_oks, l, p] : candidates) {
            if (!labels_done[l] && !poses_taken[p]) {
                labels_done[l] = poses_taken[p] = true;
                figure.total[i] -= minus_oks;
            }
        }
        figure.weight[i] = static_cast<double>(people.size());
    }
    return figure;
}

}  // namespace closet::bench
