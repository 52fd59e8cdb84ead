#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/error.h"
#include "core/new_file.h"
#include "core/picture_geometry.h"
#include "encode/display/to_bgr.h"
#include "encode/display/window.h"

namespace closet {
namespace {

[[noreturn]] void cannot_save(const std::string& path, const std::string& why) {
    throw MediaError(fmt::format("cannot save the picture {}: {}", path, why));
}

std::string lower(std::string text) {
    for (char& letter : text) {
        letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    }
    return text;
}

std::vector<std::uint8_t> encoded(const cv::Mat& picture, const std::string& path) {
    const std::string ending = lower(std::filesystem::path(path).extension().string());
    std::vector<int> settings;
    if (ending == ".jpg" || ending == ".jpeg") {
        constexpr int kQuality = 95;
        settings = {cv::IMWRITE_JPEG_QUALITY, kQuality};
    } else if (ending == ".png") {
        // A picture is saved while frames keep coming: the fastest level, files a little larger.
        constexpr int kLevel = 1;
        settings = {cv::IMWRITE_PNG_COMPRESSION, kLevel};
    } else {
        cannot_save(path, "its name must end in .png or .jpg");
    }
    std::vector<std::uint8_t> bytes;
    try {
        if (cv::imencode(ending, picture, bytes, settings)) {
            return bytes;
        }
    } catch (const cv::Exception&) {  // e.g. beyond what JPEG can hold
    }
    cannot_save(path,
                fmt::format("its format cannot hold {}x{} pixels", picture.cols, picture.rows));
}

}  // namespace

void save_picture(const Frame& frame, const std::string& path) {
    ToBgr to_bgr;
    const std::vector<std::uint8_t> bytes = encoded(to_bgr(frame, geometry_of(frame).shown), path);
    replace_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace closet
