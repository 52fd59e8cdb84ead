#include "core/error.h"

#include <array>

extern "C" {
#include <libavutil/error.h>
}

namespace closet {

std::string av_error_text(int averror) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(averror, text.data(), text.size());
    return text.data();
}

int av_check(int code, const std::string& what) {
    if (code < 0) {
        throw MediaError(what + ": " + av_error_text(code), code);
    }
    return code;
}

}  // namespace closet
