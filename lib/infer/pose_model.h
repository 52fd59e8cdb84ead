#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>

#include "core/pose.h"
#include "infer/region.h"

namespace closet {

// What the tracker asks of networks: pose models, and detectors that find people for them.

/// Whether a mask is wanted, which costs a part of the network of its own.
enum class MaskNeed : std::uint8_t {
    kAlways,
    kUnlessOff,  ///< not where the region was off (is_off), since it is estimated again then
    kNever
};

/// What a pose network is given: the part of a picture that shows a person.
struct PoseInput {
    const cv::Mat* picture = nullptr;  ///< CV_8UC3 R G B, upright; not owned
    Region region;
    MaskNeed mask = MaskNeed::kAlways;
    double tolerance = 1;  ///< of is_off
};

/// Whether the mask of an input is wanted whose keypoints say that the person is in `region`.
inline bool wants_mask(const PoseInput& input, const Region& region) {
    return input.mask == MaskNeed::kAlways ||
           (input.mask == MaskNeed::kUnlessOff && !is_off(input.region, region, input.tolerance));
}

/// What a pose network says about one input.
struct PoseEstimate {
    float presence = 0;               ///< 0..1, is there a person in the region
    std::vector<Keypoint> keypoints;  ///< view pixels
    Region region;                    ///< where these keypoints say that the person is
    cv::Mat mask;                ///< CV_8UC1, person's probability x 255; empty if not asked for
    cv::Matx23d mask_from_view;  ///< view pixel (x, y, 1) -> mask pixel
    bool mask_left_out = false;  ///< the model gives masks, and this input needed none

    template <class Archive>
    void serialize(Archive& archive) {
        archive(presence, keypoints, region, mask, mask_from_view, mask_left_out);
    }
};

/// A network, or several, that finds people in pictures and reads their poses. Holds no memory of
/// earlier pictures: following people over time is the tracker's part, the same for every model.
class PoseModel {
  public:
    virtual ~PoseModel() = default;

    /// Which joint each keypoint of its estimates is.
    virtual Skeleton skeleton() const = 0;

    /// The presence, 0..1, from which on an estimate counts as somebody: what the model's makers
    /// use.
    virtual float least_presence() const = 0;

    /// Whether it can look at mirror images too (InferOptions::flip_test).
    virtual bool takes_flip_test() const { return false; }

    /// Where this model wants to look at a person whose bounding box is known. `box`: around the
    /// whole visible person, view pixels; `picture`: the view's size. May not be usable
    /// (is_usable) where the box is not.
    virtual Region region_of_box(const Box& box, cv::Size picture) const = 0;

    /// Where people are in each picture (CV_8UC3 R G B, upright), the most prominent first. Empty
    /// where nobody is. Throws ModelError where the network fails.
    virtual std::vector<std::vector<Region>> find(std::span<const cv::Mat> pictures) = 0;

    /// The same for those in whom `find` finds nobody although somebody may be there, because it
    /// needs a head: by the whole body. Nobody where no network for that is here.
    virtual std::vector<std::vector<Region>> find_bodies(std::span<const cv::Mat> pictures) {
        return std::vector<std::vector<Region>>(pictures.size());
    }

    /// One estimate an input, in order. All inputs go through the network together. The result for
    /// one does not depend on the others, but for rounding. Throws ModelError where the network
    /// fails.
    virtual std::vector<PoseEstimate> estimate(std::span<const PoseInput> inputs) = 0;
};

/// Adds the people whom `model` finds by the whole body to pictures in which it `found` nobody.
inline void find_headless(PoseModel& model, std::span<const cv::Mat> pictures,
                          std::span<std::vector<Region>> found) {
    std::vector<cv::Mat> empty;
    std::vector<std::size_t> of;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i].empty()) {
            empty.push_back(pictures[i]);
            of.push_back(i);
        }
    }
    if (empty.empty()) {
        return;
    }
    std::vector<std::vector<Region>> bodies = model.find_bodies(empty);
    for (std::size_t i = 0; i < of.size(); ++i) {
        found[of[i]] = std::move(bodies[i]);
    }
}

/// A person found in a picture.
struct PersonBox {
    Box box;  ///< around the whole visible person, view pixels; may reach out of the picture
    float score = 0;  ///< 0..1
};

/// A network that finds people in pictures, any number of them. Holds no memory of earlier
/// pictures.
class PersonDetector {
  public:
    virtual ~PersonDetector() = default;

    /// The people in each picture (CV_8UC3 R G B, of any size), best score first. Empty where
    /// nobody is. All pictures go through the network together. Throws ModelError where it fails.
    virtual std::vector<std::vector<PersonBox>> find(std::span<const cv::Mat> pictures) = 0;
};

/// Where `model` should look for the people whom `detector` finds in each picture, best score
/// first, without those whose region holds nothing to see.
inline std::vector<std::vector<Region>> regions_of_people(PersonDetector& detector,
                                                          const PoseModel& model,
                                                          std::span<const cv::Mat> pictures) {
    std::vector<std::vector<Region>> regions;
    regions.reserve(pictures.size());
    for (const std::vector<PersonBox>& people : detector.find(pictures)) {
        const cv::Size size = pictures[regions.size()].size();
        std::vector<Region>& found = regions.emplace_back();
        for (const PersonBox& person : people) {
            const Region region = model.region_of_box(person.box, size);
            if (is_usable(region, size)) {
                found.push_back(region);
            }
        }
    }
    return regions;
}

}  // namespace closet
