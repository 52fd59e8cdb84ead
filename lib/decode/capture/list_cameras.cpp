#include "decode/capture/list_cameras.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "decode/capture/v4l2_device.h"

namespace closet {
namespace {

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
std::optional<Camera> describe(const std::string& path) {
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
        if (std::optional<Camera> camera = describe(path)) {
            cameras.push_back(std::move(*camera));
        }
    }
    return cameras;
}

}  // namespace closet
