#include "infer/track/needed_readings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "infer/region.h"
#include "infer/track/pose_distance.h"

namespace closet {
namespace {

/// By how much interpolation may miss the middle between two views, in trunk lengths, mean of the
/// joints.
constexpr double kMostBend = 0.015;

/// Regions may be off by so many times what is usual before somebody is estimated again: that
/// gains less than a look at another view (results/fit.md).
constexpr double kTolerance = 1.5;

/// Joints below this score say nothing of how somebody moves.
constexpr float kSeenScore = 0.3F;

/// For how long nothing is read of people who stand still, seconds.
constexpr double kLongestStillS = 1.0;

/// Pictures are compared by the means of blocks of so many view pixels along each side, in which
/// noise is lost and a shift of an edge by a fraction of a pixel is not.
constexpr int kBlock = 8;
/// A block has changed when its mean did by more than this, of 255, in any channel: what a shift of
/// half a pixel does to an edge of medium contrast. Film grain after an encoder does 5.
constexpr double kStillLevels = 6;
/// Around the people so much of their region's side is looked at.
constexpr double kStillReach = 0.5;

cv::Mat blocks_of(const cv::Mat& rgb) {
    cv::Mat blocks;
    const cv::Size size(std::max(1, rgb.cols / kBlock), std::max(1, rgb.rows / kBlock));
    cv::resize(rgb, blocks, size, 0, 0, cv::INTER_AREA);
    return blocks;
}

const Tracked* find_person(const std::vector<Tracked>& people, int id) {
    const auto found = std::find_if(people.begin(), people.end(),
                                    [id](const Tracked& one) { return one.person_id == id; });
    return found == people.end() ? nullptr : &*found;
}

/// A pose and when it was read.
struct TimedPose {
    double time_s = 0;
    const std::vector<Keypoint>* points = nullptr;
};

/// The polynomial through all `knots` (Lagrange), whose times differ, at another time.
std::vector<Keypoint> polynomial(std::span<const TimedPose> knots, double time_s) {
    std::vector<Keypoint> sum(knots.front().points->size(), Keypoint{.score = 1});
    for (const TimedPose& knot : knots) {
        double weight = 1;
        for (const TimedPose& other : knots) {
            if (&other != &knot) {
                weight *= (time_s - other.time_s) / (knot.time_s - other.time_s);
            }
        }
        for (std::size_t i = 0; i < sum.size(); ++i) {
            const Keypoint& point = (*knot.points)[i];
            sum[i].x += static_cast<float>(weight * point.x);
            sum[i].y += static_cast<float>(weight * point.y);
            sum[i].score = std::min(sum[i].score, point.score);
        }
    }
    return sum;
}

/// Mean distance of the joints that both see, in trunk lengths of `a`; 0 where they see none.
double seen_distance(const std::vector<Keypoint>& a, const std::vector<Keypoint>& b,
                     Skeleton skeleton) {
    Pose trunk;
    trunk.skeleton = skeleton;
    trunk.keypoints = a;
    double sum = 0;
    int seen = 0;
    for (int i = static_cast<int>(Joint::kLeftShoulder); i < kJointCount; ++i) {
        const std::size_t at = keypoint_index(skeleton, static_cast<Joint>(i));
        if (a[at].score >= kSeenScore && b[at].score >= kSeenScore) {
            sum += std::hypot(a[at].x - b[at].x, a[at].y - b[at].y);
            ++seen;
        }
    }
    const auto length = static_cast<double>(torso_length(trunk));
    return seen == 0 ? 0 : length > 0 ? sum / seen / length : INFINITY;
}

bool same_people(const std::vector<Tracked>& a, const std::vector<Tracked>& b) {
    return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const Tracked& one) {
               return find_person(b, one.person_id) != nullptr;
           });
}

/// Whether an estimate in between is of the same body as those before and after.
bool fits_between(const std::vector<Keypoint>* before, double since_s,
                  const std::vector<Keypoint>* after, double until_s, const PoseEstimate& estimate,
                  Skeleton skeleton) {
    return (before != nullptr && !is_jump(*before, estimate.keypoints, since_s, skeleton)) ||
           (after != nullptr && !is_jump(estimate.keypoints, *after, until_s, skeleton));
}

}  // namespace

