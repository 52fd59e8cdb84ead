#include "warp/write_garment.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/new_file.h"
#include "warp/garment_anchors.h"

namespace closet {
namespace {

std::vector<std::uint8_t> encoded(const std::filesystem::path& path, const std::string& ending,
                                  const cv::Mat& picture) {
    std::vector<std::uint8_t> bytes;
    try {
        if (cv::imencode(ending, picture, bytes)) {
            return bytes;
        }
    } catch (const cv::Exception&) {  // an ending that no codec knows
    }
    throw MediaError(fmt::format(
        "cannot write {}: its ending names no picture format that can be written: use .png or .jpg",
        path.string()));
}

}  // namespace

std::filesystem::path anchors_file_of(const std::filesystem::path& picture) {
    return std::filesystem::path(picture).replace_extension(".json");
}

void write_garment(const Garment& garment, const std::filesystem::path& picture,
                   const std::optional<GarmentPreview>& preview) {
    std::vector<std::unique_ptr<NewFile>> files;
    const auto add = [&](const std::filesystem::path& path, const auto& bytes) {
        files.push_back(std::make_unique<NewFile>(path));
        files.back()->write(bytes.data(), bytes.size());
    };
    if (preview) {
        cv::Mat bgr;
        cv::cvtColor(preview->rgb, bgr, cv::COLOR_RGB2BGR);
        add(preview->path, encoded(preview->path, preview->path.extension().string(), bgr));
    }
    cv::Mat bgra;
    cv::cvtColor(garment.rgba, bgra, cv::COLOR_RGBA2BGRA);
    add(anchors_file_of(picture), anchors_text(garment));
    add(picture, encoded(picture, ".png", bgra));
    std::vector<NewFile*> together;
    for (const auto& file : files) {
        together.push_back(file.get());
    }
    NewFile::publish_all(together);
}

}  // namespace closet
