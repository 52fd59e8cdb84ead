#include "decode/capture/camera_mode.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"

namespace closet {
namespace {

/// 29.97 is meant where 30 is said.
constexpr double kRateTolerance = 0.01;

constexpr int kWantedRate = 30, kWantedWidth = 1280, kWantedHeight = 720;
constexpr std::size_t kModesInMessage = 12;

bool same_rate(AVRational has, double wanted) {
    return std::abs(av_q2d(has) - wanted) <= kRateTolerance * wanted;
}

/// The rate of a mode that is meant by `wanted`; nothing where it has none such.
std::optional<AVRational> rate_in(const DeviceMode& mode, double wanted) {
    for (const AVRational rate : mode.rates) {
        if (same_rate(rate, wanted)) {
            return rate;
        }
    }
    const bool is_between = mode.rates.size() == 2 && wanted < av_q2d(mode.rates.front()) &&
                            wanted > av_q2d(mode.rates.back());
    if (mode.rates.empty() || (mode.rates_are_a_range && is_between)) {
        return av_d2q(wanted, 1001000);
    }
    return std::nullopt;
}

bool fits(const DeviceMode& mode, const CaptureOptions& options) {
    const auto within = [](const std::optional<int>& wanted, int least, int most) {
        return !wanted || (*wanted >= least && *wanted <= most);
    };
    return (options.pixel_format.empty() || options.pixel_format == mode.pixel_format) &&
           within(options.width, mode.min_width, mode.width) &&
           within(options.height, mode.min_height, mode.height) &&
           (!options.rate || rate_in(mode, *options.rate));
}

/// The smoother the better, up to what is wanted; then the less has to be decoded.
auto merit(const DeviceMode& mode, const CaptureOptions& options) {
    const double best = mode.rates.empty() ? kWantedRate : av_q2d(mode.rates.front());
    const int ease = mode.pixel_format == "h264" ? 0 : mode.pixel_format == "mjpeg" ? 1 : 2;
    const bool is_small = mode.width <= kWantedWidth && mode.height <= kWantedHeight;
    const int area = mode.width * mode.height;  // of sides up to 16384: below 2^28
    return std::tuple{std::min(best, options.rate.value_or(kWantedRate)), is_small,
                      is_small ? area : -area, ease};
}

std::string list_of(const std::vector<DeviceMode>& modes) {
    std::vector<std::string> texts;
    for (const DeviceMode& mode : modes) {
        if (texts.size() == kModesInMessage) {
            texts.push_back(fmt::format("{} more", modes.size() - kModesInMessage));
            break;
        }
        std::string text = mode.pixel_format + " ";
        if (mode.min_width != mode.width || mode.min_height != mode.height) {
            text += fmt::format("{}x{} to ", mode.min_width, mode.min_height);
        }
        text += fmt::format("{}x{}", mode.width, mode.height);
        std::vector<std::string> rates;
        for (const AVRational rate : mode.rates) {
            rates.push_back(fmt::format("{:.4g}", av_q2d(rate)));
        }
        if (!rates.empty()) {
            text +=
                fmt::format(" at {}", fmt::join(rates, mode.rates_are_a_range ? " to " : " or "));
        }
        texts.push_back(std::move(text));
    }
    return fmt::format("{}", fmt::join(texts, ", "));
}

std::string wish(const CaptureOptions& options) {
    std::string text = options.pixel_format.empty() ? "pictures" : options.pixel_format;
    if (options.width) {
        text += fmt::format(" of {}x{}", *options.width, *options.height);
    }
    if (options.rate) {
        text += fmt::format(" at {:g} frames a second", *options.rate);
    }
    return text;
}

}  // namespace

CameraRequest choose_mode(const std::vector<DeviceMode>& modes, const CaptureOptions& options) {
    CameraRequest request{options.pixel_format, options.width, options.height, {}};
    if (options.rate) {
        request.rate = av_d2q(*options.rate, 1001000);
    }
    if (modes.empty() || (options.pixel_format.empty() && !options.width && !options.rate)) {
        return request;
    }
    const DeviceMode* best = nullptr;
    for (const DeviceMode& mode : modes) {
        if (fits(mode, options) &&
            (best == nullptr || merit(mode, options) > merit(*best, options))) {
            best = &mode;
        }
    }
    if (best == nullptr) {
        throw ConfigError(
            fmt::format("{} has no {}; it has {}", options.input, wish(options), list_of(modes)));
    }
    request.pixel_format = best->pixel_format;
    if (options.rate) {
        request.rate = rate_in(*best, *options.rate);
        request.width = options.width.value_or(best->width);
        request.height = options.height.value_or(best->height);
    }
    return request;
}

}  // namespace closet
