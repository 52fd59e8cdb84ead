#pragma once

#include <functional>
#include <optional>
#include <string>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

/// A product photo is looked at with at most this many pixels on its long side: outlines are as
/// good as at full size, and every length in the cut-out is a number of pixels at this size.
inline constexpr int kCutOutAnalysisSide = 1024;
/// What is cut out has at most this many pixels on its long side, as garments have.
inline constexpr int kCutOutSide = 2048;

/// Tells the garment from any ground: a network.
struct GarmentFinder {
    std::string name;  ///< for reports and messages: "u2net"
    int side = 0;      ///< pixels on the longer side of what it sees; finer detail is guessed

    /// How much of each pixel of a photo (CV_8UC3, R G B) is garment: CV_8UC1 of its size.
    std::function<cv::Mat(const cv::Mat& rgb)> find;

    /// It sees garments on people: their shape is not that of one laid flat, and a neck hides the
    /// inside of the collar.
    bool is_worn = false;

    /// The user pointed at it: what has another shape than a garment by itself is meant, too.
    bool is_pointed = false;
};

/// kPlain: by the photo's plain ground. kFinder: by a GarmentFinder. kAuto: by the plain ground,
/// and by a finder where there is none or where what stands out of it is hardly a garment.
enum class Cutting { kPlain, kFinder, kAuto };

/// How a photo is cut out.
struct CutOutOptions {
    /// Which pixels of the photo are garment (CV_8UC1, more than 127 means garment), of the photo's
    /// size; empty: see `cutting`. Its edge is taken as it is, softened over a pixel or so, and the
    /// photo's ground may then be anything.
    cv::Mat mask;

    Cutting cutting = Cutting::kPlain;
    /// Called where a finder is needed; may be empty, and gives nothing where there is none to be
    /// had (kAuto does without one then).
    std::function<std::optional<GarmentFinder>()> finder{};
    /// How to get a finder, as the end of a sentence about a photo without a plain ground: "or
    /// ...".
    std::string finder_remedy{};
    /// The same about a photo in which a person wears the garment.
    std::string worn_remedy{};
};

/// A garment without its ground.
struct CutOut {
    cv::Mat rgba;          ///< CV_8UC4, R G B A, straight alpha; transparent pixels beside visible
                           ///< ones hold the garment's color, never the ground's
    double scale = 1;      ///< pixels of `rgba` per pixel of the photo, at most 1
    cv::Rect garment;      ///< what is visible, in pixels of `rgba`
    float faint_edge = 0;  ///< 0..1: how much of the outline runs where the garment hardly differs
                           ///< from the ground (white on near-white); above 0.5 is worth a look
    float ground = 0;      ///< how uneven the ground is, as a distance in CIE Lab; 0: one color
    bool near_white = false;  ///< the garment is about as bright as its ground
    bool doubtful = false;    ///< the ground is hardly plain, or the garment hardly symmetric
    bool is_worn = false;     ///< see GarmentFinder
    std::string cutter;       ///< what found it: "plain", "mask" or the finder's name
};

/// Cuts a garment out of a product photo (CV_8UC3, R G B, upright) with a plain ground, white on
/// near-white too. `name` is what error texts call the photo. The ground is a plane fitted to the
/// border, and the soft shadows on it (shaded_ground), told from the garment by as little as one
/// gray level; the outline is snapped to the strongest edge by a watershed; alpha is a projection,
/// and the edge's colors come from inside. What a finder found is refined by the photo's colors as
/// far as the finder's own pixels reach.
///
/// Throws ConfigError in one sentence with the remedy for a photo without a plain ground, with
/// nothing on it, with several garments, with a garment that runs out of the picture on several
/// sides, or with a person in it; also for a mask of another size or without anything in it.
CutOut cut_out(const cv::Mat& rgb, const std::string& name, const CutOutOptions& options = {});

}  // namespace closet
