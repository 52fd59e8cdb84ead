#pragma once

#include <map>
#include <string>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

enum class GarmentKind { kSleeveless, kShort, kLong };

/// A garment, ready to be worn. Immutable after load.
struct Garment {
    std::string name;  ///< file name without folder and ending
    cv::Mat rgba;      ///< CV_8UC4, R G B A in sRGB, straight (not premultiplied) alpha
    GarmentKind kind = GarmentKind::kShort;

    /// Named points in garment pixels, pixel centers at integers. "left" is the wearer's left,
    /// which is on the right of the picture of a garment seen from the front.
    std::map<std::string, cv::Point2f> anchors;
};

}  // namespace closet
