#include "encode/kept_tags.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

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

}  // namespace

void copy_tags(AVDictionary*& target, const Tags& tags, TagsOf owner) {
    for (const auto& [name, value] : tags) {
        if (is_kept(name, owner)) {
            av_dict_set(&target, name.c_str(), value.c_str(), AV_DICT_MULTIKEY);
        }
    }
}

}  // namespace closet
