#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace closet {

/// A file that a run reads or writes, and what the user calls it: "--matte", "the input".
struct NamedFile {
    std::string what;
    std::filesystem::path path;
};

/// Whether two names lead to one file, also through links and where it does not exist yet.
bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b);

/// Before a run writes anything. Throws ConfigError where two of the files that it writes are one,
/// and MediaError where one that it writes is one that it reads and that exists. Working names
/// (`partial_path`) of files that are written count too. Empty paths are no files; pipes and
/// devices do not collide.
void check_names(const std::vector<NamedFile>& reads, const std::vector<NamedFile>& writes);

}  // namespace closet
