// How a track's labels are smoothed and carried, see Note [Labels over time].

#include <array>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "body/arm_agreement.h"
#include "interpolate/track.h"

namespace closet {

const SharedLabels& Track::smoothed_labels(std::size_t key) {
    Key& at = keys_[key];
    if (at.labels || !at.measured.labels) {
        return at.labels ? *at.labels : at.measured.labels;
    }
    constexpr double kOwnWeight = 2, kNeighborWeight = 1;
    const PersonLabels& own = *at.measured.labels;
    std::vector<PersonLabels> laid;
    const auto add = [&](std::size_t other) {
        PersonLabels there =
            laid_onto(*keys_[other].measured.labels, refined(other), own, refined(key));
        if (agreement(own, there) > kLeastAgreement) {
            laid.push_back(std::move(there));
        }
    };
    if (const auto before = labeled_before(key, at.when.seconds - kLabelReachS)) {
        add(*before);
    }
    if (const auto after = labeled_from(key + 1, at.when.seconds + kLabelReachS)) {
        add(*after);
    }
    if (laid.empty()) {
        at.labels = at.measured.labels;
        return *at.labels;
    }
    std::vector<WeightedLabels> all{{&own, kOwnWeight}};
    for (const PersonLabels& one : laid) {
        all.push_back({&one, kNeighborWeight});
    }
    at.labels = std::make_shared<const PersonLabels>(mix(all));
    return *at.labels;
}

/// The nearest key frame before `key` that has labels and is no earlier than `oldest_s`.
std::optional<std::size_t> Track::labeled_before(std::size_t key, double oldest_s) const {
    while (key > 0 && keys_[key - 1].when.seconds >= oldest_s) {
        --key;
        if (keys_[key].measured.labels) {
            return key;
        }
    }
    return std::nullopt;
}

/// The first key frame from `key` on that has labels and is no later than `latest_s`.
std::optional<std::size_t> Track::labeled_from(std::size_t key, double latest_s) const {
    for (; key < keys_.size() && keys_[key].when.seconds <= latest_s; ++key) {
        if (keys_[key].measured.labels) {
            return key;
        }
    }
    return std::nullopt;
}

/// What the labels of `to` say on the points of those of `from`; null where they do not agree.
const SharedLabels& Track::next_labels(std::size_t from, std::size_t to) {
    Key& at = keys_[from];
    if (!at.next_labels || at.next_frame != keys_[to].when.frame) {
        at.next_frame = keys_[to].when.frame;
        const PersonLabels& own = *smoothed_labels(from);
        PersonLabels next = laid_onto(*smoothed_labels(to), refined(to), own, refined(from));
        at.next_labels = agreement(own, next) > kLeastAgreement
                             ? std::make_shared<const PersonLabels>(std::move(next))
                             : nullptr;
    }
    return *at.next_labels;
}

/// The labels of the person at `when`, whose pose there is `pose`.
SharedLabels Track::labels_at(const Instant& when, const Pose& pose) {
    const std::size_t first = first_from(when);
    if (first < keys_.size() && keys_[first].when.frame == when.frame &&
        keys_[first].measured.labels) {
        return smoothed_labels(first);
    }
    const auto before = labeled_before(first, when.seconds - kLabelHoldS);
    const auto after = labeled_from(first, when.seconds + kLabelReachS);
    const auto moved = [&](std::size_t key, SharedLabels labels) {
        Pose source = refined(key);
        source.labels = std::move(labels);
        return moved_labels(source, pose);
    };
    if (!before && !after) {
        return nullptr;
    }
    if (!before || !after) {
        const std::size_t key = before ? *before : *after;
        return moved(key, smoothed_labels(key));
    }
    const double start = keys_[*before].when.seconds;
    const double length = keys_[*after].when.seconds - start;
    const double share = length > 0 ? (when.seconds - start) / length : 0.0;
    if (!(share > 0)) {
        return moved(*before, smoothed_labels(*before));
    }
    const SharedLabels& next = next_labels(*before, *after);
    if (next == nullptr) {
        const std::size_t nearer = share <= 0.5 ? *before : *after;
        return moved(nearer, smoothed_labels(nearer));
    }
    const SharedLabels& own = smoothed_labels(*before);
    return moved(*before, share < 1 ? std::make_shared<const PersonLabels>(
                                          mix({{own.get(), 1 - share}, {next.get(), share}}))
                                    : next);
}

std::array<float, 2> Track::arms_agree_at(const Instant& when) {
    std::array<double, 2> sum{};
    double weights = 0;
    for (std::size_t key = 0; key < keys_.size(); ++key) {
        Key& at = keys_[key];
        const double off_s = at.when.seconds - when.seconds;
        if (!at.measured.labels || std::abs(off_s) > 2 * kLabelReachS) {
            continue;
        }
        if (!at.arms_agree) {
            at.arms_agree = arm_agreement(refined(key), at.view.min_score);
        }
        if ((*at.arms_agree)[0] < 0) {
            continue;
        }
        const double weight = std::exp(-off_s * off_s / (2 * kArmsSigmaS * kArmsSigmaS));
        weights += weight;
        for (std::size_t side = 0; side < sum.size(); ++side) {
            sum[side] += weight * static_cast<double>((*at.arms_agree)[side]);
        }
    }
    if (!(weights > 0)) {
        return {-1, -1};
    }
    return {static_cast<float>(sum[0] / weights), static_cast<float>(sum[1] / weights)};
}

}  // namespace closet
