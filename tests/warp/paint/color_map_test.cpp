#include <array>
#include <cmath>
#include <cstring>

#include <doctest/doctest.h>

#include "core/color.h"
#include "warp/paint/composite.h"
#include "warp/warp_fixtures.h"

namespace {

using namespace closet;
using namespace closet::test;

struct Tags {
    AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
    AVColorPrimaries primaries = AVCOL_PRI_UNSPECIFIED;
    AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
};

AvFrame tagged(AVPixelFormat format, const Tags& tags) {
    AvFrame frame = noise_frame(format, {32, 16}, 3);
    frame->color_trc = tags.transfer;
    frame->color_primaries = tags.primaries;
    frame->colorspace = tags.matrix;
    return frame;
}

int word_at(const AVFrame& frame, int component, int x, int y) {
    const auto& c = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format))->comp[component];
    std::uint16_t word = 0;
    std::memcpy(&word,
                frame.data[c.plane] + std::ptrdiff_t{y} * frame.linesize[c.plane] +
                    std::ptrdiff_t{x} * c.step + c.offset,
                sizeof word);
    return (word >> c.shift) & ((1 << c.depth) - 1);
}

Patch flat(int r, int g, int b, int a = 255) {
    return {{0, 0, 32, 16}, cv::Mat(16, 32, CV_8UC4, cv::Scalar(r, g, b, a))};
}

/// R' G' B' of what a color becomes in a frame with these tags.
std::array<double, 3> painted(const Tags& tags, int r, int g, int b) {
    const AvFrame frame = tagged(AV_PIX_FMT_GBRP16LE, tags);
    Composite().paint(*frame, flat(r, g, b));
    return {word_at(*frame, 0, 9, 9) / 65535.0, word_at(*frame, 1, 9, 9) / 65535.0,
            word_at(*frame, 2, 9, 9) / 65535.0};
}

void check_near(const std::array<double, 3>& found, const std::array<double, 3>& expected,
                double tolerance = 0.002) {
    for (std::size_t i = 0; i < 3; ++i) {
        CAPTURE(i);
        CHECK(found[i] == doctest::Approx(expected[i]).epsilon(tolerance));
    }
}

constexpr Tags kPq{AVCOL_TRC_SMPTE2084, AVCOL_PRI_BT2020, AVCOL_SPC_BT2020_NCL};
constexpr Tags kHlg{AVCOL_TRC_ARIB_STD_B67, AVCOL_PRI_BT2020, AVCOL_SPC_BT2020_NCL};

TEST_CASE("a white garment is at diffuse white in PQ and HLG, and a black one is black") {
    for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_P010LE,
                                       AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUVA444P10LE}) {
        CAPTURE(name_of(format));
        // Limited range in 10 bits: 64 + 876 x 0.5807 and x 0.75 (BT.2408, table 1).
        for (const auto& [tags, white] : {std::pair{kPq, 573}, {kHlg, 721}}) {
            const AvFrame frame = tagged(format, tags);
            Composite().paint(*frame, flat(255, 255, 255));
            CHECK(std::abs(word_at(*frame, 0, 9, 9) - white) <= 1);
            CHECK(std::abs(word_at(*frame, 1, 4, 4) - 512) <= 1);
            CHECK(std::abs(word_at(*frame, 2, 4, 4) - 512) <= 1);
            Composite().paint(*frame, flat(0, 0, 0));
            CHECK(word_at(*frame, 0, 9, 9) == 64);
        }
    }
}

TEST_CASE("the garment's colors keep light and chromaticity in PQ and HLG with BT.2020") {
    // BT.2087, equations for linear light from BT.709 to BT.2020.
    const std::array<double, 3> red{0.6274, 0.0691, 0.0164};
    const std::array<double, 3> green{0.3293, 0.9195, 0.0880};
    const auto pq = [](double light) { return code_of(AVCOL_TRC_SMPTE2084, light); };
    check_near(painted(kPq, 255, 0, 0), {pq(red[0]), pq(red[1]), pq(red[2])});
    check_near(painted(kPq, 0, 255, 0), {pq(green[0]), pq(green[1]), pq(green[2])});
    const auto gray = painted(kPq, 128, 128, 128);
    check_near(gray, {pq(0.2159), pq(0.2159), pq(0.2159)});
    // HLG: scene light times its luminance to the power of 0.2 gives the display's light.
    const auto code = painted(kHlg, 255, 0, 0);
    std::array<double, 3> scene{};
    for (std::size_t i = 0; i < 3; ++i) {
        scene[i] = std::pow(light_of(AVCOL_TRC_ARIB_STD_B67, code[i]) * 0.203, 1 / 1.2);
    }
    const double luminance = 0.2627 * scene[0] + 0.6780 * scene[1] + 0.0593 * scene[2];
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(scene[i] * std::pow(luminance, 0.2) / 0.203 == doctest::Approx(red[i]).epsilon(0.01));
    }
}

TEST_CASE("PQ and HLG without other tags have the primaries of BT.2020") {
    check_near(painted({.transfer = AVCOL_TRC_SMPTE2084}, 255, 0, 0), painted(kPq, 255, 0, 0));
}

