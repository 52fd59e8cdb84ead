#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace closet {

/// One model of a manifest (models/manifest.toml, which also explains the keys).
struct ModelEntry {
    std::string name;                  ///< what flags and `find_model` call it, e.g. "rtmpose-s"
    std::string file;                  ///< file name inside the models folder
    std::string url;                   ///< http or https; empty for what a user imported
    std::vector<std::string> mirrors;  ///< other addresses of the same bytes
    std::uint64_t size = 0;            ///< bytes, 0 where unknown
    std::string sha256;                ///< 64 lower-case hex digits, or only the first ones
    std::string page;  ///< where people get it whose file has no published hash: see is_by_hand
    std::string page_file;            ///< what it is called there
    std::string version;              ///< of the publisher, empty where there is none
    std::string license;              ///< SPDX identifier
    std::string input;                ///< e.g. "256x256 RGB 0..1"
    std::string skeleton;             ///< keypoint layout, empty where it gives no keypoints
    std::string job;                  ///< what it is for, in a word: models of one stand together
    std::string purpose;              ///< one line for `closet models list`
    std::vector<std::string> needs;   ///< names of models that it does not work without
    std::vector<std::string> groups;  ///< names under which it is fetched along with others
    bool setup = false;               ///< scripts/setup brings it

    /// Nobody published a hash, so that nothing fetched could be verified: people get it from
    /// `page` and import it under `name`, and from then on it must stay what they imported.
    bool is_by_hand() const { return sha256.empty(); }
};

/// Whether a file of this size and full SHA-256 is the entry's; never where no hash is known.
bool is_file_of(const ModelEntry& entry, std::uint64_t size, std::string_view sha256);

/// "sha256 9ba9dd..." or "sha256 beginning with acd4a1ef".
std::string hash_text(const ModelEntry& entry);

/// Throws ConfigError unless the name is one that a flag and a file can carry: letters, digits and
/// "._-", a letter or digit first, at most 64.
void check_model_name(std::string_view name);

/// The models of the program's own manifest, models/manifest.toml.
std::vector<ModelEntry> built_in_models();

/// Reads [[model]] tables. Every entry comes back with a valid name, a plain file name, http or
/// https addresses, and at least 8 hex digits of its hash or, in their place, a page; names and
/// files differ from each other. Throws ModelError with `origin` (the manifest's own name) and the
/// line.
std::vector<ModelEntry> parse_manifest(std::string_view text, const std::string& origin);

/// The same of a file of at most 1 MB. Throws ModelError where it cannot be read.
std::vector<ModelEntry> read_manifest(const std::filesystem::path& path);

/// The entry as a [[model]] table that parse_manifest reads back.
std::string to_toml(const ModelEntry& entry);

}  // namespace closet
