#pragma once

#include <array>
#include <cstddef>

#include <opencv2/core/mat.hpp>

namespace closet::classes {

/// Note [Steady classes]
/// Noise of cameras and networks, and colors that are learned anew, move the edges of classes from
/// frame to frame, and all that is painted along them flickers. So where the picture stands still
/// classes follow slowly, where it moves at once. What stands still is told by means over some
/// pixels against what was seen when the classes were: noise goes, and who moves slowly is noticed
/// before an edge is a pixel off.
class SteadyClasses {
  public:
    static constexpr double kFollowS = 0.5;  ///< time constant where all stands still

    /// Five classes, and what is held in hands.
    static constexpr std::size_t kPlanes = 6;

    /// Takes in the planes of a frame (CV_8UC1, levels) and replaces them by what they are over
    /// time. `colors`: CV_8UC3 of their size, even. Nothing is remembered of another grid.
    /// `passed_s`: since the last frame.
    void follow(const cv::Mat& colors, bool is_same_grid, double passed_s,
                const std::array<cv::Mat*, kPlanes>& planes);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(known_, seen_);
    }

  private:
    std::array<cv::Mat, kPlanes> known_;  ///< CV_16UC1, levels x 256; empty: nothing is known
    cv::Mat seen_;                        ///< CV_32FC3: the colors then, at half size
};

}  // namespace closet::classes
