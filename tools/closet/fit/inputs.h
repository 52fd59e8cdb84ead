#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace closet {

/// One clip to render and where to.
struct Job {
    std::string input;
    std::filesystem::path output;  ///< empty when frames are discarded
    std::filesystem::path matte;   ///< empty where none is asked for
};

/// Pairs every input with an output. A folder stands for the media files in it (by ending, sorted
/// by name, not recursive). One file goes to `output` itself unless that is a folder; several go
/// into the folder `output` (created) under their own names, with an ending that takes any stream
/// where theirs does not. The same goes for `matte` (empty: none), whose files in a folder are .png
/// for pictures and .mkv for the rest. Throws ConfigError: no input found, several inputs but one
/// file as output, two inputs for one output, no output although frames are encoded.
std::vector<Job> plan_jobs(const std::vector<std::string>& inputs, const std::string& output,
                           const std::string& matte, bool discard);

}  // namespace closet
