#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "closet/fit/fit_options.h"
#include "closet/fit/inputs.h"
#include "core/garment.h"
#include "fit/fit.h"

namespace closet {

/// What became of a clip.
struct ClipOutcome {
    enum class State {
        kNotBegun,  ///< the run was interrupted before
        kDone,
        kInterrupted,  ///< what was rendered is under the .partial name
        kSkipped,      ///< its output existed
        kFailed,
    };
    State state = State::kNotBegun;
    std::string failure;              ///< of kFailed: the sentence
    std::optional<FitReport> report;  ///< of what was rendered
    std::vector<std::string> lost;    ///< sentences about what of the input is not in the output
};

/// "done", "interrupted", "skipped", "failed", "not begun".
const char* to_string(ClipOutcome::State state);

/// How many clips are rendered at a time, of `clips`, where `asked` is --jobs. 0 stands for one a
/// core, but no more than one for each 2 GB of memory.
std::size_t clips_at_a_time(std::size_t asked, std::size_t clips);

/// The command line's options with those of the clip in their place.
FitCommandOptions settings_of(const FitCommandOptions& options, const Look& look);

/// Renders the jobs whose outcome is kNotBegun, `slots` at a time, and fills their outcomes in.
/// `told` is called from any thread, one at a time, when a clip has ended. A failure is the clip's,
/// and the others go on; only where networks cannot be loaded at all it is thrown, once those on
/// their way have ended. After an interrupt (interrupt::requested) no clip is begun.
void render_clips(const FitCommandOptions& options, const std::vector<Job>& jobs,
                  std::vector<ClipOutcome>& outcomes, std::size_t slots,
                  const std::function<void(std::size_t)>& told);

}  // namespace closet
