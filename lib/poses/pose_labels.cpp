#include "poses/pose_labels.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "poses/pose_file.h"
#include "poses/pose_json.h"

namespace closet {
namespace {

using pose_json::BadLine;
using pose_json::kLabelKeys;
using LabelPlanes = decltype(PersonLabels::probability);

/// The planes that are there, in the order of `Label`.
std::vector<std::size_t> present(const LabelPlanes& planes) {
    std::vector<std::size_t> indices;
    for (std::size_t l = 0; l < planes.size(); ++l) {
        if (!planes[l].empty()) {
            indices.push_back(l);
        }
    }
    return indices;
}

/// Points are shared by reference, and both sides hold them: see is_same of masks.
bool are_same(const LabelPlanes& a, const LabelPlanes& b) {
    return std::equal(a.begin(), a.end(), b.begin(), [](const cv::Mat& x, const cv::Mat& y) {
        return x.data == y.data && x.size() == y.size() && (x.empty() || x.step[0] == y.step[0]);
    });
}

std::size_t points_of(const LabelPlanes& planes) {
    std::size_t points = 0;
    for (const cv::Mat& plane : planes) {
        points += plane.total();
    }
    return points;
}

std::optional<std::size_t> label_named(const std::string& name) {
    for (std::size_t l = 0; l < kLabelCount; ++l) {
        if (name == to_string(static_cast<Label>(l))) {
            return l;
        }
    }
    return std::nullopt;
}

/// Takes a picture apart into the planes that "planes" names.
LabelPlanes planes_of(const nlohmann::json& json) {
    const nlohmann::json& names = pose_json::member(json, kLabelKeys.planes);
    if (!names.is_array() || names.empty() || names.size() > kLabelCount) {
        throw BadLine{
            fmt::format("\"{}\" does not name 1 to {} labels", kLabelKeys.planes, kLabelCount)};
    }
    const int count = static_cast<int>(names.size());
    const cv::Mat all = mask_of_text(pose_json::text_of(json, kLabelKeys.png), count);
    if (all.rows % count != 0) {
        throw BadLine{
            fmt::format("the picture of the labels has {} rows for {} planes", all.rows, count)};
    }
    const int rows = all.rows / count;
    LabelPlanes planes;
    for (int i = 0; i < count; ++i) {
        const nlohmann::json& name = names[static_cast<std::size_t>(i)];
        const auto label = name.is_string() ? label_named(name.get<std::string>()) : std::nullopt;
        if (!label) {
            throw BadLine{
                fmt::format("\"{}\" names something that is no label", kLabelKeys.planes)};
        }
        if (!planes[*label].empty()) {
            throw BadLine{fmt::format("\"{}\" names {} twice", kLabelKeys.planes,
                                      to_string(static_cast<Label>(*label)))};
        }
        planes[*label] = all.rowRange(i * rows, (i + 1) * rows);
    }
    return planes;
}

}  // namespace

bool is_writable(const PersonLabels& labels) {
    const std::vector<std::size_t> indices = present(labels.probability);
    return !indices.empty() &&
           std::all_of(indices.begin(), indices.end(),
                       [&](std::size_t l) {
                           const cv::Mat& plane = labels.probability[l];
                           return is_mask_picture(plane) &&
                                  plane.size() == labels.probability[indices.front()].size();
                       }) &&
           std::all_of(std::begin(labels.labels_from_shown.val),
                       std::end(labels.labels_from_shown.val),
                       [](double entry) { return std::abs(entry) <= kLargestMaskEntry; });
}

void WrittenLabels::append(std::string& text, const PersonLabels& labels) {
    const LabelPlanes& planes = labels.probability;
    const auto [number, is_new] = pictures_.place(planes, points_of(planes), are_same);
    if (pictures_.pixels() > kMostLabelPoints) {
        throw Error(fmt::format(
            "the labels of one frame have {} points, more than the {} that a pose file holds; "
            "run without {}, or follow fewer people",
            pictures_.pixels(), kMostLabelPoints, flags::kSavePoses));
    }
    const auto out = std::back_inserter(text);
    fmt::format_to(out, R"({{"{}":{})", kLabelKeys.number, number);
    if (is_new) {
        std::vector<cv::Mat> parts;
        std::vector<std::string> names;
        for (const std::size_t l : present(planes)) {
            parts.push_back(planes[l]);
            names.push_back(fmt::format("\"{}\"", to_string(static_cast<Label>(l))));
        }
        cv::Mat all;
        cv::vconcat(parts, all);
        fmt::format_to(out, R"(,"{}":[{}],"{}":"{}")", kLabelKeys.planes, fmt::join(names, ","),
                       kLabelKeys.png, mask_text(all, /*quick=*/true));
    }
    append_place(text, kLabelKeys.from_frame, labels.labels_from_shown);
    text += "}";
}

std::shared_ptr<const PersonLabels> ReadLabels::read(const nlohmann::json& json) {
    if (!json.is_object()) {
        throw BadLine{"\"labels\" is not a JSON object"};
    }
    const auto number = pose_json::integer<std::int64_t>(pose_json::member(json, kLabelKeys.number),
                                                         kLabelKeys.number, 0);
    const LabelPlanes& planes = pictures_.find(
        number, json.contains(kLabelKeys.png), "the labels' picture",
        [&] { return planes_of(json); }, points_of);
    if (pictures_.pixels() > kMostLabelPoints) {
        throw BadLine{fmt::format("its labels have more than {} points", kMostLabelPoints)};
    }
    const auto entries = pose_json::numbers<6, double>(
        pose_json::member(json, kLabelKeys.from_frame), kLabelKeys.from_frame, kLargestMaskEntry);
    return std::make_shared<PersonLabels>(PersonLabels{planes, cv::Matx23d(entries.data())});
}

}  // namespace closet