bool NeededReadings::is_still(const cv::Mat& blocks, double time_s, bool whole_picture) const {
    if (last_.empty() || time_s - seen_s_ >= kLongestStillS || blocks.size() != seen_.size()) {
        return false;
    }
    cv::Rect2d around;
    for (const Tracked& person : last_.back().people) {
        const Region& region = person.estimate.region;
        const double reach = kStillReach * region.side;
        around |=
            cv::Rect2d(region.center.x - reach, region.center.y - reach, 2 * reach, 2 * reach);
    }
    cv::Rect area({}, blocks.size());
    if (!around.empty() && !whole_picture) {
        area &= cv::Rect(cv::Point(cvFloor(around.x / kBlock), cvFloor(around.y / kBlock)),
                         cv::Point(cvCeil(around.br().x / kBlock), cvCeil(around.br().y / kBlock)));
    }
    return area.empty() || cv::norm(blocks(area), seen_(area), cv::NORM_INF) <= kStillLevels;
}

/// How far the pose of a moment is from what interpolation between its neighbors would have said,
/// by as many of them as are there; in trunk lengths, the most of all people. Nothing where one of
/// them is new or gone.
std::optional<double> NeededReadings::surprise(std::span<const Moment> moments, std::size_t at,
                                               Skeleton skeleton) {
    if (at == 0 || at + 1 >= moments.size()) {
        return std::nullopt;
    }
    double most = 0;
    for (const Tracked& person : moments[at].people) {
        std::vector<TimedPose> knots;
        const auto add = [&](std::size_t k) {
            const Tracked* there = find_person(moments[k].people, person.person_id);
            if (there != nullptr) {
                knots.push_back({moments[k].time_s, &there->estimate.keypoints});
            }
            return there != nullptr;
        };
        if (!add(at - 1) || !add(at + 1)) {
            return std::nullopt;
        }
        // Knots that lie close together would blow up their noise.
        const double in = moments[at].time_s - moments[at - 1].time_s;
        const double out = moments[at + 1].time_s - moments[at].time_s;
        if (at >= 2 && moments[at - 1].time_s - moments[at - 2].time_s > in / 2) {
            add(at - 2);
        }
        if (at + 2 < moments.size() && moments[at + 2].time_s - moments[at + 1].time_s > out / 2) {
            add(at + 2);
        }
        most = std::max(most, seen_distance(person.estimate.keypoints,
                                            polynomial(knots, moments[at].time_s), skeleton));
    }
    return most;
}

/// How far interpolation may be off in the middle between moment `at` and the next one; infinite
/// where nothing tells.
double NeededReadings::bend(std::span<const Moment> moments, std::size_t at, Skeleton skeleton) {
    const double length = moments[at + 1].time_s - moments[at].time_s;
    std::optional<double> most;
    for (const std::size_t k : {at, at + 1}) {
        if (const auto off = surprise(moments, k, skeleton)) {
            const double in = moments[k].time_s - moments[k - 1].time_s;
            const double out = moments[k + 1].time_s - moments[k].time_s;
            most = std::max(most.value_or(0), *off * length * length / (4 * in * out));
        }
    }
    return most.value_or(INFINITY);
}

std::vector<NeededReadings::Result> NeededReadings::read(std::span<const TimedView> views,
                                                         std::span<const KeyNeed> needs,
                                                         Examiner& examiner, bool whole_picture,
                                                         const Follow& follow) {
    examiner.tolerate(kTolerance);
    std::vector<Result> results;
    while (!views.empty()) {
        if (starts_scene(views.front(), picture_)) {
            last_.clear();
            picture_ = views.front().picture->size();
        }
        const auto scene = first_scene(views);
        auto some = read_scene(scene, needs.first(scene.size()), examiner, whole_picture, follow);
        std::move(some.begin(), some.end(), std::back_inserter(results));
        views = views.subspan(scene.size());
        needs = needs.subspan(scene.size());
    }
    return results;
}

std::vector<NeededReadings::Result> NeededReadings::read_scene(std::span<const TimedView> views,
                                                               std::span<const KeyNeed> needs,
                                                               Examiner& examiner,
                                                               bool whole_picture,
                                                               const Follow& follow) {
    std::vector<Result> results(views.size());
    std::vector<TimedView> wanted;
    bool moved = false;  // since the last view that is read
    for (std::size_t i = 0; i < views.size(); ++i) {
        const cv::Mat blocks = blocks_of(*views[i].picture);
        moved = moved || !is_still(blocks, views[i].time_s, whole_picture);
        if (needs[i] == KeyNeed::kAlways || (needs[i] == KeyNeed::kUnlessStill && moved)) {
            results[i].outcome = Outcome::kRead;
            wanted.push_back(views[i]);
            seen_ = blocks;
            seen_s_ = views[i].time_s;
            moved = false;
        } else if (needs[i] == KeyNeed::kUnlessStill) {
            results[i].outcome = Outcome::kSame;
        }
    }
    std::vector<std::vector<Tracked>> found;
    if (!wanted.empty()) {
        found = follow(wanted);
    }
    std::vector<Moment> moments = std::move(last_);
    std::size_t next = 0;
    for (std::size_t i = 0; i < views.size(); ++i) {
        if (results[i].outcome == Outcome::kRead) {
            moments.push_back({i, views[i].time_s, std::move(found[next++])});
        } else if (results[i].outcome == Outcome::kSame) {
            moments.push_back({i, views[i].time_s, moments.back().people});
        }
    }
    fill(views, needs, examiner, results, moments);
    for (const Moment& moment : moments) {
        if (moment.view) {
            results[*moment.view].people = moment.people;
            std::sort(results[*moment.view].people.begin(), results[*moment.view].people.end(),
                      [](const Tracked& a, const Tracked& b) { return a.person_id < b.person_id; });
        }
    }
    const std::size_t kept = std::min<std::size_t>(moments.size(), 3);
    last_.assign(std::make_move_iterator(moments.end() - static_cast<std::ptrdiff_t>(kept)),
                 std::make_move_iterator(moments.end()));
    for (Moment& moment : last_) {
        moment.view.reset();
    }
    return results;
}

