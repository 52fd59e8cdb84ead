#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/pose.h"

namespace closet {

/// Somebody who is followed, in one view.
struct FollowedPerson {
    int id = 0;  ///< of the tracker
    Box box;     ///< pixels of the view
};

/// How much of the smaller box the other one covers, 0..1.
double share_covered(const Box& a, const Box& b);

/// Which of the people who are followed is the one whose face is asked for.
///
/// Note [Whose face]
/// A face is looked at a few times when somebody appears, then now and then. Each look is a vote:
/// the similarity of what was seen to what is asked for. A person's score is the mean of the last
/// votes; of the people in a view the one with the highest score at or above the threshold is the
/// wanted one, and nobody else. Who was it last stays it until the score falls below the threshold
/// by more than kStay, so that one bad look does not end it.
/// Where two people cross, or somebody comes back who was hidden, the tracker may have exchanged
/// them: their votes become old. Nobody looks while it lasts, since poses then mix the two; behind
/// it faces are looked at at once, and from the first new vote on old ones do not count.
class WantedPerson {
  public:
    static constexpr double kLookAgainS = 0.15;  ///< while it is not known who somebody is
    static constexpr double kLookLaterS = 1.0;   ///< once it is
    static constexpr double kHiddenS = 0.35;     ///< not seen for so long: may be somebody else
    static constexpr std::size_t kEnoughVotes = 3, kMostVotes = 5;
    static constexpr float kStay = 0.08F;
    static constexpr double kCrossing = 0.1;  ///< overlap of boxes, intersection over the smaller

    /// `threshold`: the least similarity of the same person.
    explicit WantedPerson(float threshold) : threshold_(threshold) {}

    /// A cut: nobody who was followed before is known any more.
    void start_scene();

    /// The people of a view, later than all before. Returns those whose faces are to be looked at.
    std::vector<int> see(std::span<const FollowedPerson> people, double time_s);

    /// What a look at somebody's face told; nothing: no face was seen.
    void vote(int id, double time_s, std::optional<float> similarity);

    /// The wanted person among those of the last view, if there.
    std::optional<int> wanted() const { return wanted_; }

    /// To be called after the votes of a view.
    void decide();

    /// The highest similarity of any look; nothing before the first face.
    std::optional<float> best() const { return best_; }
    std::size_t looks() const { return looks_; }  ///< at heads
    std::size_t faces() const { return faces_; }  ///< that were seen in them
    bool was_found() const { return was_found_; }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(people_, wanted_, holder_, best_, looks_, faces_, was_found_);
    }

  private:
    struct Person {
        Box box;
        std::deque<float> votes;
        bool votes_are_old = false;
        double seen_s = 0;
        double next_look_s = -std::numeric_limits<double>::infinity();
        bool is_here = false;  ///< in the last view
        bool crosses = false;  ///< somebody else, in the last view

        template <class Archive>
        void serialize(Archive& archive) {
            archive(box, votes, votes_are_old, seen_s, next_look_s, is_here, crosses);
        }
    };
    std::optional<float> score(const Person& person) const;

    float threshold_;
    std::map<int, Person> people_;
    std::optional<int> wanted_;
    std::optional<int> holder_;  ///< who was the wanted one last, in the last view or before
    std::optional<float> best_;
    std::size_t looks_ = 0, faces_ = 0;
    bool was_found_ = false;
};

}  // namespace closet
