#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

namespace flags {
inline constexpr const char* kTryOnModels = "--try-on-models";
}

/// What a pixel of a person shows, as data sets of human parsing number it: those of CIHP's 20
/// labels that somebody here asks for. Sides are the wearer's.
namespace parse_label {
inline constexpr std::uint8_t kGround = 0, kHat = 1, kHair = 2, kGlasses = 4, kUpper = 5,
                              kDress = 6, kCoat = 7, kSocks = 8, kTrousers = 9, kTorsoSkin = 10,
                              kScarf = 11, kSkirt = 12, kFace = 13, kLeftArm = 14, kRightArm = 15,
                              kLeftLeg = 16, kRightLeg = 17, kLeftShoe = 18, kRightShoe = 19;
}  // namespace parse_label

/// OpenPose's BODY_25: nose, neck, then right shoulder, elbow, wrist, the same on the left, middle
/// of the hips, right hip, knee, ankle, the same on the left, eyes and ears (right before left),
/// feet. x, y in pixels, confidence; all 0 where not seen.
inline constexpr std::size_t kBody25Points = 25;
using Body25 = std::array<cv::Point3d, kBody25Points>;

/// The picture that try-on networks see of a person, upright: 3 wide, 4 high, head to thighs.
inline constexpr int kTryOnWidth = 768, kTryOnHeight = 1024;

struct TryOnPerson {
    cv::Mat rgb;     ///< CV_8UC3, kTryOnWidth x kTryOnHeight
    cv::Mat labels;  ///< CV_8UC1 of that size: parse_label
    Body25 points;
};

/// A garment as in a shop's photo, on white.
struct TryOnGarment {
    cv::Mat rgb;   ///< CV_8UC3, kTryOnWidth x kTryOnHeight
    cv::Mat mask;  ///< CV_8UC1 of that size: 255 = garment
};

/// Networks that lay a garment onto a person's picture. Not for use from several threads.
class TryOn {
  public:
    virtual ~TryOn() = default;

    /// The name of the warp that they are (`--warp`).
    virtual std::string_view name() const = 0;

    /// Whether colors are the person's picture's own, in its light, and not the garment's.
    virtual bool renders() const = 0;

    /// What is to be painted over the person's picture, which it covers whole: CV_8UC4, R G B A,
    /// straight alpha, of any size. The same for the same arguments.
    virtual cv::Mat dress(const TryOnPerson& person, const TryOnGarment& garment) = 0;
};

}  // namespace closet
