#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "infer/faces/face.h"

namespace closet {

/// What a network made of the pictures of a folder, kept between runs in a .safetensors file beside
/// the folder (`.NAME.clip.safetensors`), or in the cache folder where that cannot be written. A
/// picture that changed (size, time) and another network's file are as if nothing was kept.
class EmbeddingCache {
  public:
    /// Reads what was kept. `source`: changes with the network; `numbers`: of an embedding. What
    /// cannot be read is nothing, and is replaced.
    EmbeddingCache(const std::filesystem::path& folder, const std::string& source,
                   std::size_t numbers);

    /// Nothing where it was not kept.
    std::optional<Embedding> find(const std::filesystem::path& picture);

    void put(const std::filesystem::path& picture, Embedding embedding);

    /// Writes what was found and put, if anything was put: pictures that are gone are left out.
    /// Where no place can be written, that is said in the log.
    void save();

    /// The file that holds it; empty: none.
    const std::filesystem::path& file() const { return file_; }

  private:
    void read(const std::filesystem::path& file);
    void write(const std::filesystem::path& file) const;

    std::string folder_, source_;
    std::size_t numbers_;
    std::vector<std::filesystem::path> places_;  ///< where it may lie, the best first
    std::filesystem::path file_;
    std::map<std::string, Embedding> kept_, used_;
    bool has_more_ = false;  ///< than what was kept
};

}  // namespace closet
