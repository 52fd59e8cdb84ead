#include "encode/kept_metadata.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

extern "C" {
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/opt.h>
}

#include "core/av_compat.h"

namespace closet {
namespace {

/// Tags by which a muxer describes its own file; the new muxer writes its own.
constexpr std::array<std::string_view, 4> kOfFile{"encoder", "major_brand", "minor_version",
                                                  "compatible_brands"};

/// Statistics of streams as mkvmerge counts them, and of whole files as writers of FLV do.
constexpr std::array<std::string_view, 14> kStatistics{"bps",
                                                       "duration",
                                                       "number_of_frames",
                                                       "number_of_bytes",
                                                       "totalduration",
                                                       "lasttimestamp",
                                                       "lastkeyframetimestamp",
                                                       "lastkeyframelocation",
                                                       "filesize",
                                                       "datasize",
                                                       "videosize",
                                                       "audiosize",
                                                       "videodatarate",
                                                       "totaldatarate"};
constexpr std::string_view kStatisticsPrefix = "_statistics_";

/// Of the old encoding. "alpha_mode" promises a second picture in each packet.
constexpr std::array<std::string_view, 6> kOfEncoding{"encoder_options",   "encoder_settings",
                                                      "encoding_settings", "writing_library",
                                                      "vendor_id",         "alpha_mode"};
constexpr std::string_view kOfEncodingPrefix = "encoded_library";

template <class List>
bool contains(const List& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

/// Matroska tells the language of a tag behind its name: "BPS-eng".
std::string_view without_language(std::string_view name) {
    constexpr std::size_t kSuffix = 4;  // a dash and three letters (ISO 639-2)
    return name.size() > kSuffix && name[name.size() - kSuffix] == '-'
               ? name.substr(0, name.size() - kSuffix)
               : name;
}

bool is_kept(const std::string& tag, TagsOf owner) {
    std::string lower = tag;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::string_view name = without_language(lower);
    if (contains(kOfFile, name) || contains(kStatistics, name) ||
        name.starts_with(kStatisticsPrefix)) {
        return false;
    }
    return owner != TagsOf::kVideo ||
           (!contains(kOfEncoding, name) && !name.starts_with(kOfEncodingPrefix));
}

constexpr std::array<std::pair<AVPacketSideDataType, AVFrameSideDataType>, 2> kKinds{
    {{AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA},
     {AV_PKT_DATA_CONTENT_LIGHT_LEVEL, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL}}};

const SideData* find(const std::vector<SideData>& list, AVPacketSideDataType type) {
    const auto found = std::find_if(list.begin(), list.end(),
                                    [type](const SideData& side) { return side.type == type; });
    return found != list.end() ? &*found : nullptr;
}

/// The structure that side data holds; all zero where there is none.
template <class T>
T read(const std::vector<SideData>& list, AVPacketSideDataType type) {
    T value{};
    if (const SideData* side = find(list, type);
        side != nullptr && side->bytes.size() >= sizeof value) {
        std::memcpy(&value, side->bytes.data(), sizeof value);
    }
    return value;
}

long units(AVRational value, double unit) {
    const double number = value.den != 0 ? av_q2d(value) / unit : 0.0;
    return std::lround(std::clamp(number, 0.0, 4294967295.0));
}

/// As x264 and x265 write it: chromaticities in 0.00002, luminance in 0.0001 cd/m2.
std::string display_text(const AVMasteringDisplayMetadata& display) {
    const auto point = [](const char* name, const AVRational(&xy)[2]) {
        return fmt::format("{}({},{})", name, units(xy[0], 0.00002), units(xy[1], 0.00002));
    };
    return point("G", display.display_primaries[1]) + point("B", display.display_primaries[2]) +
           point("R", display.display_primaries[0]) + point("WP", display.white_point) +
           fmt::format("L({},{})", units(display.max_luminance, 0.0001),
                       units(display.min_luminance, 0.0001));
}

}  // namespace

void copy_tags(AVDictionary*& target, const Tags& tags, TagsOf owner) {
    for (const auto& [name, value] : tags) {
        if (is_kept(name, owner)) {
            av_dict_set(&target, name.c_str(), value.c_str(), AV_DICT_MULTIKEY);
        }
    }
}

std::vector<SideData> light_metadata(const AVFrame& first, const StreamInfo& stream) {
    std::vector<SideData> result;
    for (const auto& [in_stream, in_frame] : kKinds) {
        if (const SideData* known = find(stream.side_data, in_stream)) {
            result.push_back(*known);
        } else if (const AVFrameSideData* side = av_frame_get_side_data(&first, in_frame)) {
            result.push_back({in_stream, {side->data, side->data + side->size}});
        }
    }
    return result;
}

void set_light_metadata(AVCodecContext& encoder, const std::vector<SideData>& metadata) {
    const bool is_x265 = std::string_view(encoder.codec->name) == "libx265";
    if (!is_x265 && std::string_view(encoder.codec->name) != "libx264") {
        return;
    }
    const char* option = is_x265 ? "x265-params" : "x264-params";
    std::uint8_t* old = nullptr;
    if (av_opt_get(encoder.priv_data, option, AV_OPT_ALLOW_NULL, &old) < 0) {
        return;
    }
    std::string params = old != nullptr ? reinterpret_cast<const char*>(old) : "";
    av_free(old);
    const auto add = [&params](std::string_view name, const std::string& value) {
        if ((":" + params).find(fmt::format(":{}=", name)) == std::string::npos) {
            params += fmt::format("{}{}={}", params.empty() ? "" : ":", name, value);
        }
    };
    const auto display = read<AVMasteringDisplayMetadata>(metadata, kKinds[0].first);
    if (display.has_primaries != 0 && display.has_luminance != 0) {
        add(is_x265 ? "master-display" : "mastering-display", display_text(display));
    }
    const auto level = read<AVContentLightMetadata>(metadata, kKinds[1].first);
    if (level.MaxCLL != 0 || level.MaxFALL != 0) {
        add(is_x265 ? "max-cll" : "cll",
            fmt::format("{},{}", std::min(level.MaxCLL, 65535U), std::min(level.MaxFALL, 65535U)));
    }
    av_opt_set(encoder.priv_data, option, params.c_str(), 0);
}

void add_light_metadata(AVStream& stream, const std::vector<SideData>& metadata) {
    for (const SideData& side : metadata) {
        const auto has_type = [&](const AVPacketSideData& has) { return has.type == side.type; };
        if (std::ranges::none_of(side_data_of(stream), has_type)) {
            set_side_data(stream, side.type, side.bytes);
        }
    }
}

}  // namespace closet
