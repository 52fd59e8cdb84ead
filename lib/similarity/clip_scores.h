#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "similarity/lpips.h"

namespace closet::flags {
inline constexpr const char* kShortest = "--shortest";
}  // namespace closet::flags

namespace closet {

/// What of two clips is compared.
struct ClipScoreOptions {
    bool ssim = true, psnr = true;
    std::shared_ptr<const Lpips> lpips{};  ///< null: not measured
    bool shortest = false;                 ///< what the longer clip has more is left out
    unsigned workers = 0;                  ///< threads beside the caller's
};

/// How alike a frame of one clip and the same frame of the other are.
struct FrameScore {
    std::int64_t index = 0;               ///< from 0
    double seconds = 0;                   ///< after the first frame of the first clip
    std::optional<double> ssim, psnr_db;  ///< see measure_similarity
    std::optional<double> lpips;          ///< of the whole frame as it is shown
};

struct ClipScores {
    std::vector<FrameScore> frames;
    /// Whether SSIM and PSNR are of the luma samples that the files hold. Else the clips are stored
    /// in different formats, or as RGB, and both became 8-bit RGB before their luma was compared.
    bool stored_luma = true;
    bool is_complete = true;  ///< false where `tick` ended it
};

/// Compares two clips or pictures frame by frame, as they are shown. The n-th frame goes with the
/// n-th one. `tick` is told how many frames are done, and of how many (0: unknown); false ends it.
///
/// Throws MediaError where a file cannot be read, where the pictures are of different size, where
/// the n-th frames are not of the same moment (half a frame's duration apart or more), and where
/// one clip ends before the other unless `shortest` says so; ModelError for frames that are too
/// small for LPIPS.
ClipScores compare_clips(const std::string& first, const std::string& second,
                         const ClipScoreOptions& options,
                         const std::function<bool(std::int64_t done, std::int64_t of)>& tick);

}  // namespace closet
