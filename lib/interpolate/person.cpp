#include "interpolate/person.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

/// Somebody is larger for good when the median box is larger by half, ...
constexpr double kClearlyLarger = 1.5;
/// ... seen in this many key frames at least: a glimpse of a passer-by does not count.
constexpr std::size_t kKnownFor = 5;

/// For how long somebody who is hidden may come back, seconds: as long as inference remembers.
constexpr double kPatienceS = 1.0;

std::optional<int> parse_id(std::string_view text) {
    int value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && rest == end && value >= 0 ? std::optional(value) : std::nullopt;
}

std::optional<float> parse_pixels(std::string_view text) {
    float value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    const bool ok = error == std::errc() && rest == end && std::isfinite(value) && value >= 0;
    return ok ? std::optional(value) : std::nullopt;
}

/// 0 inside of the box; rises with the distance outside.
double distance_to(const Box& box, const cv::Point2f& point) {
    const float dx = std::max({box.x - point.x, point.x - box.x - box.width, 0.0F});
    const float dy = std::max({box.y - point.y, point.y - box.y - box.height, 0.0F});
    return std::hypot(dx, dy);
}

double distance_to_center(const Box& box, const cv::Point2f& point) {
    return std::hypot(box.x + box.width / 2 - point.x, box.y + box.height / 2 - point.y);
}

}  // namespace

Option person_option(std::optional<PersonRule>& rule) {
    return {.names = flags::kPerson,
            .group = "Pose",
            .help = "who wears it: largest, center, all, id:N, face:PHOTO, or x,y in pixels",
            .value = [&rule](const std::string& text) { rule = parse_person(text); },
            .standard = "largest"};
}

PersonRule parse_person(std::string_view text) {
    using Kind = PersonRule::Kind;
    if (text == "largest") {
        return {.kind = Kind::kLargest};
    }
    if (text == "center") {
        return {.kind = Kind::kCenter};
    }
    if (text == "all") {
        return {.kind = Kind::kAll};
    }
    constexpr std::string_view kIdPrefix = "id:";
    if (text.starts_with(kIdPrefix)) {
        if (const auto id = parse_id(text.substr(kIdPrefix.size()))) {
            return {.kind = Kind::kId, .id = *id};
        }
    }
    constexpr std::string_view kFacePrefix = "face:";
    if (text.starts_with(kFacePrefix) && text.size() > kFacePrefix.size()) {
        return {.kind = Kind::kFace, .photo = std::string(text.substr(kFacePrefix.size()))};
    }
    const std::size_t comma = text.find(',');
    if (comma != std::string_view::npos) {
        const auto x = parse_pixels(text.substr(0, comma));
        const auto y = parse_pixels(text.substr(comma + 1));
        if (x && y) {
            return {.kind = Kind::kPoint, .point = {*x, *y}};
        }
    }
    throw ConfigError(fmt::format(
        "{} {} is not a choice: use largest, center, all, id:N with an id from a "
        "pose file, face:PHOTO with a picture of the person's face, or X,Y in pixels of the "
        "picture as it is shown",
        flags::kPerson, text));
}

std::string to_string(const PersonRule& rule) {
    switch (rule.kind) {
        case PersonRule::Kind::kCenter:
            return "center";
        case PersonRule::Kind::kAll:
            return "all";
        case PersonRule::Kind::kId:
            return fmt::format("id:{}", rule.id);
        case PersonRule::Kind::kFace:
            return fmt::format("face:{}", rule.photo);
        case PersonRule::Kind::kPoint:
            return fmt::format("{},{}", rule.point.x, rule.point.y);
        case PersonRule::Kind::kLargest:
            break;
    }
    return "largest";
}

/// Smaller is better.
double PersonPicker::rank(const Track& track, cv::Size2f picture) const {
    const Box& box = track.last_pose().box;
    switch (rule_.kind) {
        case PersonRule::Kind::kCenter:
            return distance_to_center(box, {(picture.width - 1) / 2, (picture.height - 1) / 2});
        case PersonRule::Kind::kPoint: {
            // Boxes overlap: of those that hold the point the one that is centerd on it counts.
            constexpr double kInsideShare = 1e-3;
            return distance_to(box, rule_.point) +
                   kInsideShare * distance_to_center(box, rule_.point);
        }
        default:
            return -track.median_area();
    }
}

const Track* PersonPicker::best_of(const Tracks& tracks, cv::Size2f picture) const {
    const Track* best = nullptr;
    for (const auto& track : tracks.all()) {
        // All tracks are in the order of their ids, so ties go to the one seen first.
        if (!track->ended() && track->missed() == 0 &&
            (best == nullptr || rank(*track, picture) < rank(*best, picture))) {
            best = track.get();
        }
    }
    return best;
}

/// True when the one chosen before is chosen still.
bool PersonPicker::stays(const Tracks& tracks, const Track* best) {
    const Track* chosen = tracks.find(*chosen_);
    if (chosen != nullptr) {
        chosen_seen_s_ = chosen->last_seen().seconds;
    }
    if (chosen == nullptr || chosen->ended()) {
        return may_come_back_ && tracks.now() - chosen_seen_s_ <= kPatienceS &&
               (best == nullptr || best->first_seen().seconds <= chosen_seen_s_);
    }
    return rule_.kind != PersonRule::Kind::kLargest || best == nullptr ||
           best->key_count() < kKnownFor ||
           best->median_area() <= kClearlyLarger * chosen->median_area();
}

/// The one marked on this key frame; somebody who is overlooked on it stays chosen.
std::optional<int> PersonPicker::pick_wanted(const Tracks& tracks) {
    for (const auto& track : tracks.all()) {
        if (!track->ended() && track->missed() == 0 && track->last_pose().is_wanted) {
            return track->id();
        }
    }
    const Track* chosen = chosen_ ? tracks.find(*chosen_) : nullptr;
    return chosen != nullptr && !chosen->ended() && chosen->missed() > 0 ? chosen_ : std::nullopt;
}

std::optional<int> PersonPicker::pick(const Tracks& tracks, cv::Size2f picture) {
    if (rule_.kind == PersonRule::Kind::kId) {
        return rule_.id;
    }
    if (rule_.kind == PersonRule::Kind::kFace) {
        return chosen_ = pick_wanted(tracks);
    }
    const Track* best = best_of(tracks, picture);
    if (!chosen_ || !stays(tracks, best)) {
        chosen_ = best != nullptr ? std::optional(best->id()) : std::nullopt;
        chosen_seen_s_ = tracks.now();
        may_come_back_ = best != nullptr && best->number() >= 0;
    }
    return chosen_;
}

}  // namespace closet
