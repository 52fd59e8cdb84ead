#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <opencv2/core/mat.hpp>

#include "core/pose.h"
#include "infer/infer_options.h"
#include "warp/garment/garment_file.h"

namespace closet {

/// Who is in a photo, as the networks for poses and clothes see it.
struct PhotoPerson {
    cv::Mat rgb;             ///< the photo, CV_8UC3 R G B, no larger than cut-outs are
    Pose pose;               ///< of the largest person; labels where a parser sees clothes on it
    std::size_t others = 0;  ///< people who are about as large
    std::string parser;      ///< that looked; empty: none is there
};

/// Finds the person in a photo of a garment; nothing where nobody is, or no more than something in
/// the shape of one (a shirt that lies flat). `infer`: the networks. Throws ConfigError, and
/// ModelError where a network is missing or fails.
std::optional<PhotoPerson> find_photo_person(const cv::Mat& rgb, const InferOptions& infer);

/// The upper clothes of a person in a photo.
struct WornGarment {
    cv::Mat mask;       ///< CV_8UC1 of the photo's size: how likely a pixel shows them, 0..255
    int side = 0;       ///< pixels along the photo's longer side at the detail of what was told
    double hidden = 0;  ///< 0..1: the share of the torso that arms and hair hide
};

/// Tells the garment apart from all else by PhotoPerson::pose's labels and the photo's colors (Note
/// [Color step]). `name` is what messages call the photo. Throws ConfigError where several people
/// are in it, no parser looked or saw anything, or nothing of the garment is seen.
WornGarment find_worn_garment(const PhotoPerson& person, const std::string& name);

/// What `garment prepare --parser` adds to how a photo is cut out.
struct WornCutting {
    PrepareOptions options;
    std::string parser{};  ///< that tells the garment from the person
    /// What deserves a look in what will be made so, as Prepared::warnings.
    std::vector<std::string> warnings;
};

/// Whether the user said that somebody wears the garment in the photo.
enum class Asked { kNo, kYes };

/// How to cut a garment out of `photo` where somebody wears it, with infer.parser. Where that was
/// not asked for, nothing without a person in the photo, and without networks; a person without a
/// parser is then said in the log, with what to fetch. Throws ConfigError and ModelError for photos
/// and parsers that do not serve, MediaError for a photo that cannot be read.
std::optional<WornCutting> cut_out_worn(const std::filesystem::path& photo,
                                        const InferOptions& infer, Asked asked);

}  // namespace closet
