#include "warp/garment/anchors_file.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "core/error.h"

namespace closet {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 28> kAnchorNames{
    "left_shoulder",    "right_shoulder",   "collar",           "left_neck",
    "right_neck",       "left_armpit",      "right_armpit",     "left_waist",
    "right_waist",      "left_hip",         "right_hip",        "left_hem",
    "right_hem",        "left_cuff_outer",  "right_cuff_outer", "left_cuff_inner",
    "right_cuff_inner", "left_elbow",       "right_elbow",      "crotch",
    "left_knee_outer",  "right_knee_outer", "left_knee_inner",  "right_knee_inner",
    "left_leg_outer",   "right_leg_outer",  "left_leg_inner",   "right_leg_inner"};

/// What both sides have, and what lies above what on each of them; the crotch has no side.
constexpr std::array<std::string_view, 13> kPairs{
    "shoulder",   "neck",  "armpit",     "waist",      "hip",       "hem",      "cuff_outer",
    "cuff_inner", "elbow", "knee_outer", "knee_inner", "leg_outer", "leg_inner"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kAbove{{
    {"neck", "armpit"},
    {"shoulder", "armpit"},
    {"armpit", "waist"},
    {"armpit", "hem"},
    {"waist", "hem"},
    {"shoulder", "hem"},
    {"waist", "hip"},
    {"hip", "hem"},
    {"waist", "crotch"},
    {"crotch", "knee_inner"},
    {"crotch", "leg_inner"},
    {"hip", "knee_outer"},
    {"hip", "leg_outer"},
    {"knee_outer", "leg_outer"},
    {"knee_inner", "leg_inner"},
}};

/// Of one leg: its outer edge lies farther from the wearer's middle.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kOuterInner{{
    {"knee_outer", "knee_inner"},
    {"leg_outer", "leg_inner"},
}};

constexpr std::array<std::pair<GarmentKind, std::string_view>, 7> kKindNames{{
    {GarmentKind::kTop, "top"},
    {GarmentKind::kOuterwear, "outerwear"},
    {GarmentKind::kTrousers, "trousers"},
    {GarmentKind::kShorts, "shorts"},
    {GarmentKind::kSkirt, "skirt"},
    {GarmentKind::kDress, "dress"},
    {GarmentKind::kJumpsuit, "jumpsuit"},
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
        reject(path,
               "is not a JSON object such as {\"kind\": \"top\", \"sleeves\": \"short\", "
               "\"anchors\": {...}}");
    }
    return document;
}

std::optional<Sleeves> sleeves_named(const json& value) {
    for (const Sleeves sleeves : {Sleeves::kNone, Sleeves::kShort, Sleeves::kLong}) {
        if (value == to_string(sleeves)) {
            return sleeves;
        }
    }
    return std::nullopt;
}

/// Files of version 0 had the sleeves as the kind: of a top.
void read_kind(const std::filesystem::path& path, const json& value, Garment& garment,
               GivenParts& given) {
    if (const auto sleeves = sleeves_named(value)) {
        garment.kind = GarmentKind::kTop;
        garment.sleeves = *sleeves;
        given.sleeves = true;
    } else if (const auto kind =
                   value.is_string() ? kind_named(value.get<std::string>()) : std::nullopt) {
        garment.kind = *kind;
    } else {
        reject(path, fmt::format("has an unknown kind: choose {}", kind_names()));
    }
    given.kind = true;
}

void read_sleeves(const std::filesystem::path& path, const json& value, Garment& garment,
                  GivenParts& given) {
    const auto sleeves = sleeves_named(value);
    if (!sleeves) {
        reject(path, "has unknown sleeves: choose sleeveless, short or long");
    }
    garment.sleeves = *sleeves;
    given.sleeves = true;
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

/// "left_" and "knee_inner" are "left_knee_inner"; both sides have one crotch.
std::string sided(const std::string& side, std::string_view what) {
    return what == "crotch" ? std::string(what) : side + std::string(what);
}

void check_order(const std::filesystem::path& path, const Anchors& anchors) {
    for (const std::string side : {"left_", "right_"}) {
        for (const auto& [above, below] : kAbove) {
            const auto* upper = find(anchors, sided(side, above));
            const auto* lower = find(anchors, sided(side, below));
            if (upper != nullptr && lower != nullptr && upper->y >= lower->y) {
                reject(path, fmt::format("puts {} below {}: correct them, or delete both on both "
                                         "sides to have them estimated",
                                         sided(side, above), sided(side, below)));
            }
        }
        for (const auto& [outer, inner] : kOuterInner) {
            const auto* out = find(anchors, side + std::string(outer));
            const auto* in = find(anchors, side + std::string(inner));
            const float apart = out != nullptr && in != nullptr ? out->x - in->x : 0;
            if (side == "left_" ? apart < 0 : apart > 0) {
                reject(path, fmt::format("puts {0}{1} farther in than {0}{2}: swap them", side,
                                         outer, inner));
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

std::string_view to_string(GarmentKind kind) {
    return std::find_if(kKindNames.begin(), kKindNames.end(),
                        [&](const auto& entry) { return entry.first == kind; })
        ->second;
}

std::optional<GarmentKind> kind_named(std::string_view name) {
    for (const auto& [kind, its_name] : kKindNames) {
        if (its_name == name) {
            return kind;
        }
    }
    return std::nullopt;
}

std::string kind_names() {
    std::string names;
    for (std::size_t i = 0; i < kKindNames.size(); ++i) {
        names += i == 0 ? "" : i + 1 < kKindNames.size() ? ", " : " or ";
        names += kKindNames[i].second;
    }
    return names;
}

std::span<const std::string_view> anchor_names() {
    return kAnchorNames;
}

std::filesystem::path anchors_file_of(const std::filesystem::path& picture) {
    return std::filesystem::path(picture).replace_extension(".json");
}

GivenParts read_anchors(const std::filesystem::path& path, Garment& garment) {
    const json document = parse(path);
    for (const auto& [key, value] : document.items()) {
        if (key != "kind" && key != "open_front" && key != "sleeves" && key != "anchors") {
            reject(path, fmt::format("has the unknown key '{}': use kind, sleeves, open_front and "
                                     "anchors",
                                     key));
        }
    }
    return read_parts(path, document, garment);
}

GivenParts read_parts(const std::filesystem::path& path, const json& document, Garment& garment) {
    GivenParts given;
    if (document.contains("kind")) {
        read_kind(path, document["kind"], garment, given);
    }
    if (document.contains("open_front")) {
        const json& open_front = document["open_front"];
        if (!open_front.is_boolean()) {
            reject(path, "must say open_front as true or false");
        }
        garment.open_front = open_front.get<bool>();
        given.open_front = true;
    }
    if (document.contains("sleeves")) {  // wins over a kind that names sleeves
        read_sleeves(path, document["sleeves"], garment, given);
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
    return given;
}

std::string anchors_text(const Garment& garment) {
    std::string text = fmt::format("{{\n  \"kind\": \"{}\",\n", to_string(garment.kind));
    if (covers_torso(garment.kind)) {
        text += fmt::format("  \"sleeves\": \"{}\",\n", to_string(garment.sleeves));
    }
    if (garment.open_front) {
        text += "  \"open_front\": true,\n";
    }
    text += "  \"anchors\": {";
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
