#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/garment.h"
#include "warp/garment/photo/cut_out.h"

namespace closet {

/// What is accepted from outside. Larger pictures are refused before they are decoded.
inline constexpr std::uint64_t kMaxGarmentPixels = 64'000'000;
inline constexpr std::uint64_t kMaxGarmentFileBytes = 256'000'000;
/// Longer garments are shrunk to this many pixels on the long side: more than a body's height in
/// a 4K frame.
inline constexpr int kMaxGarmentSide = 2048;

/// How a garment is made of a picture.
struct PrepareOptions {
    /// A picture of the photo's size that is bright where the garment is (its alpha channel, where
    /// it has one), for photos whose ground is not plain; empty: found from the plain ground.
    std::filesystem::path mask;

    /// What finds the garment of a photo where no mask does; see CutOutOptions.
    Cutting cutting = Cutting::kPlain;
    std::function<std::optional<GarmentFinder>()> finder{};
    std::string finder_remedy{};
    std::string worn_remedy{};

    /// What it is; nothing: what its JSON file says, or its silhouette looks like.
    std::optional<GarmentKind> kind{};
};

/// Reads a garment: a PNG, JPEG, WebP or TIFF picture, 8 or 16 bit, color or gray, turned upright
/// by its EXIF orientation.
///
/// A picture without transparency is a product photo: it is cut out of its plain ground (see
/// cut_out), kind and anchors are found on the silhouette (find_anchors), and the inside of the
/// back collar is removed.
///
/// A picture with transparency is taken as it is, and what lies beside it as NAME.json wins:
///
///     {"kind": "top", "sleeves": "short",
///      "anchors": {"left_shoulder": [805, 190], "right_shoulder": [218, 190]}}
///
/// `kind` is top, outerwear, trousers, shorts, skirt, dress or jumpsuit, `sleeves` sleeveless,
/// short or long, `open_front` true or false. (A `kind` that names sleeves, as files of older
/// versions have it, is a top's.) All keys are optional, unknown ones are errors. Points lie within
/// the picture (as stored in the file, after orientation); of left and right both are given or
/// none, the left one on the right of the picture; shoulders are above armpits, those above the
/// hem, crotches above knees and so on. A file that names anchors but no shoulders for what covers
/// the torso gets the ends of the widest row of the top fifth of what is visible; where no anchors
/// are named, they are found. A picture that is transparent everywhere is a garment too, an
/// invisible one.
///
/// What is doubtful is logged as a warning. Throws MediaError for a picture that cannot be read or
/// is too large, ConfigError for a photo that cannot be cut out or shows no garment of any kind,
/// and for a JSON file that breaks the rules.
std::shared_ptr<const Garment> load_garment(const std::filesystem::path& path,
                                            const PrepareOptions& options = {});

/// A garment and how far it can be trusted.
struct Prepared {
    Garment garment;
    /// The picture had no transparency: it was cut out of its ground and the inside of its back
    /// collar removed.
    bool from_photo = false;
    /// What found it there: "plain", "mask" or a finder's name; empty for other pictures.
    std::string cutter;
    /// The anchors come from the JSON file beside the picture.
    bool from_json = false;
    /// 0..1: of the anchors that were found (FoundAnchors); 1 for those of a JSON file.
    float confidence = 1;
    /// 0..1: of the kind that was found; 1 where it was given. Else it might be `second_kind`.
    float kind_confidence = 1;
    GarmentKind second_kind = GarmentKind::kTop;
    /// What deserves a look, each as a sentence without a full stop for a user.
    std::vector<std::string> warnings;
};

/// Makes a garment of a picture, as load_garment describes it; warnings are returned, not logged.
/// Throws MediaError and ConfigError as load_garment does, and ConfigError for a mask of another
/// size, with nothing in it, or for a picture that is transparent already.
Prepared prepare_garment(const std::filesystem::path& path, const PrepareOptions& options = {});

}  // namespace closet
