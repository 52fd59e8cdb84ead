#include "infer/rtm/rtmdet.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "infer/pose_models.h"
#include "infer/rtm/rtm_networks.h"

namespace closet {
namespace {

constexpr float kLeastBoxScore = 0.3F;   // bbox_thr
constexpr double kMostBoxOverlap = 0.3;  // nms_thr
constexpr double kPixel = 1.0;           // MMPose's nms takes areas with it

constexpr double kGray = 114.0;  // pad_val of RTMDet's configs

constexpr float kLeastPointScore = 0.05F;  // score_thr
constexpr std::size_t kMostALevel = 1000;  // nms_pre
constexpr double kMostPointOverlap = 0.6;  // nms.iou_threshold
constexpr std::size_t kMost = 100;         // max_per_img
constexpr std::size_t kEdges = 4;

float sigmoid(float logit) {
    return 1.0F / (1.0F + std::exp(-logit));
}

void check_size(const RtmdetLevel& level, std::size_t points) {
    if (level.logits.size() != points || level.distances.size() != kEdges * points) {
        throw ModelError(fmt::format(
            "the detector gives {} scores and {} distances at stride {} instead of {} and {}: the "
            "file holds another model",
            level.logits.size(), level.distances.size(), level.stride, points, kEdges * points));
    }
}

std::vector<PersonBox> decode_level(const RtmdetLevel& level, int columns, bool exponential) {
    std::vector<PersonBox> people;
    const auto stride = static_cast<float>(level.stride);
    const auto in_pixels = [&](float distance) {
        return (exponential ? std::exp(distance) : distance) * stride;
    };
    for (std::size_t i = 0; i < level.logits.size(); ++i) {
        const float score = sigmoid(level.logits[i]);
        if (!(score > kLeastPointScore)) {
            continue;
        }
        const auto edges = level.distances.subspan(i * kEdges, kEdges);
        const auto point = static_cast<int>(i);
        const float x = static_cast<float>(point % columns) * stride;
        const int row = point / columns;
        const float y = static_cast<float>(row) * stride;
        const float left = x - in_pixels(edges[0]);
        const float top = y - in_pixels(edges[1]);
        const Box box{.x = left,
                      .y = top,
                      .width = x + in_pixels(edges[2]) - left,
                      .height = y + in_pixels(edges[3]) - top};
        // Comparisons with what is not a number are false.
        if (std::isfinite(left) && std::isfinite(top) && box.width > 0 && box.height > 0 &&
            std::isfinite(box.width) && std::isfinite(box.height)) {
            people.push_back({box, score});
        }
    }
    std::stable_sort(people.begin(), people.end(),
                     [](const PersonBox& a, const PersonBox& b) { return a.score > b.score; });
    people.resize(std::min(people.size(), kMostALevel));
    return people;
}

double overlap(const Box& a, const Box& b, double margin) {
    const auto extent = [&](double low, double high) { return std::max(0.0, high - low + margin); };
    const auto end = [](float start, float size) { return static_cast<double>(start) + size; };
    const double shared =
        extent(std::max(a.x, b.x), std::min(end(a.x, a.width), end(b.x, b.width))) *
        extent(std::max(a.y, b.y), std::min(end(a.y, a.height), end(b.y, b.height)));
    const auto area = [&](const Box& box) { return (box.width + margin) * (box.height + margin); };
    const double all = area(a) + area(b) - shared;
    return all > 0.0 ? shared / all : 0.0;
}

}  // namespace

Normalization rtmdet_normalization() {
    return standard_normalization({103.53, 116.28, 123.675}, {57.375, 57.12, 58.395});
}

RtmDet::RtmDet(std::unique_ptr<NetworkRunner> network, cv::Size input, bool exponential)
    : network_(std::move(network)), input_(input), exponential_(exponential) {}

std::vector<std::vector<PersonBox>> RtmDet::find(std::span<const cv::Mat> pictures) {
    std::vector<std::vector<PersonBox>> people(pictures.size());
    network_->run(
        pictures.size(),
        [&](std::size_t i, cv::Mat& input) {
            fill_letterbox(pictures[i], fit_letterbox(pictures[i].size(), input_), input);
        },
        [&](std::size_t i, Outputs outputs) {
            std::array<RtmdetLevel, kRtmdetStrides.size()> levels;
            for (std::size_t level = 0; level < levels.size(); ++level) {
                levels[level] = {.stride = kRtmdetStrides[level],
                                 .logits = outputs[level],
                                 .distances = outputs[levels.size() + level]};
            }
            people[i] = people_in_picture(decode_rtmdet(levels, input_, exponential_),
                                          fit_letterbox(pictures[i].size(), input_));
        });
    return people;
}

/// For the list of detectors: the RTMDet of that name in the store or of that file. Throws
/// ModelError where it is missing, or is no RTMDet for people.
std::unique_ptr<PersonDetector> make_rtmdet(std::string_view name_or_path,
                                            const InferOptions& options, WorkerPool& workers) {
    const NetworkOptions network = pose_network_options(options);
    const RtmdetNetwork loaded = load_rtmdet_network(
        name_or_path, {.network = network, .allow_partial = options.allow_partial});
    return std::make_unique<RtmDet>(make_runner({.network = loaded.network,
                                                 .normalization = rtmdet_normalization(),
                                                 .device = network.device,
                                                 .streams = options.streams},
                                                workers),
                                    loaded.network->input_size(), loaded.exponential);
}

Letterbox fit_letterbox(cv::Size picture, cv::Size input) {
    const double ratio = std::min(static_cast<double>(std::max(input.width, input.height)) /
                                      std::max(picture.width, picture.height),
                                  static_cast<double>(std::min(input.width, input.height)) /
                                      std::min(picture.width, picture.height));
    const auto rounded = [&](int side, int most) {
        return std::clamp(static_cast<int>(side * ratio + 0.5), 1, most);
    };
    const cv::Size content(rounded(picture.width, input.width),
                           rounded(picture.height, input.height));
    return {.content = content,
            .scale_x = static_cast<double>(content.width) / picture.width,
            .scale_y = static_cast<double>(content.height) / picture.height};
}

void fill_letterbox(const cv::Mat& rgb, const Letterbox& letterbox, cv::Mat& input) {
    cv::Mat resized;
    cv::resize(rgb, resized, letterbox.content, 0, 0, cv::INTER_LINEAR);
    cv::Mat content = input(cv::Rect({0, 0}, letterbox.content));
    cv::cvtColor(resized, content, cv::COLOR_RGB2BGR);
    const cv::Scalar gray = cv::Scalar::all(kGray);
    input.colRange(letterbox.content.width, input.cols).setTo(gray);
    input.rowRange(letterbox.content.height, input.rows).setTo(gray);
}

std::vector<PersonBox> decode_rtmdet(std::span<const RtmdetLevel> levels, cv::Size input,
                                     bool exponential) {
    std::vector<PersonBox> people;
    for (const RtmdetLevel& level : levels) {
        const cv::Size grid(input.width / level.stride, input.height / level.stride);
        check_size(level, static_cast<std::size_t>(grid.area()));
        const std::vector<PersonBox> found = decode_level(level, grid.width, exponential);
        people.insert(people.end(), found.begin(), found.end());
    }
    people = suppress_overlapping(std::move(people), kMostPointOverlap);
    people.resize(std::min(people.size(), kMost));
    return people;
}

std::vector<PersonBox> people_in_picture(std::vector<PersonBox> boxes, const Letterbox& letterbox) {
    std::erase_if(boxes, [](const PersonBox& person) { return !(person.score > kLeastBoxScore); });
    for (PersonBox& person : boxes) {
        Box& box = person.box;
        box.x = static_cast<float>(box.x / letterbox.scale_x);
        box.y = static_cast<float>(box.y / letterbox.scale_y);
        box.width = static_cast<float>(box.width / letterbox.scale_x);
        box.height = static_cast<float>(box.height / letterbox.scale_y);
    }
    return suppress_overlapping(std::move(boxes), kMostBoxOverlap, kPixel);
}

std::vector<PersonBox> suppress_overlapping(std::vector<PersonBox> boxes, double most_overlap,
                                            double margin) {
    std::stable_sort(boxes.begin(), boxes.end(),
                     [](const PersonBox& a, const PersonBox& b) { return a.score > b.score; });
    std::vector<PersonBox> kept;
    for (const PersonBox& candidate : boxes) {
        const bool hidden = std::any_of(kept.begin(), kept.end(), [&](const PersonBox& better) {
            return overlap(better.box, candidate.box, margin) > most_overlap;
        });
        if (!hidden) {
            kept.push_back(candidate);
        }
    }
    return kept;
}

}  // namespace closet
