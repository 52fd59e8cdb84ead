#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace closet {

/// Texts as numbers of CLIP's vocabulary: byte pair encoding as in openai/CLIP,
/// clip/simple_tokenizer.py.
class ClipTokenizer {
  public:
    /// `file`: bpe_simple_vocab_16e6.txt.gz, a line a merge. `vocabulary`: tokens of the network;
    /// it tells how many of the merges are used. Throws ModelError where the file is absent,
    /// damaged or too short.
    ClipTokenizer(const std::filesystem::path& file, std::int64_t vocabulary);

    /// Of a text, which is cleaned (clean_clip_text); without start and end.
    std::vector<std::int64_t> tokens(std::string_view text) const;

    /// Start, `tokens`, end, and zeros up to `context`. Of a longer text the end is left out.
    std::vector<std::int64_t> row(std::string_view text, std::size_t context) const;

  private:
    std::vector<std::int64_t> merged(std::string_view piece) const;

    std::array<std::int64_t, 256> byte_tokens_{};
    std::unordered_map<std::uint64_t, std::int64_t> merges_;  ///< a pair of tokens: what it becomes
    std::int64_t start_ = 0, end_ = 0;
};

}  // namespace closet
