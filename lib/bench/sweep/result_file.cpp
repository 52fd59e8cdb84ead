#include "bench/sweep/result_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "bench/sweep/json_fields.h"
#include "bench/sweep/json_lines.h"
#include "bench/sweep/result_json.h"
#include "core/error.h"

namespace closet::bench {
namespace {

std::string read_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw Error(fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
    }
    std::string text;
    std::array<char, 1 << 16> buffer{};
    while (file && text.size() <= kMaximumFileBytes) {
        file.read(buffer.data(), buffer.size());
        text.append(buffer.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (file.bad()) {
        throw Error(fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
    }
    if (text.size() > kMaximumFileBytes) {
        throw Error(fmt::format("{} is larger than {} MB: this is no result of closet bench",
                                path.string(), kMaximumFileBytes >> 20U));
    }
    return text;
}

}  // namespace

Sweep read_result(const std::filesystem::path& path) {
    const std::string text = read_text(path);
    const std::string where = path.string();
    if (is_json_lines(text)) {
        return parse_json_lines(text, where);
    }
    return sweep_from_json(parse_json(text, where), where);
}

}  // namespace closet::bench
