#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/option.h"

namespace closet {

namespace flags {
inline constexpr const char* kEncoder = "--vcodec";
inline constexpr const char* kCrf = "--crf";
inline constexpr const char* kPreset = "--preset";
inline constexpr const char* kEncodeOption = "-e";
inline constexpr const char* kEncodeThreads = "--encode-threads";
}  // namespace flags

/// `crf` and `preset` go to encoders that know them. Where one does not, the default values are
/// left out silently and others are an error. For a picture file the name decides the codec.
struct EncodeOptions {
    std::string codec = "libx264";                 ///< libav's name of the encoder
    std::optional<double> crf = 20;                ///< constant quality, smaller is better
    std::optional<std::string> preset = "medium";  ///< speed against size
    KeyValues extra;                               ///< of the encoder or the muxer
    int threads = 0;                               ///< of the encoder; 0: its own choice
};
std::vector<Option> options_of(EncodeOptions& options);

}  // namespace closet
