#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet::flags {
inline constexpr const char* kKind = "--kind";
}  // namespace closet::flags

namespace closet {

/// What a garment is, which decides what of it hangs on which bones.
enum class GarmentKind {
    kTop,        ///< shirts, blouses, knitwear: worn on the torso
    kOuterwear,  ///< jackets and coats: over a top
    kTrousers,
    kShorts,
    kSkirt,
    kDress,     ///< a top and a skirt in one
    kJumpsuit,  ///< a top and trousers in one
};

/// How far the sleeves of a garment that covers the torso reach; kNone for others.
enum class Sleeves { kNone, kShort, kLong };

/// A garment, ready to be worn. Immutable after load.
struct Garment {
    std::string name;  ///< file name without folder and ending
    cv::Mat rgba;      ///< CV_8UC4, R G B A in sRGB, straight (not premultiplied) alpha
    GarmentKind kind = GarmentKind::kTop;
    Sleeves sleeves = Sleeves::kShort;
    bool open_front = false;  ///< its fronts hang apart: what is worn under it shows between them

    /// Named points in garment pixels, pixel centers at integers. "left" is the wearer's left,
    /// which is on the right of the picture of a garment seen from the front.
    std::map<std::string, cv::Point2f> anchors;
};

/// A garment that is asked for.
struct GarmentChoice {
    std::string path;                 ///< of its picture; for a rack also a folder of them
    std::optional<GarmentKind> kind;  ///< nothing: by its shape, or as its JSON file says

    bool operator==(const GarmentChoice&) const = default;
};

/// What is to be worn together.
using OutfitChoice = std::vector<GarmentChoice>;

/// Whether it covers the torso, with shoulders, neck and armholes.
inline bool covers_torso(GarmentKind kind) {
    return kind != GarmentKind::kTrousers && kind != GarmentKind::kShorts &&
           kind != GarmentKind::kSkirt;
}

/// Whether try-on networks, which were trained on tops, can lay it on.
inline bool can_be_tried_on(GarmentKind kind) {
    return kind == GarmentKind::kTop || kind == GarmentKind::kOuterwear;
}

/// Whether it covers each leg by itself.
inline bool has_legs(GarmentKind kind) {
    return kind == GarmentKind::kTrousers || kind == GarmentKind::kShorts ||
           kind == GarmentKind::kJumpsuit;
}

/// Whether it hangs around both legs.
inline bool has_skirt(GarmentKind kind) {
    return kind == GarmentKind::kSkirt || kind == GarmentKind::kDress;
}

}  // namespace closet
