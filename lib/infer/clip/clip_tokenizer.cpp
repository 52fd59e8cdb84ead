#include "infer/clip/clip_tokenizer.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <zlib.h>

#include "core/error.h"
#include "infer/clip/clip_text.h"

namespace closet {
namespace {

/// Tokens before the merges: each byte, and each byte that ends a word.
constexpr std::int64_t kByteTokens = 256;

std::uint64_t pair_key(std::int64_t first, std::int64_t second) {
    return (static_cast<std::uint64_t>(first) << 32U) | static_cast<std::uint64_t>(second);
}

bool is_printable_byte(int byte) {
    return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) ||
           (byte >= 174 && byte <= 255);
}

/// How the file writes a character of its alphabet, whose code point is below 0x800.
std::string alphabet_letter(int code) {
    if (code < 0x80) {
        return std::string(1, static_cast<char>(code));
    }
    return {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3F))};
}

[[noreturn]] void cannot_use(const std::filesystem::path& file, const std::string& why) {
    throw ModelError(fmt::format(
        "the vocabulary {} cannot be used: {}; fetch it again with closet models fetch clip",
        file.string(), why));
}

/// The lines that `count` merges take, packed or not, without the first one, which names the file.
std::vector<std::string> merge_lines(const std::filesystem::path& file, std::size_t count) {
    constexpr std::size_t kLongestLine = 1024;
    const std::unique_ptr<gzFile_s, decltype(&gzclose)> stream(gzopen(file.c_str(), "rb"), gzclose);
    if (!stream) {
        cannot_use(file, "it cannot be opened");
    }
    std::vector<std::string> lines;
    std::array<char, kLongestLine> line{};
    while (lines.size() <= count && gzgets(stream.get(), line.data(), line.size()) != nullptr) {
        lines.emplace_back(line.data());
        if (!lines.back().ends_with('\n')) {
            break;  // too long, or cut off
        }
        lines.back().pop_back();
    }
    if (lines.size() <= count) {
        cannot_use(file, fmt::format("it ends after {} lines, and the network needs {}",
                                     lines.size(), count + 1));
    }
    lines.erase(lines.begin());
    return lines;
}

}  // namespace

ClipTokenizer::ClipTokenizer(const std::filesystem::path& file, std::int64_t vocabulary)
    : start_(vocabulary - 2), end_(vocabulary - 1) {
    const std::int64_t count = vocabulary - 2 - 2 * kByteTokens;
    if (count < 0) {
        throw ModelError(fmt::format(
            "this CLIP takes no texts: it has {} tokens, fewer than the {} that bytes take",
            vocabulary, vocabulary - count));
    }
    std::unordered_map<std::string, std::int64_t> known;
    std::int64_t next = 0;
    int unprintable = 0x100;
    for (const bool printable : {true, false}) {
        for (int byte = 0; byte < kByteTokens; ++byte) {
            if (is_printable_byte(byte) == printable) {
                const std::string letter = alphabet_letter(printable ? byte : unprintable++);
                byte_tokens_[static_cast<std::size_t>(byte)] = next;
                known.emplace(fmt::format("{}</w>", letter), kByteTokens + next);
                known.emplace(letter, next++);
            }
        }
    }
    next = 2 * kByteTokens;
    for (const std::string& line : merge_lines(file, static_cast<std::size_t>(count))) {
        const std::size_t blank = std::min(line.find(' '), line.size());
        const auto first = known.find(line.substr(0, blank));
        const auto second = known.find(line.substr(std::min(blank + 1, line.size())));
        if (first == known.end() || second == known.end() ||
            !merges_.emplace(pair_key(first->second, second->second), next).second ||
            !known.emplace(first->first + second->first, next).second) {
            cannot_use(file, fmt::format("its line {} merges no two known tokens into a new one",
                                         next - 2 * kByteTokens + 2));
        }
        ++next;
    }
}

std::vector<std::int64_t> ClipTokenizer::merged(std::string_view piece) const {
    std::vector<std::int64_t> word;
    for (const char byte : piece) {
        word.push_back(byte_tokens_[static_cast<std::uint8_t>(byte)]);
    }
    word.back() += kByteTokens;  // it ends the word
    for (;;) {
        // Earlier merges have smaller numbers.
        std::int64_t best = end_;
        for (std::size_t i = 0; i + 1 < word.size(); ++i) {
            const auto found = merges_.find(pair_key(word[i], word[i + 1]));
            best = found == merges_.end() ? best : std::min(best, found->second);
        }
        if (best == end_) {
            return word;
        }
        std::size_t kept = 0;
        for (std::size_t i = 0; i < word.size(); ++i) {
            const auto found =
                i + 1 < word.size() ? merges_.find(pair_key(word[i], word[i + 1])) : merges_.end();
            const bool merges = found != merges_.end() && found->second == best;
            word[kept++] = merges ? best : word[i];
            i += merges ? 1 : 0;
        }
        word.resize(kept);
    }
}

std::vector<std::int64_t> ClipTokenizer::tokens(std::string_view text) const {
    std::vector<std::int64_t> all;
    for (const std::string& piece : clip_pieces(clean_clip_text(text))) {
        if (piece == kClipStart || piece == kClipEnd) {
            all.push_back(piece == kClipStart ? start_ : end_);
            continue;
        }
        const auto word = merged(piece);
        all.insert(all.end(), word.begin(), word.end());
    }
    return all;
}

std::vector<std::int64_t> ClipTokenizer::row(std::string_view text, std::size_t context) const {
    std::vector<std::int64_t> result{start_};
    const auto all = tokens(text);
    result.insert(result.end(), all.begin(), all.end());
    result.push_back(end_);
    if (result.size() > context) {
        result.resize(context);
        result.back() = end_;
    }
    result.resize(context);
    return result;
}

}  // namespace closet
