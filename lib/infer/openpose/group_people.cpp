#include "infer/openpose/group_people.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "core/error.h"

namespace closet {
namespace {

constexpr std::size_t kHeatMaps = 19, kDirectionMaps = 38;
constexpr int kCell = 8;

constexpr double kSigma = 3;
constexpr int kWindow = 25;  // scipy's gaussian_filter reaches 4 sigma to each side
constexpr double kLeastPeak = 0.1;

constexpr int kSamples = 10;
constexpr double kLeastSample = 0.05;
constexpr int kLeastSamples = 9;  // more than 0.8 of them

constexpr int kLeastParts = 4;
constexpr double kLeastMean = 0.4;

/// Two keypoints and the map of the x of directions from the first to the second; y is the next.
struct Limb {
    std::size_t from, to, map;
};
constexpr std::array kLimbs{Limb{1, 2, 12},   Limb{1, 5, 20},  Limb{2, 3, 14},   Limb{3, 4, 16},
                            Limb{5, 6, 22},   Limb{6, 7, 24},  Limb{1, 8, 0},    Limb{8, 9, 2},
                            Limb{9, 10, 4},   Limb{1, 11, 6},  Limb{11, 12, 8},  Limb{12, 13, 10},
                            Limb{1, 0, 28},   Limb{0, 14, 30}, Limb{14, 16, 34}, Limb{0, 15, 32},
                            Limb{15, 17, 36}, Limb{2, 16, 18}, Limb{5, 17, 26}};
constexpr std::size_t kBeginPeople = 17;  // limbs of shoulders and ears only add to people

/// Which of OpenPose's keypoints COCO's are.
constexpr std::array<std::size_t, 17> kCoco{0, 15, 14, 17, 16, 5, 2,  6, 3,
                                            7, 4,  11, 8,  12, 9, 13, 10};

/// One map at the picture's size.
cv::Mat map_of(std::span<const float> maps, std::size_t count, std::size_t index,
               const OpenPoseMaps& at) {
    cv::Mat cells(at.cells, CV_32FC1);
    float* const values = cells.ptr<float>();
    for (std::size_t i = 0; i < cells.total(); ++i) {
        const float value = maps[i * count + index];
        values[i] = std::isfinite(value) ? value : 0.0F;
    }
    cv::Mat fine, picture;
    cv::resize(cells, fine, at.cells * kCell, 0, 0, cv::INTER_CUBIC);
    cv::resize(fine(cv::Rect({}, at.seen)), picture, at.picture, 0, 0, cv::INTER_CUBIC);
    return picture;
}

void add_peaks(const cv::Mat& heat, std::vector<OpenPosePeak>& peaks) {
    cv::Mat exact, smooth;
    heat.convertTo(exact, CV_64F);
    // BORDER_REFLECT repeats the edge pixel, as scipy's "reflect" does.
    cv::GaussianBlur(exact, smooth, {kWindow, kWindow}, kSigma, kSigma, cv::BORDER_REFLECT);
    const auto at = [&](int x, int y) {
        return x < 0 || y < 0 || x >= smooth.cols || y >= smooth.rows ? 0.0
                                                                      : smooth.at<double>(y, x);
    };
    for (int y = 0; y < smooth.rows; ++y) {
        for (int x = 0; x < smooth.cols; ++x) {
            const double value = at(x, y);
            if (value > kLeastPeak && value >= at(x - 1, y) && value >= at(x + 1, y) &&
                value >= at(x, y - 1) && value >= at(x, y + 1)) {
                peaks.push_back({.x = x, .y = y, .score = exact.at<double>(y, x)});
            }
        }
    }
}

struct Connection {
    int from = 0, to = 0;  ///< peaks
    double score = 0;
};

/// How well the directions along the line say that a limb joins two keypoints; nothing where not.
std::optional<double> limb_score(const cv::Mat& along_x, const cv::Mat& along_y,
                                 const OpenPosePeak& from, const OpenPosePeak& to) {
    constexpr double kLeastLength = 0.001;
    const double dx = to.x - from.x, dy = to.y - from.y;
    const double length = std::max(kLeastLength, std::hypot(dx, dy));
    double sum = 0;
    int good = 0;
    for (int i = 0; i < kSamples; ++i) {
        const double share = static_cast<double>(i) / (kSamples - 1);
        // Half to even, as numpy rounds.
        const int x = cvRound(from.x + share * dx), y = cvRound(from.y + share * dy);
        const double value = (along_x.at<float>(y, x) * dx + along_y.at<float>(y, x) * dy) / length;
        sum += value;
        good += value > kLeastSample ? 1 : 0;
    }
    const double score = sum / kSamples + std::min(0.5 * along_x.rows / length - 1, 0.0);
    return good >= kLeastSamples && score > 0 ? std::optional(score) : std::nullopt;
}

/// Where the peaks of each keypoint begin, and where the last ones end.
using Starts = std::array<int, kOpenPoseKeypoints + 1>;

/// The limbs of one kind: the best ones whose ends no better one has.
std::vector<Connection> connect(const Limb& limb, const OpenPoseMaps& maps,
                                const std::vector<OpenPosePeak>& peaks, const Starts& starts) {
    std::vector<Connection> all;
    if (starts[limb.from] == starts[limb.from + 1] || starts[limb.to] == starts[limb.to + 1]) {
        return all;
    }
    const cv::Mat along_x = map_of(maps.directions, kDirectionMaps, limb.map, maps);
    const cv::Mat along_y = map_of(maps.directions, kDirectionMaps, limb.map + 1, maps);
    for (int from = starts[limb.from]; from < starts[limb.from + 1]; ++from) {
        for (int to = starts[limb.to]; to < starts[limb.to + 1]; ++to) {
            const auto score = limb_score(along_x, along_y, peaks[static_cast<std::size_t>(from)],
                                          peaks[static_cast<std::size_t>(to)]);
            if (score) {
                all.push_back({.from = from, .to = to, .score = *score});
            }
        }
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
    std::vector<Connection> kept;
    for (const Connection& one : all) {
        const bool free = std::none_of(kept.begin(), kept.end(), [&](const Connection& better) {
            return better.from == one.from || better.to == one.to;
        });
        if (free) {
            kept.push_back(one);
        }
    }
    return kept;
}

constexpr int kNone = OpenPosePerson::kNone;

/// Makes `b` part of `a`; nothing and false where both have a keypoint of the same kind.
bool merge(OpenPosePerson& a, const OpenPosePerson& b, double limb) {
    for (std::size_t i = 0; i < kOpenPoseKeypoints; ++i) {
        if (a.peaks[i] != kNone && b.peaks[i] != kNone) {
            return false;
        }
    }
    for (std::size_t i = 0; i < kOpenPoseKeypoints; ++i) {
        a.peaks[i] = std::max(a.peaks[i], b.peaks[i]);
    }
    a.total += b.total + limb;
    a.parts += b.parts;
    return true;
}

/// Gives a limb to the person who has one of its ends, or begins a new one.
void add_limb(OpenPosePeople& all, const Limb& limb, const Connection& found, bool begins) {
    const auto score_of = [&](int peak) { return all.peaks[static_cast<std::size_t>(peak)].score; };
    const auto has_end = [&](const OpenPosePerson& person) {
        return person.peaks[limb.from] == found.from || person.peaks[limb.to] == found.to;
    };
    auto& people = all.people;
    const auto first = std::find_if(people.begin(), people.end(), has_end);
    if (first == people.end()) {
        if (begins) {
            OpenPosePerson person;
            person.peaks.fill(kNone);
            person.peaks[limb.from] = found.from;
            person.peaks[limb.to] = found.to;
            person.total = score_of(found.from) + score_of(found.to) + found.score;
            person.parts = 2;
            people.push_back(person);
        }
        return;
    }
    const auto second = std::find_if(first + 1, people.end(), has_end);
    if (second != people.end() && merge(*first, *second, found.score)) {
        people.erase(second);
        return;
    }
    // Of two who cannot be one, the reference gives the end to the first without comparing.
    if (second != people.end() || first->peaks[limb.to] != found.to) {
        first->peaks[limb.to] = found.to;
        first->total += score_of(found.to) + found.score;
        ++first->parts;
    }
}

void check(const OpenPoseMaps& maps) {
    const auto cells = static_cast<std::size_t>(std::max(maps.cells.area(), 0));
    const cv::Rect shown({}, maps.cells * kCell);
    if (maps.heat.size() != cells * kHeatMaps || maps.directions.size() != cells * kDirectionMaps ||
        maps.seen.empty() || maps.picture.empty() ||
        (cv::Rect({}, maps.seen) & shown) != cv::Rect({}, maps.seen)) {
        throw ModelError(fmt::format(
            "the pose network gives {} and {} values instead of {} and {} for each of {} x {} "
            "cells: the file holds another model",
            maps.heat.size(), maps.directions.size(), kHeatMaps, kDirectionMaps, maps.cells.width,
            maps.cells.height));
    }
}

}  // namespace

OpenPosePeople group_people(const OpenPoseMaps& maps) {
    check(maps);
    OpenPosePeople all;
    Starts starts{};
    for (std::size_t i = 0; i < kOpenPoseKeypoints; ++i) {
        add_peaks(map_of(maps.heat, kHeatMaps, i, maps), all.peaks);
        starts[i + 1] = static_cast<int>(all.peaks.size());
    }
    for (std::size_t i = 0; i < kLimbs.size(); ++i) {
        for (const Connection& found : connect(kLimbs[i], maps, all.peaks, starts)) {
            add_limb(all, kLimbs[i], found, i < kBeginPeople);
        }
    }
    std::erase_if(all.people, [](const OpenPosePerson& person) {
        return person.parts < kLeastParts || person.total / person.parts < kLeastMean;
    });
    return all;
}

std::vector<Keypoint> coco_keypoints(const OpenPosePeople& all, const OpenPosePerson& person) {
    std::vector<Keypoint> keypoints(kCoco.size());
    cv::Point2f sum;
    int found = 0;
    for (std::size_t i = 0; i < kCoco.size(); ++i) {
        const int peak = person.peaks[kCoco[i]];
        if (peak == kNone) {
            continue;
        }
        const OpenPosePeak& at = all.peaks[static_cast<std::size_t>(peak)];
        keypoints[i] = {.x = static_cast<float>(at.x),
                        .y = static_cast<float>(at.y),
                        .z = 0,
                        .score = static_cast<float>(std::clamp(at.score, 0.0, 1.0))};
        sum += {keypoints[i].x, keypoints[i].y};
        ++found;
    }
    for (Keypoint& keypoint : keypoints) {
        if (keypoint.score <= 0 && found > 0) {
            keypoint.x = sum.x / static_cast<float>(found);
            keypoint.y = sum.y / static_cast<float>(found);
        }
    }
    return keypoints;
}

}  // namespace closet
