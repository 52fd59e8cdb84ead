// Pictures are read as OpenCV's imgcodecs reads them, on those made here and on all that is shared.
#include "picture/picture_codec.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>
#include <jpeglib.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "support/shared_data.h"

namespace closet {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

/// Colors, edges and slopes, another one in each channel.
cv::Mat made(int type, cv::Size size = {61, 43}) {
    cv::Mat picture(size, CV_MAKETYPE(CV_16U, CV_MAT_CN(type)));
    cv::RNG random(7);
    random.fill(picture, cv::RNG::UNIFORM, 0, 65536);
    cv::GaussianBlur(picture, picture, {9, 9}, 0);
    cv::rectangle(picture, {10, 8, 20, 12}, cv::Scalar(60000, 300, 30000, 20000), cv::FILLED);
    if (CV_MAT_DEPTH(type) == CV_8U) {
        picture.convertTo(picture, CV_8U, 1 / 257.0);
    }
    return picture;
}

Bytes encoded(const std::string& ending, const cv::Mat& picture, std::vector<int> settings = {}) {
    Bytes bytes;
    REQUIRE(cv::imencode(ending, picture, bytes, settings));
    return bytes;
}

Bytes read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void check_as_opencv(const Bytes& bytes) {
    const cv::Mat expected = cv::imdecode(bytes, cv::IMREAD_UNCHANGED);
    const cv::Mat actual = decode_picture(bytes);
    REQUIRE(!expected.empty());
    REQUIRE(actual.type() == expected.type());
    REQUIRE(actual.size() == expected.size());
    CHECK(cv::norm(actual, expected, cv::NORM_INF) == 0);
}

/// A JPEG of four inks, as Adobe's programs write them.
Bytes made_cmyk() {
    const cv::Mat inks = made(CV_8UC4);
    jpeg_error_mgr errors;
    jpeg_compress_struct encoder{};
    encoder.err = jpeg_std_error(&errors);
    jpeg_create_compress(&encoder);
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&encoder, &bytes, &size);
    encoder.image_width = static_cast<JDIMENSION>(inks.cols);
    encoder.image_height = static_cast<JDIMENSION>(inks.rows);
    encoder.input_components = 4;
    encoder.in_color_space = JCS_CMYK;
    jpeg_set_defaults(&encoder);
    jpeg_set_colorspace(&encoder, JCS_YCCK);
    jpeg_start_compress(&encoder, TRUE);
    for (int y = 0; y < inks.rows; ++y) {
        auto* row = const_cast<std::uint8_t*>(inks.ptr(y));
        jpeg_write_scanlines(&encoder, &row, 1);
    }
    jpeg_finish_compress(&encoder);
    jpeg_destroy_compress(&encoder);
    Bytes result(bytes, bytes + size);
    std::free(bytes);
    return result;
}

std::vector<Bytes> of_all_kinds() {
    return {encoded(".png", made(CV_8UC1)),
            encoded(".png", made(CV_8UC3)),
            encoded(".png", made(CV_8UC4)),
            encoded(".png", made(CV_16UC1)),
            encoded(".png", made(CV_16UC3)),
            encoded(".png", made(CV_16UC4)),
            encoded(".png", made(CV_8UC1) > 100, {cv::IMWRITE_PNG_BILEVEL, 1}),
            encoded(".tiff", made(CV_8UC1)),
            encoded(".tiff", made(CV_8UC3)),
            encoded(".tiff", made(CV_8UC4)),
            encoded(".tiff", made(CV_16UC3)),
            encoded(".webp", made(CV_8UC3), {cv::IMWRITE_WEBP_QUALITY, 60}),
            encoded(".webp", made(CV_8UC4), {cv::IMWRITE_WEBP_QUALITY, 60}),
            encoded(".webp", made(CV_8UC4), {cv::IMWRITE_WEBP_QUALITY, 101}),
            encoded(".jpg", made(CV_8UC1)),
            encoded(".jpg", made(CV_8UC3)),
            encoded(".jpg", made(CV_8UC3), {cv::IMWRITE_JPEG_PROGRESSIVE, 1}),
            made_cmyk()};
}

TEST_CASE("picture codec: every kind of picture is read as OpenCV reads it") {
    const std::vector<Bytes> all = of_all_kinds();
    for (std::size_t kind = 0; kind < all.size(); ++kind) {
        CAPTURE(kind);
        const Bytes& bytes = all[kind];
        check_as_opencv(bytes);
    }
}

TEST_CASE("picture codec: the shared pictures are read as OpenCV reads them") {
    const auto media = test::shared_file("media/README.md");
    if (!media) {
        return;
    }
    int count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(media->parent_path())) {
        const std::string ending = entry.path().extension();
        if (ending == ".jpg" || ending == ".png" || ending == ".webp") {
            CAPTURE(entry.path().string());
            check_as_opencv(read(entry.path()));
            ++count;
        }
    }
    CHECK(count > 50);
}

TEST_CASE("picture codec: what is cut off or damaged is refused and never more") {
    const std::vector<Bytes> all = of_all_kinds();
    for (std::size_t kind = 0; kind < all.size(); ++kind) {
        CAPTURE(kind);
        const Bytes& bytes = all[kind];
        for (std::size_t size = 0; size < bytes.size() - 20; size += 1 + bytes.size() / 40) {
            CAPTURE(size);
            CHECK(decode_picture({bytes.data(), size}).empty());
        }
        cv::RNG random(3);
        for (int round = 0; round < 200; ++round) {
            Bytes damaged = bytes;
            for (int i = 0; i < 4; ++i) {
                damaged[static_cast<std::size_t>(
                    random.uniform(30, static_cast<int>(bytes.size())))] =
                    static_cast<std::uint8_t>(random.uniform(0, 256));
            }
            // Sizes in damaged heads are the caller's to bound; these files' heads are kept.
            const cv::Mat picture = decode_picture(damaged);
            CHECK((picture.empty() || picture.total() < 100'000'000));
        }
    }
    CHECK(decode_picture({}).empty());
    const std::string text = "GIF89a, which is none of the formats";
    CHECK(
        decode_picture({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}).empty());
}

TEST_CASE("picture codec: PNGs hold what was written and JPEGs are OpenCV's") {
    for (const int type : {CV_8UC1, CV_8UC3, CV_8UC4}) {
        CAPTURE(type);
        const cv::Mat picture = made(type);
        for (const PngLevel level : {PngLevel::kQuick, PngLevel::kDefault, PngLevel::kSmallest}) {
            const cv::Mat read = cv::imdecode(encode_png(picture, level), cv::IMREAD_UNCHANGED);
            REQUIRE(read.type() == type);
            CHECK(cv::norm(read, picture, cv::NORM_INF) == 0);
        }
    }
    const cv::Mat picture = made(CV_8UC3);
    CHECK(encode_jpeg(picture, 95) == encoded(".jpg", picture, {cv::IMWRITE_JPEG_QUALITY, 95}));
    CHECK_THROWS_AS(encode_jpeg(cv::Mat(1, 70'000, CV_8UC3)), MediaError);
}

}  // namespace
}  // namespace closet
