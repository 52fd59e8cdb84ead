#pragma once

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "bytes.h"
#include "core/error.h"
#include "models/checkpoint/checkpoint.h"

namespace closet::test {

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
    CAPTURE(why);
    const std::string sentence = refusal(bytes);
    CHECK_MESSAGE(sentence.find("hostile") != std::string::npos, sentence);
    CHECK_MESSAGE(sentence.find(why) != std::string::npos, sentence);
}

}  // namespace closet::test
