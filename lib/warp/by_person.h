#pragma once

#include <cmath>
#include <cstddef>
#include <map>

#include "core/pose.h"

namespace closet {

/// What is remembered of each person from frame to frame. A Memory has a member `serialize`, or is
/// of a type that core/state.h knows.
template <class Memory>
class ByPerson {
  public:
    static constexpr double kForgetS = 2.0;  ///< who was not asked for so long is forgotten
    static constexpr std::size_t kMostPeople = 64;

    /// A person's memory, valid until the next call.
    struct Known {
        Memory& memory;
        bool is_new = true;   ///< nothing is remembered: `memory` is as it was made
        double passed_s = 0;  ///< since the person was last asked for; 0 for a new one
    };

    /// Once before the people of a frame, in the order of time. `scene_start` forgets everybody, as
    /// do times that go backwards or are not finite. Whether everybody was forgotten.
    bool begin_frame(double seconds, bool scene_start) {
        const bool forgets =
            !started_ || scene_start || !(seconds >= now_s_) || !std::isfinite(seconds);
        if (forgets) {
            people_.clear();
        }
        started_ = true;
        now_s_ = std::isfinite(seconds) ? seconds : 0.0;
        std::erase_if(people_,
                      [&](const auto& entry) { return now_s_ - entry.second.seen_s > kForgetS; });
        return forgets;
    }

    /// Whom nobody follows (Pose::person_id below 0) is new each time.
    Known of(const Pose& pose) {
        if (pose.person_id < 0) {
            stranger_ = {};
            return {stranger_};
        }
        const auto found = people_.find(pose.person_id);
        if (found != people_.end()) {
            const double passed = now_s_ - found->second.seen_s;
            found->second.seen_s = now_s_;
            return {found->second.memory, false, passed};
        }
        if (people_.size() >= kMostPeople) {
            people_.erase(people_.begin());
        }
        Entry& entry = people_[pose.person_id];
        entry.seen_s = now_s_;
        return {entry.memory};
    }

    double now_s() const { return now_s_; }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(people_, now_s_, started_);
    }

  private:
    struct Entry {
        Memory memory{};
        double seen_s = 0;

        template <class Archive>
        void serialize(Archive& archive) {
            archive(memory, seen_s);
        }
    };
    std::map<int, Entry> people_;
    Memory stranger_{};
    double now_s_ = 0;
    bool started_ = false;
};

}  // namespace closet