TEST_CASE("tagged primaries and curves get the color that looks the same") {
    // sRGB red in Display P3, as CSS Color 4 has it.
    check_near(painted({.primaries = AVCOL_PRI_SMPTE432}, 255, 0, 0), {0.9175, 0.2003, 0.1386});
    check_near(painted({.primaries = AVCOL_PRI_SMPTE432}, 255, 255, 255), {1, 1, 1});
    const AvFrame bytes = tagged(AV_PIX_FMT_RGB24, {.primaries = AVCOL_PRI_SMPTE432});
    for (const auto& [rgb, p3] : {std::pair{cv::Vec3i(255, 0, 0), cv::Vec3i(234, 51, 35)},
                                  {cv::Vec3i(255, 255, 255), cv::Vec3i(255, 255, 255)},
                                  {cv::Vec3i(0, 0, 0), cv::Vec3i(0, 0, 0)},
                                  {cv::Vec3i(90, 90, 90), cv::Vec3i(90, 90, 90)}}) {
        Composite().paint(*bytes, flat(rgb[0], rgb[1], rgb[2]));
        const std::uint8_t* at = bytes->data[0] + 9 * std::ptrdiff_t{bytes->linesize[0]} + 30;
        CHECK(cv::norm(cv::Vec3i(at[0], at[1], at[2]) - p3, cv::NORM_INF) <= 1);
    }
    const double gray = 0.5028865;  // light of sRGB 188
    check_near(painted({.transfer = AVCOL_TRC_LINEAR}, 188, 188, 188), {gray, gray, gray});
    const double low = std::pow(gray, 1 / 2.2), high = std::pow(gray, 1 / 2.8);
    check_near(painted({.transfer = AVCOL_TRC_GAMMA22}, 188, 188, 188), {low, low, low});
    check_near(painted({.transfer = AVCOL_TRC_GAMMA28}, 188, 188, 188), {high, high, high});
    const double same = 188.0 / 255;
    for (const auto transfer : {AVCOL_TRC_UNSPECIFIED, AVCOL_TRC_BT709, AVCOL_TRC_SMPTE170M,
                                AVCOL_TRC_IEC61966_2_1, AVCOL_TRC_BT2020_10, AVCOL_TRC_SMPTE240M}) {
        check_near(painted({.transfer = transfer}, 188, 188, 188), {same, same, same}, 1e-4);
    }
    check_near(painted({.primaries = AVCOL_PRI_SMPTE428}, 0, 0, 0), {0, 0, 0});
    check_near(painted({.primaries = AVCOL_PRI_NB}, 255, 0, 0), {1, 0, 0}, 1e-4);
}

TEST_CASE("a shadow darkens white in PQ by as much light as in SDR") {
    for (const Tags& tags : {kPq, kHlg}) {
        const AvFrame frame = tagged(AV_PIX_FMT_GBRP16LE, tags);
        Composite().paint(*frame, flat(255, 255, 255));
        Composite().paint(*frame, flat(0, 0, 0, 77));  // 0.3 of the code value in SDR
        const double light = light_of(tags.transfer, word_at(*frame, 1, 9, 9) / 65535.0);
        CHECK(light == doctest::Approx(light_of(AVCOL_TRC_BT709, 0.698)).epsilon(0.01));
    }
}

TEST_CASE(
    "frames that are transparent themselves stay so where nothing is painted and get the "
    "garment's alpha over theirs") {
    for (const AVPixelFormat format :
         {AV_PIX_FMT_YUVA420P10LE, AV_PIX_FMT_YUVA444P12LE, AV_PIX_FMT_YUVA422P16LE,
          AV_PIX_FMT_GBRAP12LE, AV_PIX_FMT_RGBA64LE, AV_PIX_FMT_YA16LE}) {
        CAPTURE(name_of(format));
        const auto& descriptor = *av_pix_fmt_desc_get(format);
        const int alpha = descriptor.nb_components - 1;
        const double max = (1 << descriptor.comp[0].depth) - 1;
        const AvFrame frame = tagged(format, {});
        frame->color_range = AVCOL_RANGE_JPEG;
        Composite().paint(*frame, flat(255, 255, 255));
        CHECK(word_at(*frame, alpha, 9, 9) == max);
        // Half transparent frame, then half of a black garment over it.
        for (int y = 0; y < 16; ++y) {
            for (int x = 0; x < 32; ++x) {
                const auto& c = descriptor.comp[alpha];
                const auto value = static_cast<std::uint16_t>(max / 2);
                std::memcpy(frame->data[c.plane] + std::ptrdiff_t{y} * frame->linesize[c.plane] +
                                std::ptrdiff_t{x} * c.step + c.offset,
                            &value, sizeof value);
            }
        }
        Patch half = flat(0, 0, 0, 51);  // 0.2
        half.rgba.colRange(0, 16).setTo(cv::Scalar(0, 0, 0, 0));
        Composite().paint(*frame, half);
        CHECK(word_at(*frame, alpha, 4, 4) == std::floor(max / 2));
        CHECK(word_at(*frame, 0, 4, 4) == max);
        // over = 0.2 + 0.5 x 0.8 = 0.6; what remains of white is 0.4 / 0.6
        CHECK(word_at(*frame, alpha, 20, 9) / max == doctest::Approx(0.6).epsilon(0.001));
        CHECK(word_at(*frame, 0, 20, 9) / max == doctest::Approx(0.4 / 0.6).epsilon(0.001));
    }
}

}  // namespace
