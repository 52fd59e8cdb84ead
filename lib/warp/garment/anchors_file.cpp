#include "warp/garment/anchors_file.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "core/error.h"

namespace closet {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 17> kAnchorNames{
    "left_shoulder", "right_shoulder",  "collar",           "left_neck",       "right_neck",
    "left_armpit",   "right_armpit",    "left_waist",       "right_waist",     "left_hem",
    "right_hem",     "left_cuff_outer", "right_cuff_outer", "left_cuff_inner", "right_cuff_inner",
    "left_elbow",    "right_elbow"};

/// What both sides have, and what lies above what on each of them.
constexpr std::array<std::string_view, 8> kPairs{"shoulder", "neck",       "armpit",     "waist",
                                                 "hem",      "cuff_outer", "cuff_inner", "elbow"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kAbove{{
    {"neck", "armpit"},
    {"shoulder", "armpit"},
    {"armpit", "waist"},
    {"armpit", "hem"},
    {"waist", "hem"},
    {"shoulder", "hem"},
}};

/// A file that a person writes by hand; anything longer is not an anchors file.
constexpr std::uintmax_t kMaxJsonBytes = 65'536;

/// Fails with one sentence about the file.
[[noreturn]] void reject(const std::filesystem::path& path, const std::string& why) {
    throw ConfigError(fmt::format("the garment's anchors file {} {}", path.string(), why));
}

json parse(const std::filesystem::path& path) {
    std::error_code failed;
    const std::uintmax_t size = std::filesystem::file_size(path, failed);
    if (failed) {
        reject(path, "cannot be read: " + failed.message());
    }
    if (size > kMaxJsonBytes) {
        reject(path, fmt::format("has {} bytes, more than the {} that are accepted", size,
                                 kMaxJsonBytes));
    }
    std::ifstream file(path, std::ios::binary);
    json document = json::parse(file, nullptr, /*allow_exceptions=*/false);
    if (!document.is_object()) {
        reject(path, "is not a JSON object such as {\"kind\": \"short\", \"anchors\": {...}}");
    }
    return document;
}

Sleeves sleeves_from(const std::filesystem::path& path, const json& value) {
    for (const Sleeves sleeves : {Sleeves::kNone, Sleeves::kShort, Sleeves::kLong}) {
        if (value == to_string(sleeves)) {
            return sleeves;
        }
    }
    reject(path, "has an unknown kind: choose sleeveless, short or long");
}

cv::Point2f point_from(const std::filesystem::path& path, const std::string& name,
                       const json& value, cv::Size size) {
    if (!value.is_array() || value.size() != 2 || !value[0].is_number() || !value[1].is_number()) {
        reject(path, fmt::format("must give the anchor '{}' as [x, y] in pixels", name));
    }
    const auto x = value[0].get<double>();
    const auto y = value[1].get<double>();
    if (!(x >= 0 && x <= size.width - 1 && y >= 0 && y <= size.height - 1)) {
        reject(path, fmt::format("puts the anchor '{}' outside the picture of {}x{} pixels", name,
                                 size.width, size.height));
    }
    return {static_cast<float>(x), static_cast<float>(y)};
}

using Anchors = std::map<std::string, cv::Point2f>;

const cv::Point2f* find(const Anchors& anchors, const std::string& name) {
    const auto found = anchors.find(name);
    return found == anchors.end() ? nullptr : &found->second;
}

/// Left and right: both or none, on their own sides of the picture.
void check_pair(const std::filesystem::path& path, const Anchors& anchors, std::string_view what) {
    const auto* left = find(anchors, fmt::format("left_{}", what));
    const auto* right = find(anchors, fmt::format("right_{}", what));
    if ((left == nullptr) != (right == nullptr)) {
        reject(path, fmt::format("has one {0} only: give left_{0} and right_{0}", what));
    }
    if (left == nullptr) {
        return;
    }
    if (cv::norm(*left - *right) < 1.0) {
        reject(path, fmt::format("puts both {}s on the same pixel", what));
    }
    if (left->x <= right->x) {
        reject(path, fmt::format("puts left_{0} left of right_{0}, but left is the wearer's left, "
                                 "on the right of the picture: swap them",
                                 what));
    }
}

void check_order(const std::filesystem::path& path, const Anchors& anchors) {
    for (const std::string side : {"left_", "right_"}) {
        for (const auto& [above, below] : kAbove) {
            const auto* upper = find(anchors, side + std::string(above));
            const auto* lower = find(anchors, side + std::string(below));
            if (upper != nullptr && lower != nullptr && upper->y >= lower->y) {
                reject(path, fmt::format("puts {0}{1} below {0}{2}: correct them, or delete both "
                                         "on both sides to have them estimated",
                                         side, above, below));
            }
        }
    }
}

}  // namespace

std::string_view to_string(Sleeves sleeves) {
    switch (sleeves) {
        case Sleeves::kNone:
            return "sleeveless";
        case Sleeves::kShort:
            return "short";
        case Sleeves::kLong:
            return "long";
    }
    return "short";
}

std::span<const std::string_view> anchor_names() {
    return kAnchorNames;
}

std::filesystem::path anchors_file_of(const std::filesystem::path& picture) {
    return std::filesystem::path(picture).replace_extension(".json");
}

bool read_anchors(const std::filesystem::path& path, Garment& garment) {
    const json document = parse(path);
    for (const auto& [key, value] : document.items()) {
        if (key == "kind") {
            garment.sleeves = sleeves_from(path, value);
        } else if (key != "anchors") {
            reject(path, fmt::format("has the unknown key '{}': use kind and anchors", key));
        }
    }
    const json anchors = document.value("anchors", json::object());
    if (!anchors.is_object()) {
        reject(path, "must give its anchors as {\"name\": [x, y], ...}");
    }
    for (const auto& [name, value] : anchors.items()) {
        if (std::find(kAnchorNames.begin(), kAnchorNames.end(), name) == kAnchorNames.end()) {
            reject(path, fmt::format("has the unknown anchor '{}'", name));
        }
        garment.anchors[name] = point_from(path, name, value, garment.rgba.size());
    }
    for (const std::string_view what : kPairs) {
        check_pair(path, garment.anchors, what);
    }
    check_order(path, garment.anchors);
    return document.contains("kind");
}

std::string anchors_text(const Garment& garment) {
    std::string text =
        fmt::format("{{\n  \"kind\": \"{}\",\n  \"anchors\": {{", to_string(garment.sleeves));
    const char* separator = "\n";
    for (const std::string_view name : kAnchorNames) {
        if (const auto* point = find(garment.anchors, std::string(name))) {
            text +=
                fmt::format("{}    \"{}\": [{:.1f}, {:.1f}]", separator, name, point->x, point->y);
            separator = ",\n";
        }
    }
    return text + "\n  }\n}\n";
}

}  // namespace closet
