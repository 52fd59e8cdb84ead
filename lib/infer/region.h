#pragma once

#include <deque>
#include <span>
#include <vector>

#include <opencv2/core/matx.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

/// The square around a person that the network looks at.
struct Region {
    cv::Point2d center;   ///< view pixels
    double side = 0;      ///< view pixels
    double rotation = 0;  ///< radians, clockwise on the screen, in (-pi, pi]

    template <class Archive>
    void serialize(Archive& archive) {
        archive(center, side, rotation);
    }
};

/// The same angle in [-pi, pi).
double normalized_angle(double radians);

/// The region around a body whose center and one point of whose surrounding circle are known: the
/// person stands upright in it. Side: 1.25 x the circle's diameter (MediaPipe's pose graphs).
Region region_of_circle(cv::Point2d center, cv::Point2d on_circle);

/// How far a region is from another one, in shares of its side and angle; each 0 when equal.
struct RegionDifference {
    double shift = 0;  ///< distance of the centers / larger side
    double zoom = 0;   ///< |ln(side / side)|
    double turn = 0;   ///< radians, 0..pi
};
RegionDifference difference(const Region& a, const Region& b);

/// True when a pose has to be estimated again: the keypoints found in the region `used` give the
/// region `own`, and that is not nearly the same. `tolerance`: so many times the usual difference
/// is let pass.
bool is_off(const Region& used, const Region& own, double tolerance = 1);

/// What lies between two regions, by a share of the way from the first.
Region between(const Region& a, const Region& b, double share);

/// True when there is something to see: finite, not tiny, not vastly larger than the picture, and
/// overlapping it.
bool is_usable(const Region& region, cv::Size picture);

/// A point given in shares of the region (0..1 from its top left corner), in view pixels.
cv::Point2d view_from_region(const Region& region, cv::Point2d share);

/// Maps view pixels to the pixels of a crop of `size` x `size`, by the corners: the region's top
/// left corner is at (0, 0) and its bottom right one at (size, size), as in MediaPipe.
cv::Matx23d crop_from_view(const Region& region, int size);

/// Where a person's region has been lately, and where it is going.
class RegionMotion {
  public:
    /// Times must grow from call to call; a time that does not starts anew.
    void add(double time_s, const Region& region);
    void reset() { samples_.clear(); }  ///< forgets the person
    bool known() const { return !samples_.empty(); }

    /// The last region, moved on at its recent speed. Needs `known()`.
    Region predict(double time_s) const;

    template <class Archive>
    void serialize(Archive& archive) {
        archive(samples_);
    }

  private:
    struct Sample {
        double time_s = 0;
        Region region;

        template <class Archive>
        void serialize(Archive& archive) {
            archive(time_s, region);
        }
    };
    std::deque<Sample> samples_;
};

/// Those of the regions `found` that are not one of the `known` ones, the largest first. Each known
/// region stands for one found, the nearest pairs first.
std::vector<Region> regions_besides(std::span<const Region> known, std::span<const Region> found);

}  // namespace closet
