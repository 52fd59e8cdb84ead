#include "bench/text/number_text.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>

#include <fmt/format.h>

#include "bench/stats/estimate.h"

namespace closet::bench {
namespace {

constexpr int kDigits = 4;
constexpr int kMostDecimals = 4;
/// The longer side of an interval over the shorter one up to which one number stands for both.
constexpr double kAlike = 1.25;

double rounded_up(double value, int decimals) {
    const double unit = std::pow(10.0, -decimals);
    // A bound that is a whole number of units must not grow by rounding errors.
    return std::ceil(value / unit - 1e-9) * unit;
}

}  // namespace

int decimals_for(double largest) {
    if (!std::isfinite(largest) || largest == 0) {
        return 0;
    }
    const double digits = std::floor(std::log10(std::abs(largest))) + 1;
    return static_cast<int>(std::clamp<double>(kDigits - digits, 0, kMostDecimals));
}

bool has_interval(const Estimate& estimate) {
    return !(estimate.low == estimate.value && estimate.high == estimate.value);
}

std::string estimate_text(const Estimate& figure, int decimals) {
    if (!std::isfinite(figure.value)) {
        return "-";
    }
    std::string value = fmt::format("{:.{}f}", figure.value, decimals);
    if (!has_interval(figure)) {
        return value;
    }
    if (!is_known(figure)) {
        return value + " ± ?";
    }
    const double below = figure.value - figure.low, above = figure.high - figure.value;
    const double shorter = std::min(below, above), longer = std::max(below, above);
    if (longer <= kAlike * shorter) {
        return fmt::format("{} ± {:.{}f}", value, rounded_up(longer, decimals), decimals);
    }
    return fmt::format("{} ({:.{}f}..{:.{}f})", value, -rounded_up(-figure.low, decimals), decimals,
                       rounded_up(figure.high, decimals), decimals);
}

std::string number_text(double number) {
    if (!std::isfinite(number)) {
        return "-";
    }
    if (number == 0) {
        return "0";
    }
    if (std::abs(number) >= 1e7 || std::abs(number) < 1e-4) {
        return fmt::format("{:.3g}", number);
    }
    std::string text = fmt::format("{:.{}f}", number, decimals_for(number));
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.') {
            text.pop_back();
        }
    }
    return text;
}

std::optional<double> number_in(std::string_view text) {
    const std::string whole(text);
    char* end = nullptr;
    const double number = std::strtod(whole.c_str(), &end);
    // strtod skips spaces in front and knows "inf" and hexadecimal numbers; settings have none.
    const bool plain = whole.find_first_not_of("+-.0123456789eE") == std::string::npos;
    if (whole.empty() || !plain || end != whole.c_str() + whole.size() || !std::isfinite(number)) {
        return std::nullopt;
    }
    return number;
}

std::string bytes_text(double bytes) {
    constexpr double kMegabyte = 1e6, kGigabyte = 1e9;
    if (bytes >= kGigabyte) {
        return fmt::format("{:.1f} GB", bytes / kGigabyte);
    }
    return fmt::format("{:.0f} MB", std::max(bytes, 0.0) / kMegabyte);
}

}  // namespace closet::bench
