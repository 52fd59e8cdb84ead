#include "models/ranges/known_ranges.h"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "core/error.h"
#include "models/store/model_store.h"

namespace closet {

extern const std::string_view kRangesText;  // models/int8-ranges.txt

std::filesystem::path own_ranges_file() {
    return models_folder() / "int8-ranges.txt";
}

RangeTable own_ranges() {
    constexpr std::uintmax_t kLargestFile = 64 << 20;  // hundreds of large networks
    const std::filesystem::path path = own_ranges_file();
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        return {};
    }
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    std::ifstream file(path, std::ios::binary);
    if (error || !file || size > kLargestFile) {
        throw ModelError(fmt::format(
            "cannot read the table of ranges {}: {}; remove it, and calibrate again what needs it",
            path.string(),
            !error && file ? fmt::format("it has {} bytes", size) : "it is no readable file"));
    }
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return parse_ranges(text, path.string());
}

RangeTable known_ranges() {
    static const RangeTable program = parse_ranges(kRangesText, "models/int8-ranges.txt");
    RangeTable table = own_ranges();
    table.insert(program.begin(), program.end());
    return table;
}

}  // namespace closet
