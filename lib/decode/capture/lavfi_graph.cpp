#include "decode/capture/lavfi_graph.h"

#include <cstring>
#include <memory>

extern "C" {
#include <libavutil/avstring.h>
#include <libavutil/mem.h>
}

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

constexpr const char* kSpaces = " \n\t\r";

struct FreeAv {
    void operator()(char* text) const { av_free(text); }
};
using Token = std::unique_ptr<char, FreeAv>;

/// Goes past "[in] [out]", which stand before and behind a filter.
const char* skip_labels(const char* text) {
    text += std::strspn(text, kSpaces);
    while (*text == '[') {
        text += std::strcspn(text, "]");
        text += *text == ']' ? 1 : 0;
        text += std::strspn(text, kSpaces);
    }
    return text;
}

}  // namespace

/// Takes the graph apart with libavfilter's own tokens, so that quoting cannot hide a name.
void check_graph(const std::string& graph) {
    const char* rest = graph.c_str();
    while (*rest != '\0') {
        rest = skip_labels(rest);
        const Token name(av_get_token(&rest, "=,;["));
        const std::string filter = fmt::format("{}@", name ? name.get() : "");  // name@instance
        const std::string kind = filter.substr(0, filter.find('@'));
        if (kind == "movie" || kind == "amovie") {
            throw ConfigError(fmt::format(
                "cannot read lavfi:{}: the filter {} reads a file, name that file as the input",
                graph, kind));
        }
        if (*rest == '=') {
            ++rest;
            const Token arguments(av_get_token(&rest, "[],;"));
        }
        rest = skip_labels(rest);
        if (*rest != '\0') {
            ++rest;  // the , or ; that ends a filter; anything else is for libavfilter to refuse
        }
    }
}

}  // namespace closet
