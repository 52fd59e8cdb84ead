#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "core/error.h"
#include "models/checkpoint/checkpoint.h"

namespace closet::test {

inline std::span<const std::byte> as_bytes(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// A number as it is stored, little endian.
template <class T>
std::string stored(T number) {
    std::string bytes(sizeof number, '\0');
    std::memcpy(bytes.data(), &number, sizeof number);
    return bytes;
}

/// The sentence with which bytes are refused; empty where they are read.
inline std::string refusal(std::string_view bytes) {
    try {
        const auto checkpoint = parse_checkpoint(as_bytes(bytes), "hostile");
        for (const TensorEntry& tensor : checkpoint->tensors()) {
            to_floats(tensor);
        }
        return {};
    } catch (const ModelError& error) {
        return error.what();
    }
}

/// `bytes` are refused with a sentence that names the file and contains `why`.
inline void check_refused(std::string_view bytes, std::string_view why) {
    const std::string sentence = refusal(bytes);
    CHECK_MESSAGE(sentence.find("hostile") != std::string::npos, sentence);
    CHECK_MESSAGE(sentence.find(why) != std::string::npos, sentence);
}

}  // namespace closet::test
