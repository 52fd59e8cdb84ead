#include "bench/report/short_names.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/report/result_words.h"

namespace closet::bench {

ShortNames::ShortNames(const Sweep& sweep) : axes_(varying_axes(sweep)) {
    constexpr std::size_t kLongId = 20;
    use_ids_ =
        axes_.size() < 2 || std::all_of(sweep.cases.begin(), sweep.cases.end(),
                                        [](const Case& c) { return c.id.size() <= kLongId; });
}

std::string ShortNames::of(const Case& measured) const {
    if (use_ids_) {
        return measured.id;
    }
    std::vector<std::string> values;
    for (const std::string& axis : axes_) {
        values.push_back(setting_of(measured, axis).value_or("-"));
    }
    return fmt::format("{}", fmt::join(values, " · "));
}

std::string ShortNames::legend() const {
    return use_ids_ ? "" : fmt::format(" Cases are named {}.", fmt::join(axes_, " · "));
}

}  // namespace closet::bench
