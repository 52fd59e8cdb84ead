#include "infer/faces/wanted_person.h"

#include <algorithm>
#include <numeric>

namespace closet {
namespace {

/// Who is not seen for so long will not come back under the same number, seconds.
constexpr double kForgetS = 10;
/// Who vanished so lately may be behind somebody, seconds.
constexpr double kBehindS = 2;

}  // namespace

double share_covered(const Box& a, const Box& b) {
    const auto extent = [](float low, float high) {
        return std::max(0.0, static_cast<double>(high) - low);
    };
    const double shared = extent(std::max(a.x, b.x), std::min(a.x + a.width, b.x + b.width)) *
                          extent(std::max(a.y, b.y), std::min(a.y + a.height, b.y + b.height));
    const double smaller = std::min(double{a.width} * a.height, double{b.width} * b.height);
    return smaller > 0 ? shared / smaller : 0;
}

void WantedPerson::start_scene() {
    people_.clear();
    wanted_.reset();
    holder_.reset();
}

std::vector<int> WantedPerson::see(std::span<const FollowedPerson> followed, double time_s) {
    std::erase_if(people_,
                  [&](const auto& entry) { return time_s - entry.second.seen_s > kForgetS; });
    for (auto& [id, person] : people_) {
        person.is_here = false;
    }
    std::vector<int> returned;
    for (const FollowedPerson& one : followed) {
        Person& person = people_.try_emplace(one.id).first->second;
        if (!person.votes.empty() && time_s - person.seen_s > kHiddenS) {
            returned.push_back(one.id);
        }
        person.box = one.box;
        person.seen_s = time_s;
        person.is_here = true;
    }
    std::vector<int> due;
    for (auto& [id, person] : people_) {
        if (!person.is_here) {
            continue;
        }
        const bool crosses =
            std::any_of(people_.begin(), people_.end(), [&, own = id](const auto& other) {
                return other.first != own && time_s - other.second.seen_s <= kBehindS &&
                       share_covered(people_.at(own).box, other.second.box) > kCrossing;
            });
        if (crosses != person.crosses ||
            std::find(returned.begin(), returned.end(), id) != returned.end()) {
            person.votes_are_old = true;
            person.next_look_s = time_s;
        }
        person.crosses = crosses;
        // While people cross, poses mix them: one's body may have the other's head.
        if (time_s >= person.next_look_s && (!crosses || person.votes.empty())) {
            due.push_back(id);
        }
    }
    return due;
}

void WantedPerson::vote(int id, double time_s, std::optional<float> similarity) {
    const auto found = people_.find(id);
    if (found == people_.end()) {
        return;
    }
    Person& person = found->second;
    ++looks_;
    if (similarity) {
        ++faces_;
        best_ = std::max(best_.value_or(*similarity), *similarity);
        if (person.votes_are_old) {
            person.votes.clear();
            person.votes_are_old = false;
        }
        person.votes.push_back(*similarity);
        if (person.votes.size() > kMostVotes) {
            person.votes.pop_front();
        }
    }
    const bool is_sure = person.votes.size() >= kEnoughVotes && !person.votes_are_old;
    person.next_look_s = time_s + (is_sure ? kLookLaterS : kLookAgainS);
}

std::optional<float> WantedPerson::score(const Person& person) const {
    if (person.votes.empty()) {
        return std::nullopt;
    }
    return std::accumulate(person.votes.begin(), person.votes.end(), 0.0F) /
           static_cast<float>(person.votes.size());
}

void WantedPerson::decide() {
    std::optional<float> best_score;
    wanted_.reset();
    for (const auto& [id, person] : people_) {
        const auto own = score(person);
        const float least = holder_ == id ? threshold_ - kStay : threshold_;
        if (person.is_here && own && *own >= least && (!best_score || *own > *best_score)) {
            wanted_ = id;
            best_score = own;
        }
    }
    if (wanted_) {
        holder_ = wanted_;
        was_found_ = true;
    }
}

}  // namespace closet
