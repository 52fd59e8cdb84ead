#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/networks/state_dict.h"

namespace closet::flags {
inline constexpr const char* kAllowPartial = "--allow-partial";
}  // namespace closet::flags

namespace closet {

/// How a checkpoint's keys fit those of an architecture.
struct KeyReport {
    struct Misshapen {
        std::string key;
        Parameters::Shape expected, actual;
    };

    std::size_t expected = 0;     ///< parameters of the architecture
    std::int64_t parameters = 0;  ///< numbers in them, without statistics: the size as it is quoted
    std::size_t matched = 0;      ///< of them, in the checkpoint with the right shape
    std::size_t left_aside = 0;   ///< keys that no network reads, see StateDict
    std::string prefix;           ///< stripped from the checkpoint's keys; mostly empty
    std::vector<std::string> missing;
    std::vector<Misshapen> misshapen;
    std::vector<std::string> unexpected;  ///< in the checkpoint, not in the architecture

    /// Every parameter is there and nothing else is.
    bool complete() const { return matched == expected && unexpected.empty(); }
    /// "matched 254 of 256 parameters, 2 missing"
    std::string summary() const;
    /// The layers that keep their start values, wholly or in part: "head.final_layer".
    std::vector<std::string> start_layers() const;
};

/// Of what an architecture asked `parameters` for.
KeyReport report_keys(const Parameters& parameters, const StateDict& state);

/// Throws ModelError with the counts, the first few keys and the remedy where the report is not
/// complete. `name` is the file's, `architecture` what it was taken for.
void require_complete(const KeyReport& report, const std::string& name,
                      const std::string& architecture);

/// Logs a warning that names the layers which keep their start values, where the report is not
/// complete. Arguments as above.
void warn_of_start_values(const KeyReport& report, const std::string& name,
                          const std::string& architecture);

}  // namespace closet
