#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace closet {

/// A text as CLIP's tokenizer wants it (openai/CLIP, clip/simple_tokenizer.py): characters repaired
/// (UTF-8 that was read as Windows-1252, full width, ligatures, curly quotes), composed (NFC),
/// HTML's &amp; and the like resolved twice, white space collapsed, in lower case. Bytes that are
/// no UTF-8 become U+FFFD.
///
/// ftfy, which repairs there, does more for text that is broken in several ways at once; of HTML's
/// names only &lt; &gt; &amp; &quot; &apos; &nbsp; and numbers are resolved.
std::string clean_clip_text(std::string_view text);

/// A cleaned text in pieces that are tokens apart: words, single digits, 's and the like, runs of
/// other characters, and the two marks <|startoftext|> and <|endoftext|>.
std::vector<std::string> clip_pieces(std::string_view cleaned);

inline constexpr std::string_view kClipStart = "<|startoftext|>", kClipEnd = "<|endoftext|>";

}  // namespace closet
