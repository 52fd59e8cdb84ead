#pragma once

#include <opencv2/core/mat.hpp>

#include "warp/removal/grid_view.h"

namespace closet::removal {

/// What is behind people, collected while the camera stands.
///
/// Note [Clean plate]
/// Pixels that are surely ground are averaged; where nothing but clothes was seen yet, what was
/// painted there last is kept, so that it does not change from frame to frame. Causal: what comes
/// later in a clip is not known. The plate is forgotten as soon as much of the ground that is seen
/// differs from it: the camera moved.
class CleanPlate {
  public:
    static constexpr std::uint8_t kUnknown = 0, kInvented = 1, kSeenOnce = 2;
    /// Seen so often, a color is the ground's own, and clothes of that color are none.
    static constexpr std::uint8_t kSure = 8;

    /// Once a frame. `shown`: the picture's size; another one than before forgets, as `forget`
    /// does.
    void begin_frame(cv::Size shown, bool forget);

    /// Takes in what is surely ground now (CV_8UC1 on the view's grid, not 0).
    void learn(const GridView& view, const cv::Mat& ground);

    /// On the view's grid: colors, Y Cb Cr, and how they are known: kUnknown, kInvented, or from
    /// kSeenOnce on the number of frames and one.
    void read(const GridView& view, cv::Mat& colors, cv::Mat& seen) const;

    /// Keeps what was painted (CV_8UC3 on the view's grid) in `where` (CV_8UC1, not 0), as far as
    /// the ground was never seen there.
    void invent(const GridView& view, const cv::Mat& painted, const cv::Mat& where);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(step_, shown_, colors_, seen_);
    }

  private:
    struct Part {
        cv::Rect where;               ///< of the plate
        cv::Matx23d plate_from_grid;  ///< pixels of `where`
        bool is_grid = false;         ///< the same pixels
    };
    cv::Size size() const;
    void make();  ///< where nothing is known: nothing costs memory until something is
    Part part_of(const GridView& view) const;
    static cv::Mat on_plate(const cv::Mat& grid, const Part& part);

    int step_ = 2;  ///< shown pixels to a pixel
    cv::Size shown_;
    cv::Mat colors_;  ///< CV_16UC3, levels x 256
    cv::Mat seen_;    ///< CV_8UC1; both are empty where all is unknown
};

}  // namespace closet::removal
