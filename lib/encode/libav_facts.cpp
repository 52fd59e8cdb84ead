#include "encode/libav_facts.h"

#include <string_view>

#include <fmt/format.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libswscale/swscale.h>
}

namespace closet {

std::vector<LibraryVersion> libav_versions() {
    const auto text = [](unsigned version) {
        return fmt::format("{}.{}.{}", AV_VERSION_MAJOR(version), AV_VERSION_MINOR(version),
                           AV_VERSION_MICRO(version));
    };
    return {{"libavformat", text(avformat_version())},
            {"libavcodec", text(avcodec_version())},
            {"libswscale", text(swscale_version())},
            {"libavutil", text(avutil_version())}};
}

std::vector<std::string> available_encoders() {
    constexpr const char* kWanted[]{"libx264", "libx265",    "libsvtav1",  "libvpx-vp9",
                                    "ffv1",    "h264_nvenc", "hevc_nvenc", "av1_nvenc"};
    std::vector<std::string> found;
    for (const char* name : kWanted) {
        if (avcodec_find_encoder_by_name(name) != nullptr) {
            found.emplace_back(name);
        }
    }
    return found;
}

bool libav_is_gpl() {
    return std::string_view(avcodec_license()).starts_with("GPL");
}

}  // namespace closet