void NeededReadings::fill(std::span<const TimedView> views, std::span<const KeyNeed> needs,
                          Examiner& examiner, std::vector<Result>& results,
                          std::vector<Moment>& moments) {
    const Skeleton skeleton = examiner.model().skeleton();
    std::vector<bool> looked_at(views.size());
    while (true) {
        std::vector<Candidate> candidates;
        std::vector<Gap> gaps;  // of each candidate
        for (std::size_t k = 0; k + 1 < moments.size(); ++k) {
            const Moment& a = moments[k];
            const Moment& b = moments[k + 1];
            if (!b.view || results[*b.view].outcome == Outcome::kSame) {
                continue;
            }
            const std::size_t from = a.view ? *a.view + 1 : 0;
            if (a.people.empty()) {  // who appears is looked for backwards, see Note [Looking back]
                for (std::size_t i = from; i < *b.view; ++i) {
                    results[i].outcome = Outcome::kRead;
                }
                continue;
            }
            std::optional<std::size_t> middle;
            const double middle_s = (a.time_s + b.time_s) / 2;
            for (std::size_t i = from; i < *b.view; ++i) {
                if (needs[i] == KeyNeed::kIfNeeded && !looked_at[i] &&
                    (!middle || std::abs(views[i].time_s - middle_s) <
                                    std::abs(views[*middle].time_s - middle_s))) {
                    middle = i;
                }
            }
            if (!middle ||
                (same_people(a.people, b.people) && bend(moments, k, skeleton) <= kMostBend)) {
                continue;
            }
            looked_at[*middle] = true;
            const double share = (views[*middle].time_s - a.time_s) / (b.time_s - a.time_s);
            for (const Tracked& person : a.people) {
                const Tracked* there = find_person(b.people, person.person_id);
                candidates.push_back(
                    {.view = *middle,
                     .region = there != nullptr
                                   ? between(person.estimate.region, there->estimate.region, share)
                                   : person.estimate.region});
                gaps.push_back({k, person.person_id});
            }
            for (const Tracked& person : b.people) {
                if (find_person(a.people, person.person_id) == nullptr) {
                    candidates.push_back({.view = *middle, .region = person.estimate.region});
                    gaps.push_back({k, person.person_id});
                }
            }
        }
        if (candidates.empty()) {
            return;
        }
        auto estimates = examiner.examine(views, candidates);
        std::vector<Moment> between;
        for (std::size_t c = 0; c < candidates.size(); ++c) {
            const std::size_t view = candidates[c].view;
            if (between.empty() || between.back().view != view) {
                between.push_back({view, views[view].time_s, {}});
                ++examiner.counts().views;
            }
            const Moment& a = moments[gaps[c].moment];
            const Moment& b = moments[gaps[c].moment + 1];
            const Tracked* before = find_person(a.people, gaps[c].person);
            const Tracked* after = find_person(b.people, gaps[c].person);
            if (estimates[c] &&
                fits_between(before != nullptr ? &before->estimate.keypoints : nullptr,
                             views[view].time_s - a.time_s,
                             after != nullptr ? &after->estimate.keypoints : nullptr,
                             b.time_s - views[view].time_s, *estimates[c], skeleton)) {
                between.back().people.push_back({std::move(*estimates[c]), gaps[c].person});
            }
        }
        for (Moment& moment : between) {
            const auto after = std::find_if(moments.begin(), moments.end(), [&](const Moment& one) {
                return one.time_s > moment.time_s;
            });
            // Where everybody is overlooked who is seen before and after, interpolation knows more.
            if (moment.people.empty() && same_people(std::prev(after)->people, after->people)) {
                continue;
            }
            results[*moment.view].outcome = Outcome::kRead;
            moments.insert(after, std::move(moment));
        }
    }
}

}  // namespace closet
