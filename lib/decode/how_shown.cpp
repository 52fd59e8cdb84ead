#include "decode/how_shown.h"

#include <charconv>
#include <cstring>

namespace closet {
namespace {

/// libav gives JPEG's tag as a display matrix, and that of others (WebP) as text.
int exif_tag(const AVFrame& image) {
    const AVDictionaryEntry* entry = av_dict_get(image.metadata, "Orientation", nullptr, 0);
    int tag = 0;
    if (entry != nullptr) {
        const char* text = entry->value + std::strspn(entry->value, " ");
        std::from_chars(text, text + std::strlen(text), tag);
    }
    return tag;
}

}  // namespace

Orientation settle_how_shown(AVFrame& image, const MediaInfo& input) {
    if (const AVRational told = input.video().sample_aspect_ratio; told.num > 0 && told.den > 0) {
        image.sample_aspect_ratio = told;
    }
    const AVFrameSideData* matrix = av_frame_get_side_data(&image, AV_FRAME_DATA_DISPLAYMATRIX);
    if (matrix != nullptr) {
        return orientation_of(matrix->data, matrix->size);
    }
    const int tag = exif_tag(image);
    return tag != 0 ? orientation_of_exif(tag) : input.orientation;
}

}  // namespace closet
