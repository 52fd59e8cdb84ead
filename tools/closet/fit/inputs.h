#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "closet/fit/clip_lists.h"

namespace closet {

/// One clip to render and where to.
struct Job {
    std::string input;
    std::filesystem::path output;  ///< empty when frames are discarded
    std::filesystem::path matte;   ///< empty where none is asked for
    Look look;
};

/// What is to be rendered and where to, as the command line says it.
struct JobRequest {
    std::vector<std::string> inputs;  ///< files, folders or URLs
    std::vector<std::string> lists;   ///< of --inputs, see read_clip_list
    std::vector<std::string> looks;   ///< of --looks, see read_looks
    std::string output;               ///< file or folder; empty: none
    std::string matte;                ///< likewise
    bool discard = false;             ///< frames are not encoded
};

/// All that is rendered, in the order of the command line: inputs, lists, looks. A folder stands
/// for the media files in it (by ending, sorted by name, not recursive). One input goes to `output`
/// itself unless that is a folder; several go into the folder `output` (created) under their own
/// names, with an ending that takes any stream where theirs does not. A look's own output is such a
/// target for its input. The same goes for `matte`, whose files in a folder are .png for pictures
/// and .mkv for the rest. Throws ConfigError: no input, several but one file as output, two for one
/// output, no output although frames are encoded, and as read_clip_list and read_looks do.
std::vector<Job> plan_jobs(const JobRequest& request);

}  // namespace closet
