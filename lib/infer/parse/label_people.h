#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/pose.h"
#include "infer/parse/parser.h"

namespace closet {

/// The part of a picture that a parser is shown of a person: the box around the keypoints that are
/// seen (all where there are few), wider by 18 % of its longer side all around, as parsing.md's
/// prototype does it, and where `seen` reaches further by as much again; inside the picture.
/// Nothing where too little of it is left to see anything. `keypoints`: of the picture; `seen`,
/// where there is one: the box of what is known to be the person.
using SeenBox = std::function<cv::Rect2d()>;
std::optional<cv::Rect> region_of_keypoints(std::span<const Keypoint> keypoints, cv::Size picture,
                                            const SeenBox& seen = {});

/// The same of a view. `pose`: shown pixels; its mask is what is known.
std::optional<cv::Rect> region_of_person(const Pose& pose, const View& view);

/// Gives people their labels: each one once in a while (`every_s`, on average), since bodies move
/// less than networks cost. In between poses have none, and whoever fills in the frames carries
/// them on.
class LabelPeople {
  public:
    /// every_s: seconds, >= 0.
    LabelPeople(std::shared_ptr<PersonParser> parser, double every_s);

    /// A view and the people on it (Pose::person_id, shown pixels).
    struct Seen {
        const View* view = nullptr;  ///< not owned
        double time_s = 0;           ///< later than that of every view before
        bool scene_start = false;    ///< a cut lies between the view before and this one
        std::vector<Pose>* poses = nullptr;
    };

    /// Sets Pose::labels of those whose turn it is and who have none, null where the parser sees
    /// nothing of a person there. All go through the networks in one call. Throws ModelError where
    /// a network fails.
    void label(std::span<const Seen> views);

    /// Whether it is anybody's turn, of those who are still there, or nobody is known.
    bool is_turn(double time_s) const;

    /// How many people were looked at.
    std::int64_t looks() const { return looks_; }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(due_, looks_);
    }

  private:
    std::shared_ptr<PersonParser> parser_;
    double every_s_;
    std::map<int, double> due_;  ///< the next look, by person_id: seconds
    std::int64_t looks_ = 0;
};

}  // namespace closet
