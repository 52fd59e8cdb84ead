#include "picture/jpeg.h"

#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <jpeglib.h>
// Behind jpeglib.h, which it needs.
#include <jerror.h>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "picture/picture_codec.h"

namespace closet {
namespace {

/// A progressive file may hold any number of scans over all of its pixels; encoders write ten.
constexpr int kMostScans = 100;

/// libjpeg tells errors by a jump. Between setjmp and the jump no object is made that would have to
/// be destroyed.
struct ErrorManager {
    jpeg_error_mgr base{};
    std::jmp_buf back{};
    bool is_cut_off = false;
};

ErrorManager& manager_of(j_common_ptr codec) {
    return *reinterpret_cast<ErrorManager*>(codec->err);  // `base` is its first member
}

[[noreturn]] void jump_back(j_common_ptr codec) {
    std::longjmp(manager_of(codec).back, 1);
}

/// Nothing is printed. Of what libjpeg would only warn of, a missing end counts.
void take_warning(j_common_ptr codec, int level) {
    if (level < 0 && codec->err->msg_code == JWRN_JPEG_EOF) {
        manager_of(codec).is_cut_off = true;
    }
}

void limit_scans(j_common_ptr codec) {
    const auto* const decoder = reinterpret_cast<j_decompress_ptr>(codec);
    if (decoder->input_scan_number > kMostScans) {
        jump_back(codec);
    }
}

void set_handlers(ErrorManager& errors) {
    jpeg_std_error(&errors.base);
    errors.base.error_exit = jump_back;
    errors.base.emit_message = take_warning;
}

/// What Adobe's programs write: each ink inverted. As OpenCV does it.
void bgr_of_inverted_cmyk(const std::vector<std::uint8_t>& row, std::uint8_t* bgr) {
    for (std::size_t i = 0; i + 3 < row.size(); i += 4, bgr += 3) {
        const int black = row[i + 3];
        for (std::size_t c = 0; c < 3; ++c) {
            bgr[2 - c] = static_cast<std::uint8_t>(black - ((255 - row[i + c]) * black >> 8));
        }
    }
}

/// False where the data is damaged beyond what libjpeg mends.
bool read(jpeg_decompress_struct& decoder, ErrorManager& errors,
          std::span<const std::uint8_t> bytes, cv::Mat& picture, std::vector<std::uint8_t>& inks) {
    if (setjmp(errors.back) != 0) {
        return false;
    }
    jpeg_create_decompress(&decoder);
    jpeg_mem_src(&decoder, bytes.data(), static_cast<unsigned long>(bytes.size()));
    jpeg_read_header(&decoder, TRUE);
    jpeg_progress_mgr progress{};
    progress.progress_monitor = limit_scans;
    decoder.progress = &progress;
    const bool is_cmyk = decoder.num_components == 4;
    const bool is_gray = decoder.num_components == 1;
    decoder.out_color_space = is_cmyk ? JCS_CMYK : is_gray ? JCS_GRAYSCALE : JCS_EXT_BGR;
    jpeg_start_decompress(&decoder);
    picture.create(static_cast<int>(decoder.output_height), static_cast<int>(decoder.output_width),
                   is_gray ? CV_8UC1 : CV_8UC3);
    inks.resize(is_cmyk ? std::size_t{4} * decoder.output_width : 0);
    while (decoder.output_scanline < decoder.output_height) {
        std::uint8_t* const to = picture.ptr(static_cast<int>(decoder.output_scanline));
        JSAMPROW row = is_cmyk ? inks.data() : to;
        jpeg_read_scanlines(&decoder, &row, 1);
        if (is_cmyk) {
            bgr_of_inverted_cmyk(inks, to);
        }
    }
    jpeg_finish_decompress(&decoder);
    return !errors.is_cut_off;
}

/// False where libjpeg refuses. `bytes` are malloc's.
bool write(jpeg_compress_struct& encoder, ErrorManager& errors, const cv::Mat& picture, int quality,
           unsigned char*& bytes, unsigned long& size) {
    if (setjmp(errors.back) != 0) {
        return false;
    }
    jpeg_create_compress(&encoder);
    jpeg_mem_dest(&encoder, &bytes, &size);
    encoder.image_width = static_cast<JDIMENSION>(picture.cols);
    encoder.image_height = static_cast<JDIMENSION>(picture.rows);
    encoder.input_components = picture.channels();
    encoder.in_color_space = picture.channels() == 1 ? JCS_GRAYSCALE : JCS_EXT_BGR;
    jpeg_set_defaults(&encoder);
    jpeg_set_quality(&encoder, quality, TRUE);
    jpeg_start_compress(&encoder, TRUE);
    while (encoder.next_scanline < encoder.image_height) {
        auto* row = const_cast<std::uint8_t*>(picture.ptr(static_cast<int>(encoder.next_scanline)));
        jpeg_write_scanlines(&encoder, &row, 1);
    }
    jpeg_finish_compress(&encoder);
    return true;
}

}  // namespace

cv::Mat decode_jpeg(std::span<const std::uint8_t> bytes) {
    jpeg_decompress_struct decoder{};
    ErrorManager errors;
    set_handlers(errors);
    decoder.err = &errors.base;
    cv::Mat picture;
    std::vector<std::uint8_t> inks;
    const bool is_whole = read(decoder, errors, bytes, picture, inks);
    jpeg_destroy_decompress(&decoder);
    return is_whole ? picture : cv::Mat();
}

std::vector<std::uint8_t> encode_jpeg(const cv::Mat& picture, int quality) {
    CV_Assert(!picture.empty() && picture.depth() == CV_8U);
    cv::Mat opaque = picture;
    if (picture.channels() == 4) {
        cv::cvtColor(picture, opaque, cv::COLOR_BGRA2BGR);
    }
    jpeg_compress_struct encoder{};
    ErrorManager errors;
    set_handlers(errors);
    encoder.err = &errors.base;
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    const bool is_written = write(encoder, errors, opaque, quality, bytes, size);
    jpeg_destroy_compress(&encoder);
    std::vector<std::uint8_t> result;
    if (is_written) {
        result.assign(bytes, bytes + size);
    }
    std::free(bytes);
    if (!is_written) {
        throw MediaError(
            fmt::format("JPEG cannot hold {}x{} pixels; use .png", picture.cols, picture.rows));
    }
    return result;
}

}  // namespace closet
