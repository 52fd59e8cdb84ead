#include "warp/write_garment.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "warp/garment_anchors.h"

namespace closet {
namespace {

[[noreturn]] void cannot_write(const std::filesystem::path& path, const std::string& why) {
    throw MediaError(fmt::format("cannot write {}: {}", path.string(), why));
}

/// A file that is written aside; it vanishes unless it is moved into its place.
class AsideFile {
  public:
    AsideFile(std::filesystem::path path, const std::vector<std::uint8_t>& bytes)
        : path_(std::move(path)), aside_(path_.string() + ".partial") {
        std::ofstream file(aside_, std::ios::binary | std::ios::trunc);
        file.write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
        file.close();
        if (!file) {
            const std::string why = std::strerror(errno);
            discard();
            cannot_write(path_, why);
        }
    }
    ~AsideFile() { discard(); }
    AsideFile(const AsideFile&) = delete;
    AsideFile& operator=(const AsideFile&) = delete;
    AsideFile(AsideFile&&) = delete;
    AsideFile& operator=(AsideFile&&) = delete;

    void move_into_place() {
        std::error_code failed;
        std::filesystem::rename(aside_, path_, failed);
        if (failed) {
            cannot_write(path_, failed.message());
        }
    }

  private:
    void discard() {
        std::error_code ignored;
        std::filesystem::remove(aside_, ignored);
    }

    std::filesystem::path path_, aside_;
};

std::vector<std::uint8_t> encoded(const std::filesystem::path& path, const std::string& ending,
                                  const cv::Mat& picture) {
    std::vector<std::uint8_t> bytes;
    try {
        if (cv::imencode(ending, picture, bytes)) {
            return bytes;
        }
    } catch (const cv::Exception&) {  // an ending that no codec knows
    }
    cannot_write(path, "its ending names no picture format that can be written: use .png or .jpg");
}

}  // namespace

std::filesystem::path anchors_file_of(const std::filesystem::path& picture) {
    return std::filesystem::path(picture).replace_extension(".json");
}

void write_garment(const Garment& garment, const std::filesystem::path& picture) {
    cv::Mat bgra;
    cv::cvtColor(garment.rgba, bgra, cv::COLOR_RGBA2BGRA);
    const std::string text = anchors_text(garment);
    AsideFile pixels(picture, encoded(picture, ".png", bgra));
    AsideFile anchors(anchors_file_of(picture), {text.begin(), text.end()});
    pixels.move_into_place();
    anchors.move_into_place();
}

void write_picture(const cv::Mat& rgb, const std::filesystem::path& path) {
    cv::Mat bgr;
    cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
    AsideFile(path, encoded(path, path.extension().string(), bgr)).move_into_place();
}

}  // namespace closet
