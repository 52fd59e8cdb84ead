#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace closet {

/// Note [Plan files]
/// JSON Lines, UTF-8: what is to be done for some clips, for many machines that share a folder.
/// The first line is the header:
///   {"format": "closet-plan", "version": 1, "program": "closet 1.2.3 (...), ...",
///    "folder": "/shared/job", "settings": [["garment", "shirt.png"], ["crf", "20"], ...]}
/// then there is one work a line, numbered from 0 on; of each clip its poses, then its windows:
///   {"work": 0, "do": "poses", "input": "/shared/a.mp4", "output": "/shared/out/a.mp4",
///    "matte": "/shared/mattes/a.mkv", "after": []}
///   {"work": 1, "do": "render", "input": ..., "output": ..., "matte": ..., "from_s": 0,
///    "to_s": 10, "after": [0]}
/// "settings" are options of `closet fit` without dashes, later ones win; relative names in them
/// are those of "folder". "matte" is there where one is asked for. A window takes the units
/// (Note [Units]) that begin in it, in seconds after the clip's first frame: none, one or two.
/// Windows of a clip follow each other from 0 on; the last has no "to_s". "after": works that come
/// first.

/// What is rendered of a clip by one work.
struct PlanWindow {
    double from_s = 0;
    std::optional<double> to_s;  ///< nothing: to the clip's end
};

/// One clip. Its works: `first` finds the poses, `first + 1 + i` renders `windows[i]`.
struct PlanClip {
    std::string input, output;          ///< absolute
    std::string matte;                  ///< likewise; empty: none
    std::size_t first = 0;              ///< number of its first work
    std::vector<PlanWindow> windows{};  ///< at least one

    std::size_t last() const { return first + windows.size(); }
};

using PlanSettings = std::vector<std::pair<std::string, std::string>>;

struct Plan {
    std::string program;          ///< that made it
    std::string folder;           ///< absolute
    PlanSettings settings;        ///< of `closet fit`
    std::vector<PlanClip> clips;  ///< in the order of their works

    std::size_t works() const { return clips.empty() ? 0 : clips.back().last() + 1; }
};

/// The clip's windows of `unit_s` seconds. `duration_s`: 0 where it is not known.
std::vector<PlanWindow> plan_windows(double duration_s, double unit_s);

/// Throws ConfigError for names that are no UTF-8, which JSON has to be.
std::string to_text(const Plan& plan);

/// Reads a plan from an untrusted source: everything is checked. Throws ConfigError that names the
/// file and the line.
Plan read_plan(const std::filesystem::path& path);

/// "0,3-5,9": works as the job arrays of clusters take them. `works`: ascending.
std::string works_text(const std::vector<std::size_t>& works);

}  // namespace closet
