#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/store/manifest.h"

namespace closet::flags {
inline constexpr const char* kName = "--name";
inline constexpr const char* kForce = "--force";
inline constexpr const char* kOffline = "--offline";
}  // namespace closet::flags

namespace closet {

/// $XDG_CACHE_HOME/closet, else ~/.cache/closet. May not exist. Nothing where neither
/// XDG_CACHE_HOME nor HOME is set.
std::optional<std::filesystem::path> cache_folder();

/// $CLOSET_MODELS, else $XDG_CACHE_HOME/closet/models, else ~/.cache/closet/models. May not exist.
/// Throws ConfigError where none of the three variables (the last one is HOME) is set.
std::filesystem::path models_folder();

/// What lies where a model's file belongs.
struct FileCheck {
    enum class State { kAbsent, kDamaged, kReady };
    State state = State::kAbsent;
    std::uint64_t size = 0;  ///< bytes, 0 where absent
    std::string sha256;      ///< of the file; empty where absent or where the size already differs
    std::string problem;     ///< why it is not ready, e.g. "has 5 bytes where rtmpose-s has 7"
};

/// The models that are known and the folder where their files lie:
///   FILE            the model; appears only complete and verified
///   FILE.previous   what it replaced
///   FILE.part       a download to be continued
///   .FILE.lock      held by a process that changes the above
///   own-models.toml what the user put there: models under own names, and other versions
/// Nothing is cached in memory: every object sees the folder as it was when it was made.
class ModelStore {
  public:
    /// The folder of models_folder(), the program's own manifest and that of $CLOSET_MANIFEST.
    ModelStore();

    /// `published` are the manifests' entries. Throws ModelError where own-models.toml is broken.
    ModelStore(std::filesystem::path folder, std::vector<ModelEntry> published);

    const std::filesystem::path& folder() const { return folder_; }

    /// Published models in the order of the manifests, with other versions in place of those that
    /// the user chose, then the user's own.
    const std::vector<ModelEntry>& models() const { return models_; }

    /// The entry of a name. Throws ConfigError that lists the known names.
    const ModelEntry& model(std::string_view name) const;

    /// The names of the models of a group, in the order of the manifests; empty where none is in
    /// it.
    std::vector<std::string> group(std::string_view name) const;

    /// The manifest's entry of a name, null for a user's own model.
    const ModelEntry* published(std::string_view name) const;

    /// Whether the user's list says what the file must be, not the manifest.
    bool is_own(const ModelEntry& entry) const;

    std::filesystem::path path_of(const ModelEntry& entry) const { return folder_ / entry.file; }

    /// Size and SHA-256 against the entry. Reads the whole file. One of which no hash is known is
    /// ready where it is a file.
    FileCheck check(const ModelEntry& entry) const;

    /// The verified file. Throws ModelError that says where to get it, where to put it and which
    /// hash it must have.
    std::filesystem::path find(std::string_view name) const;

    /// The user's list, inside the folder.
    std::filesystem::path own_list() const { return folder_ / "own-models.toml"; }

  private:
    std::filesystem::path folder_;
    std::vector<ModelEntry> published_;
    std::vector<ModelEntry> own_;
    std::vector<ModelEntry> models_;
};

/// How to bring models of which no hash is published (ModelEntry::is_by_hand): where they are and
/// the commands that import them, as the end of a sentence.
std::string how_to_import(const std::vector<ModelEntry>& entries);

/// Where to get a published model without this program's help and where to put it, as the end of a
/// sentence.
std::string by_hand(const ModelEntry& entry, const std::filesystem::path& path);

/// ModelStore().find(name): what loading uses.
std::filesystem::path find_model(std::string_view name);

}  // namespace closet
