#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "core/new_file.h"
#include "core/picture_geometry.h"
#include "encode/display/to_bgr.h"
#include "encode/display/window.h"
#include "picture/picture_codec.h"

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
    try {
        if (ending == ".jpg" || ending == ".jpeg") {
            return encode_jpeg(picture);
        }
        if (ending == ".png") {
            // While frames keep coming: the fastest level, files a little larger.
            return encode_png(picture, PngLevel::kQuick);
        }
    } catch (const MediaError&) {  // e.g. beyond what JPEG can hold
        cannot_save(path,
                    fmt::format("its format cannot hold {}x{} pixels", picture.cols, picture.rows));
    }
    cannot_save(path, "its name must end in .png or .jpg");
}

}  // namespace

void save_picture(const Frame& frame, const std::string& path) {
    ToBgr to_bgr;
    const std::vector<std::uint8_t> bytes = encoded(to_bgr(frame, geometry_of(frame).shown), path);
    replace_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace closet
