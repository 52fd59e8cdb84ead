#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace closet {

/// Pictures whose embeddings are kept between runs; 4 MB each.
inline constexpr std::size_t kKeptEmbeddings = 8;

/// What was kept under a name, which tells picture and network (letters and digits): so many
/// numbers, all finite. Nothing where there is none, or what is there cannot be read.
std::optional<std::vector<float>> find_kept_embedding(const std::string& name, std::size_t numbers);

/// Keeps it in the cache folder, and of what lies there the kKeptEmbeddings that were used last.
/// Where that cannot be written, nothing is kept, which the log says to who looks for faults.
void keep_embedding(const std::string& name, std::span<const float> numbers);

}  // namespace closet
