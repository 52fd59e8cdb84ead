#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/new_file.h"
#include "core/pose.h"
#include "pipeline/concepts.h"
#include "poses/pose_labels.h"
#include "poses/pose_masks.h"

namespace closet {

namespace flags {
inline constexpr const char* kPoses = "--poses";
inline constexpr const char* kSavePoses = "--save-poses";
}  // namespace flags

/// Note [Pose files]
/// JSON Lines, UTF-8. The first line is the header:
///   {"format": "closet-poses", "version": 2, "model": "...", "settings": {"batch": "5", ...},
///    "clip": "<sha256>", "width": 1920, "height": 1080, "time_base": [1, 60],
///    "skeleton": "coco17" | "blazepose33"}
/// then there is one line a frame, in order and without gaps:
///   {"index": 0, "pts": 0, "scene_start": true,
///    "persons": [{"id": 0, "score": 0.9, "origin": "measured",
///      "box": [x, y, width, height], "keypoints": [[x, y, z, score], ...],
///      "facing": [yaw, certainty], "arms_agree": [left, right],
///      "shape": {"left": [...], "right": [...], "left_arm": [...], "right_arm": [...],
///                "left_leg": [...], "right_leg": [...], "top": [...]},
///      "mask": {"picture": 7, "png": "<base64>", "from_frame": [xx, xy, x0, yx, yy, y0]},
///      "labels": {"picture": 2, "planes": ["person", "face", ...], "png": "<base64>",
///                 "from_frame": [xx, xy, x0, yx, yy, y0]}}]}
/// "scene_start" is there where Frame::scene_start is set. "facing" is there where Pose::facing is
/// certain of anything, "arms_agree" where Pose::arms_agree is known. "shape" is there where
/// Pose::shape is: BodyShape's half widths, arms and legs (outer, then inner) and tops, each
/// measure as value and certainty, rounded to 4 and 3 decimals as `Interpolate` does. "mask" is
/// there where Pose::mask is: the number of a picture, the picture itself where it is first used
/// (PNG, 8-bit gray; Note [Masks in pose files]), and PersonMask::mask_from_shown row by row.
/// "labels" is there where Pose::labels is: the planes below each other in one such picture, in the
/// order in which "planes" names them (to_string(Label)), and PersonLabels::labels_from_shown.
/// Pictures of labels have numbers of their own.
///
/// Numbers are written with the fewest digits that give the same number back, and pictures are kept
/// without loss: a clip that is dressed from the file becomes what it became when the file was
/// written, bit for bit.
///
/// Places are in shown pixels (Note [Shown pixels] in core/picture_geometry.h); "width" and
/// "height" are those of the stored picture. Version 1 had places in stored pixels: such a file is
/// read, and its poses are moved to where they are shown.
///
/// Keys that are not listed here are ignored, so new ones need no new version: files without
/// "mask", "labels", "scene_start" and a shape's legs are read as ever, without what these are for.

/// What a pose file says about itself.
struct PoseFileInfo {
    std::string model;
    std::map<std::string, std::string> settings;  ///< as the user would type them
    std::string clip_sha256;                      ///< of the whole input file; empty: unknown
    Skeleton skeleton = Skeleton::kCoco17;
    bool in_stored_pixels = false;  ///< the places are, in a file of version 1
    int width = 0;                  ///< stored pixels; the writer takes it from the first frame
    int height = 0;                 ///< likewise
    AVRational time_base{0, 1};     ///< likewise
};

/// The setting that holds PersonRule, as `to_string` writes it.
inline constexpr const char* kPersonSetting = "person";

/// Writes the poses of the frames that pass through. The file is complete after `flush` and gets
/// its name by `file().publish()`; Note [New files].
class PoseWriter {
  public:
    using Input = PosedFrame;
    using Output = PosedFrame;
    static constexpr std::string_view kName = "save poses";

    /// Opens the file. Throws Error where it cannot be written.
    PoseWriter(std::filesystem::path path, PoseFileInfo info)
        : file_(std::move(path)), info_(std::move(info)) {}

    /// Throws Error on a full disk, and for a pose of another skeleton, with a number that is not
    /// finite, or a mask or labels that are none (`is_writable`).
    void process(PosedFrame frame, const Emit<PosedFrame>& emit);

    /// Completes the file. Throws Error on a full disk.
    void flush(const Emit<PosedFrame>& emit);

    /// The file, to be published once it is complete.
    NewFile& file() { return file_; }

  private:
    void write(std::string_view text);

    NewFile file_;
    PoseFileInfo info_;
    WrittenMasks masks_;
    WrittenLabels labels_;
    bool has_header_ = false;
};

/// Reads a pose file from an untrusted source. Lines are limited in length and nesting; everything
/// is checked. Errors name the file and the line.
class PoseReader {
  public:
    /// One line of the file: PosedFrame without its picture; pts in PoseFileInfo::time_base.
    struct FramePoses {
        std::int64_t index = 0;
        std::int64_t pts = 0;
        bool scene_start = false;
        std::vector<Pose> poses;
    };

    /// Opens the file and reads the header. Throws Error.
    explicit PoseReader(std::filesystem::path path);

    /// The path that was given, and what the header says.
    const std::filesystem::path& path() const { return path_; }
    const PoseFileInfo& info() const { return info_; }

    /// The next frame's poses; nothing at the end of the file. Throws Error.
    std::optional<FramePoses> next();

    static constexpr std::size_t kLongestLine = std::size_t{4} << 20;  ///< bytes

  private:
    std::optional<std::string> next_line();

    std::filesystem::path path_;
    std::ifstream file_;
    std::size_t line_ = 0;
    PoseFileInfo info_;
    ReadMasks masks_;
    ReadLabels labels_;
};

}  // namespace closet
