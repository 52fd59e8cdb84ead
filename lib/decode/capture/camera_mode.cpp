#include "decode/capture/camera_mode.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "decode/capture/v4l2_device.h"

namespace closet {
namespace {

/// 29.97 is meant where 30 is said.
constexpr double kSameRate = 0.01;

constexpr int kWantedRate = 30, kWantedWidth = 1280, kWantedHeight = 720;
constexpr std::size_t kModesInMessage = 12;

bool same_rate(AVRational has, double wanted) {
    return std::abs(av_q2d(has) - wanted) <= kSameRate * wanted;
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

namespace fs = std::filesystem;

/// Of a range of sizes these are shown, where it has them, beside its largest.
constexpr std::pair<int, int> kUsualSizes[] = {{1920, 1080}, {1280, 720}, {640, 480}};

/// 12 for "video12"; nothing for other names.
std::optional<unsigned> number_of(const std::string& name) {
    constexpr std::string_view kStem = "video";
    unsigned number = 0;
    if (!name.starts_with(kStem)) {
        return std::nullopt;
    }
    const char* const end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data() + kStem.size(), end, number);
    return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

void add_modes(const DeviceMode& mode, std::vector<CameraMode>& modes) {
    CameraMode shown{mode.pixel_format, mode.width, mode.height, {}};
    for (const AVRational rate : mode.rates) {
        shown.rates.push_back(av_q2d(rate));
    }
    modes.push_back(shown);
    for (const auto& [width, height] : kUsualSizes) {
        const bool is_other = width != mode.width || height != mode.height;
        if (is_other && width >= mode.min_width && width <= mode.width &&
            height >= mode.min_height && height <= mode.height) {
            shown.width = width;
            shown.height = height;
            modes.push_back(shown);
        }
    }
}

/// Nothing for a device that is no camera.
std::optional<Camera> camera_at(const std::string& path) {
    Camera camera;
    camera.path = path;
    try {
        const V4l2Device device(path);
        if (!device.captures()) {
            return std::nullopt;
        }
        camera.name = device.name();
        for (const DeviceMode& mode : device.modes()) {
            add_modes(mode, camera.modes);
        }
        if (device.is_in_use()) {
            camera.problem = camera_problem(AVERROR(EBUSY));
        }
    } catch (const MediaError& error) {
        const int code = error.averror();
        if (code != AVERROR(EACCES) && code != AVERROR(EPERM) && code != AVERROR(EBUSY)) {
            return std::nullopt;  // vanished meanwhile, or no video device
        }
        camera.problem = camera_problem(code);
    }
    return camera;
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

std::vector<Camera> list_cameras(const std::string& folder) {
    std::vector<std::pair<unsigned, std::string>> paths;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        if (const auto number = number_of(entry->path().filename().string())) {
            paths.emplace_back(*number, entry->path().string());
        }
    }
    std::sort(paths.begin(), paths.end());
    std::vector<Camera> cameras;
    for (const auto& [number, path] : paths) {
        if (std::optional<Camera> camera = camera_at(path)) {
            cameras.push_back(std::move(*camera));
        }
    }
    return cameras;
}

}  // namespace closet
