#include "people/identities.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace closet {
namespace {

/// Tracklets that are one person's.
using Group = std::vector<std::size_t>;

class Clusters {
  public:
    Clusters(const std::vector<ClipTracklet>& tracklets, float threshold)
        : tracklets_(tracklets), threshold_(threshold) {
        for (const ClipTracklet& tracklet : tracklets) {
            means_.push_back(mean_embedding(tracklet.faces));
        }
    }

    std::vector<Group> find() {
        begin();
        while (join_nearest()) {
        }
        return std::move(groups_);
    }

    /// Nothing where one of them has no face.
    std::optional<float> likeness(std::size_t a, std::size_t b) const {
        return means_[a].empty() || means_[b].empty()
                   ? std::nullopt
                   : std::optional(similarity(means_[a], means_[b]));
    }

    /// The least of all pairs of tracklets with faces; nothing where there is none.
    std::optional<float> least_likeness(const Group& a, const Group& b) const {
        return fold(a, b, [](float x, float y) { return std::min(x, y); });
    }
    std::optional<float> most_likeness(const Group& a, const Group& b) const {
        return fold(a, b, [](float x, float y) { return std::max(x, y); });
    }

    const Embedding& mean(std::size_t tracklet) const { return means_[tracklet]; }

  private:
    template <class Choose>
    std::optional<float> fold(const Group& a, const Group& b, Choose choose) const {
        std::optional<float> result;
        for (const std::size_t i : a) {
            for (const std::size_t k : b) {
                if (const auto own = i != k ? likeness(i, k) : std::nullopt) {
                    result = result ? choose(*result, *own) : *own;
                }
            }
        }
        return result;
    }

    /// The tracker's word counts where faces do not contradict it.
    void begin() {
        std::vector<std::size_t> group_of(tracklets_.size());
        for (std::size_t i = 0; i < tracklets_.size(); ++i) {
            const std::size_t before = tracklets_[i].continues;
            const bool goes_on = before < i && is_consistent(groups_[group_of[before]], i);
            if (goes_on) {
                group_of[i] = group_of[before];
            } else {
                group_of[i] = groups_.size();
                groups_.emplace_back();
            }
            groups_[group_of[i]].push_back(i);
        }
    }

    bool is_consistent(const Group& group, std::size_t tracklet) const {
        const auto least = least_likeness(group, {tracklet});
        return !are_together(group, {tracklet}) && (!least || *least >= threshold_);
    }

    bool are_together(const Group& a, const Group& b) const {
        return std::any_of(a.begin(), a.end(), [&](std::size_t i) {
            return std::any_of(b.begin(), b.end(), [&](std::size_t k) {
                return tracklets_[i].start_s() <= tracklets_[k].end_s() &&
                       tracklets_[k].start_s() <= tracklets_[i].end_s();
            });
        });
    }

    bool join_nearest() {
        std::optional<std::pair<std::size_t, std::size_t>> best;
        float best_likeness = threshold_;
        for (std::size_t a = 0; a < groups_.size(); ++a) {
            for (std::size_t b = a + 1; b < groups_.size(); ++b) {
                const auto least = least_likeness(groups_[a], groups_[b]);
                if (least && *least >= best_likeness && !are_together(groups_[a], groups_[b])) {
                    best_likeness = *least;
                    best = {a, b};
                }
            }
        }
        if (!best) {
            return false;
        }
        Group& kept = groups_[best->first];
        const Group& taken = groups_[best->second];
        kept.insert(kept.end(), taken.begin(), taken.end());
        std::sort(kept.begin(), kept.end());
        groups_.erase(groups_.begin() + static_cast<std::ptrdiff_t>(best->second));
        return true;
    }

    const std::vector<ClipTracklet>& tracklets_;
    float threshold_;
    std::vector<Embedding> means_;
    std::vector<Group> groups_;
};

/// Tracklets of one person by time, joined over short gaps.
std::vector<Appearance> appearances_of(Group group, const std::vector<ClipTracklet>& tracklets) {
    std::sort(group.begin(), group.end(), [&](std::size_t a, std::size_t b) {
        return tracklets[a].start_s() < tracklets[b].start_s();
    });
    std::vector<Appearance> appearances;
    for (const std::size_t i : group) {
        const ClipTracklet& tracklet = tracklets[i];
        const bool goes_on =
            !appearances.empty() &&
            tracklets[appearances.back().tracklets.back()].scene == tracklet.scene &&
            tracklet.start_s() - appearances.back().end_s() <= kMostGapS;
        if (!goes_on) {
            appearances.emplace_back();
        }
        Appearance& appearance = appearances.back();
        appearance.tracklets.push_back(i);
        appearance.sightings.insert(appearance.sightings.end(), tracklet.sightings.begin(),
                                    tracklet.sightings.end());
    }
    return appearances;
}

std::size_t count_sightings(const Group& group, const std::vector<ClipTracklet>& tracklets) {
    std::size_t count = 0;
    for (const std::size_t i : group) {
        count += tracklets[i].sightings.size();
    }
    return count;
}

}  // namespace

Embedding mean_embedding(const std::vector<Embedding>& faces) {
    Embedding mean;
    for (const Embedding& face : faces) {
        mean.resize(face.size());
        std::transform(mean.begin(), mean.end(), face.begin(), mean.begin(), std::plus<>());
    }
    const float length = std::sqrt(similarity(mean, mean));
    for (float& number : mean) {
        number = length > 0 ? number / length : 0;
    }
    return mean;
}

std::vector<Identity> find_identities(const std::vector<ClipTracklet>& tracklets, float threshold) {
    Clusters clusters(tracklets, threshold);
    std::vector<Group> groups = clusters.find();
    std::erase_if(groups, [&](const Group& group) {
        return count_sightings(group, tracklets) < kLeastSightings;
    });
    std::vector<Identity> identities;
    for (const Group& group : groups) {
        Identity identity;
        identity.appearances = appearances_of(group, tracklets);
        identity.least_similarity = clusters.least_likeness(group, group);
        for (const Group& other : groups) {
            if (&other != &group) {
                const auto most = clusters.most_likeness(group, other);
                identity.nearest_other =
                    most ? std::max(identity.nearest_other.value_or(-1.0F), *most)
                         : identity.nearest_other;
            }
        }
        std::vector<Embedding> all;
        for (const std::size_t i : group) {
            const auto& faces = tracklets[i].faces;
            all.insert(all.end(), faces.begin(), faces.end());
        }
        identity.faces = all.size();
        const Embedding whole = mean_embedding(all);
        for (Appearance& appearance : identity.appearances) {
            std::vector<Embedding> own;
            for (const std::size_t i : appearance.tracklets) {
                own.insert(own.end(), tracklets[i].faces.begin(), tracklets[i].faces.end());
            }
            if (!own.empty()) {
                appearance.similarity = similarity(mean_embedding(own), whole);
            }
            identity.seconds += appearance.end_s() - appearance.start_s();
        }
        identities.push_back(std::move(identity));
    }
    std::stable_sort(identities.begin(), identities.end(),
                     [](const Identity& a, const Identity& b) { return a.seconds > b.seconds; });
    return identities;
}

}  // namespace closet
