#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <opencv2/core/types.hpp>

#include "core/option.h"
#include "interpolate/tracks.h"

namespace closet {

namespace flags {
inline constexpr const char* kPerson = "--person";
}

/// Which of several people wears the garment.
struct PersonRule {
    enum class Kind {
        kLargest,  ///< the one with the largest box
        kCenter,   ///< the one nearest to the middle of the picture
        kPoint,    ///< the one at `point`
        kId,       ///< the one with this id, as pose files have it
        kFace,     ///< the one whom inference marks (Pose::is_wanted): whose face `photo` shows
        kAll,      ///< everybody
    };
    Kind kind = Kind::kLargest;
    cv::Point2f point{};  ///< pixels of the picture as it is shown (upright)
    int id = 0;
    std::string photo{};  ///< a file

    bool operator==(const PersonRule&) const = default;
};

/// Reads "largest", "center", "all", "id:N", "face:PHOTO" or "X,Y" (pixels, not negative). Throws
/// ConfigError.
PersonRule parse_person(std::string_view text);

/// What `parse_person` reads as the same rule.
std::string to_string(const PersonRule& rule);

/// Who is dressed: what is given goes into `rule`, which is unset before.
Option person_option(std::optional<PersonRule>& rule);

/// Chooses a person and stays with that person for as long as the track lasts, then chooses again.
/// `largest` changes its mind when somebody is known to be larger by half, see person.cpp; `face`
/// when inference says that somebody else is the wanted person.
///
/// Where inference follows several people, somebody who is hidden may come back under the same id.
/// For a second nobody else who was in the picture at the same time is chosen instead: the garment
/// does not jump to the one in front and back.
class PersonPicker {
  public:
    /// Callers that dress everybody (kAll) do not ask it.
    explicit PersonPicker(const PersonRule& rule) : rule_(rule) {}

    /// Looks at a key frame, after `tracks` took it in. `picture`: its size in shown pixels.
    /// Returns the id of the chosen track.
    std::optional<int> pick(const Tracks& tracks, cv::Size2f picture);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(chosen_, chosen_seen_s_, may_come_back_);
    }

  private:
    double rank(const Track& track, cv::Size2f picture) const;
    const Track* best_of(const Tracks& tracks, cv::Size2f picture) const;
    std::optional<int> pick_wanted(const Tracks& tracks);
    bool stays(const Tracks& tracks, const Track* best);

    PersonRule rule_;
    std::optional<int> chosen_;
    double chosen_seen_s_ = 0;    ///< when the chosen one was last seen
    bool may_come_back_ = false;  ///< the chosen one has a number from inference
};

}  // namespace closet
