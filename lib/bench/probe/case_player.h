#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/result/result.h"
#include "core/ensemble.h"
#include "core/garment.h"
#include "fit/fit.h"
#include "fit/garment_photo.h"

namespace closet::bench {

/// What the settings of a case come to.
struct CaseOptions {
    FitOptions fit;
    OutfitChoice garments;  ///< empty: nothing is put on
    std::string cutter = kAutoCutter;
};

/// Reads settings as the command line of `closet fit` would, later ones winning. Throws ConfigError
/// naming the flag.
using ResolveCase = std::function<CaseOptions(const std::vector<Setting>&)>;

/// What all cases of a sweep have in common, and what the measured time contains besides inference
/// and painting.
struct ProbeOptions {
    std::vector<std::string> clips;  ///< a pass plays each of them once, in this order
    std::vector<Setting> base;       ///< settings of every case, before those of the case itself
    bool include_decode = false;     ///< decode the file in every pass, instead of once into memory
    bool include_encode = false;     ///< encode into a file that is removed, instead of dropping
    std::optional<std::int64_t> max_frames;          ///< each clip ends after that many
    std::int64_t max_bytes = std::int64_t{2} << 30;  ///< of frames of all clips held in memory
};

/// Parses "decode,encode", either of them or nothing, for `--include`. Throws ConfigError.
void include_parts(const std::string& list, ProbeOptions& options);

/// What `Sample::wall_s` holds, as sentences for `Context::contains`. `fit`: of the base settings.
std::string describe_contents(const ProbeOptions& options, const FitOptions& fit);

/// Plays clips through the pipeline of `fit` with the settings of one case after the other, and
/// keeps what they share: the clips, the garments, and the networks of the last few different
/// settings, so that cases may take turns without loading anything.
class CasePlayer {
  public:
    /// Reads nothing yet.
    CasePlayer(ProbeOptions options, ResolveCase resolve);

    /// How a pass is played.
    struct Pass {
        FitTaps taps;
        FitTick tick;                 ///< as FitTick; empty: never interrupted
        std::function<void()> begin;  ///< everything is loaded, nothing has begun
    };

    /// What a pass did, and what it did not count.
    struct Played {
        FitReport report;
        double model_load_s = 0;          ///< networks loaded for this pass, before it; else 0
        std::int64_t held_by_others = 0;  ///< bytes of networks that are kept for other cases
    };

    /// Plays the whole clip of that number in the options once. Throws closet::Error where the
    /// settings, the clip or a model cannot be used, and what a tap throws.
    Played play(std::size_t clip, const std::vector<Setting>& settings, const Pass& pass);

    /// The same with every frame in memory and none written, whatever the options include.
    Played play_in_memory(std::size_t clip, const std::vector<Setting>& settings, const Pass& pass);

    /// The base settings with those of a case on top, resolved.
    CaseOptions resolve(const std::vector<Setting>& settings) const;

    /// As given.
    const ProbeOptions& options() const { return options_; }

    /// The clip of that number in memory as the case wants it cut, decoded when first asked for.
    /// Throws as MemoryClip.
    const MemoryClip& clip(std::size_t number, const DecodeOptions& decode);

  private:
    /// Loaded networks and the memory that they were seen to take.
    struct Kept {
        std::shared_ptr<const FitNetworks> networks;
        std::int64_t bytes = 0;
    };

    Played play(std::size_t clip, const CaseOptions& options, const Pass& pass, bool decode,
                bool encode);
    /// Puts the networks that serve first in `kept_`; false where there are none.
    bool find_kept(const InferOptions& infer, bool serial);
    /// Loads networks to the front of `kept_`; returns the seconds that it took.
    double load(const InferOptions& infer, bool serial);
    const Ensemble& worn(const CaseOptions& options);

    ProbeOptions options_;
    ResolveCase resolve_;
    std::vector<std::unique_ptr<MemoryClip>> held_;  ///< by number of clip; null: not decoded
    DecodeOptions held_cut_;                         ///< that they were decoded with
    Ensemble worn_;
    OutfitChoice worn_choice_;  ///< that `worn_` was loaded for, with what cuts photos out
    std::string worn_cutter_, worn_parser_;
    std::list<Kept> kept_;  ///< the last used first
};

}  // namespace closet::bench
