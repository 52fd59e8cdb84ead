#include "warp/paint/composite.h"

#include <cmath>
#include <cstring>

#include <doctest/doctest.h>

#include "core/error.h"
#include "warp/warp_fixtures.h"

namespace {

using namespace closet;
using namespace closet::test;

/// Levels: half for the garment's color in whole samples, half for the blend, and fixed-point
/// coefficients.
constexpr double kTolerance = 1.01;

/// A disc with a soft rim, so that all alphas occur, colored by position.
Patch disc(cv::Rect where) {
    Patch patch{where, cv::Mat(where.size(), CV_8UC4)};
    for (int y = 0; y < where.height; ++y) {
        for (int x = 0; x < where.width; ++x) {
            const double u = (2.0 * x + 1 - where.width) / where.width;
            const double v = (2.0 * y + 1 - where.height) / where.height;
            const double alpha = std::clamp((0.85 - std::hypot(u, v)) * 900.0, 0.0, 255.0);
            patch.rgba.at<cv::Vec4b>(y, x) = {
                static_cast<std::uint8_t>(255 * x / where.width),
                static_cast<std::uint8_t>(255 - 200 * y / where.height),
                static_cast<std::uint8_t>((x * 7 + y * 3) % 256), static_cast<std::uint8_t>(alpha)};
        }
    }
    return patch;
}

double sample_at(const AVFrame& frame, int component, int x, int y) {
    const auto& c = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format))->comp[component];
    const std::uint8_t* at = frame.data[c.plane] + std::ptrdiff_t{y} * frame.linesize[c.plane] +
                             std::ptrdiff_t{x} * c.step + c.offset;
    if (c.depth == 8) {
        return *at;
    }
    std::uint16_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return (word >> c.shift) & ((1 << c.depth) - 1);
}

/// Color (components of the frame's format) and alpha of a patch pixel, in floating point; alpha 0
/// outside the patch. Written from H.273, not from the code under test.
struct Reference {
    double kr = 0.299, kb = 0.114;
    bool full = false;
    double chroma_x = 0.0, chroma_y = 0.5;  ///< position of chroma sample (0, 0) in luma pixels

    double color(const Patch& patch, const AVFrame& frame, int component, int x, int y) const {
        const cv::Vec4b& p = patch.rgba.at<cv::Vec4b>(y - patch.where.y, x - patch.where.x);
        const auto* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
        if ((format->flags & AV_PIX_FMT_FLAG_RGB) != 0) {
            return p[component] * (std::pow(2.0, format->comp[0].depth) - 1) / 255.0;
        }
        const double luma = kr * p[0] + (1 - kr - kb) * p[1] + kb * p[2];
        const double value = component == 0   ? luma
                             : component == 1 ? (p[2] - luma) / (2 * (1 - kb))
                                              : (p[0] - luma) / (2 * (1 - kr));
        const double steps = std::pow(2.0, format->comp[0].depth - 8);
        const double top = std::pow(2.0, format->comp[0].depth) - 1;
        if (component == 0) {
            return full ? value / 255 * top : (16 + value / 255 * 219) * steps;
        }
        return 128 * steps + (full ? value / 255 * top : value / 255 * 224 * steps);
    }

    static double alpha(const Patch& patch, int x, int y) {
        return patch.where.contains({x, y})
                   ? patch.rgba.at<cv::Vec4b>(y - patch.where.y, x - patch.where.x)[3] / 255.0
                   : 0.0;
    }

    /// The expected sample: a tent over the pixels within one pixel of its position where the
    /// chroma is subsampled (which is a box for a position half way), else the pixel itself.
    double expected(const Patch& patch, const AVFrame& before, int component, int x, int y) const {
        const auto* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(before.format));
        const bool chroma = (format->flags & AV_PIX_FMT_FLAG_RGB) == 0 && component > 0;
        const bool wide = chroma && format->log2_chroma_w == 1;
        const bool high = chroma && format->log2_chroma_h == 1;
        const double at_x = wide ? 2 * x + chroma_x : x;
        const double at_y = high ? 2 * y + chroma_y : y;
        const auto tent = [](double pixel, double at, bool subsampled) {
            const bool half_way = at != std::floor(at);
            return std::max(0.0, (subsampled && !half_way ? 2.0 : 1.0) - std::abs(pixel - at));
        };
        double weights = 0, alphas = 0, colors = 0;
        for (int py = static_cast<int>(at_y) - 2; py <= at_y + 2; ++py) {
            for (int px = static_cast<int>(at_x) - 2; px <= at_x + 2; ++px) {
                const double weight = tent(px, at_x, wide) * tent(py, at_y, high);
                weights += weight;
                const double a = weight * alpha(patch, px, py);
                if (a > 0) {
                    alphas += a;
                    colors += a * color(patch, before, component, px, py);
                }
            }
        }
        alphas /= weights;
        colors /= weights;
        return colors + (1 - alphas) * sample_at(before, component, x, y);
    }
};

struct Difference {
    double worst = 0;  ///< sample against reference, in levels
    int changed = 0;   ///< samples
    int astray = 0;    ///< changed although no visible patch pixel contributes to them
};

Difference compare(const AVFrame& before, const AVFrame& after, const Patch& patch,
                   const Reference& reference) {
    const auto* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(before.format));
    const bool yuv = (format->flags & AV_PIX_FMT_FLAG_RGB) == 0;
    Difference difference;
    for (int c = 0; c < format->nb_components; ++c) {
        const bool chroma = yuv && (c == 1 || c == 2);
        const int width =
            chroma ? AV_CEIL_RSHIFT(before.width, format->log2_chroma_w) : before.width;
        const int height =
            chroma ? AV_CEIL_RSHIFT(before.height, format->log2_chroma_h) : before.height;
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                const double was = sample_at(before, c, x, y);
                const double is = sample_at(after, c, x, y);
                const cv::Point pixel(x << (chroma ? format->log2_chroma_w : 0),
                                      y << (chroma ? format->log2_chroma_h : 0));
                difference.changed += is != was;
                difference.astray += is != was && !patch.where.contains(pixel);
                // A frame's own alpha is "over", which its straight colors follow: tested apart.
                if (patch.where.contains(pixel) && c < 3 &&
                    (format->flags & AV_PIX_FMT_FLAG_ALPHA) == 0) {
                    difference.worst =
                        std::max(difference.worst,
                                 std::abs(is - reference.expected(patch, before, c, x, y)));
                }
            }
        }
    }
    return difference;
}

AvFrame copy_of(const AVFrame& frame) {
    AvFrame copy(av_frame_clone(&frame));
    REQUIRE(av_frame_make_writable(copy.get()) == 0);
    return copy;
}

Reference reference_for(const AVFrame& frame) {
    Reference reference;
    const std::string name = name_of(static_cast<AVPixelFormat>(frame.format));
    reference.full = name.starts_with("yuvj") || name.starts_with("gray") || name.starts_with("ya");
    return reference;
}

TEST_CASE("a patch is painted alike where it is known which of its pixels are seen") {
    for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12, AV_PIX_FMT_RGB24}) {
        CAPTURE(name_of(format));
        Patch patch = disc({20, 10, 60, 40});
        const AvFrame one = noise_frame(format, {96, 64}, 3),
                      other = noise_frame(format, {96, 64}, 3);
        Composite().paint(*one, patch);
        for (int y = 0; y < patch.rgba.rows; ++y) {
            patch.seen.push_back(pixel_row::visible(patch.rgba.ptr(y), 60));
        }
        Composite().paint(*other, patch);
        for (int c = 0; c < 3; ++c) {
            for (int y = 0; y < (c == 0 || format == AV_PIX_FMT_RGB24 ? 64 : 32); ++y) {
                for (int x = 0; x < (c == 0 || format == AV_PIX_FMT_RGB24 ? 96 : 48); ++x) {
                    REQUIRE(sample_at(*one, c, x, y) == sample_at(*other, c, x, y));
                }
            }
        }
    }
}

TEST_CASE("every pixel format gets the garment's color inside and keeps every bit outside") {
    for (const AVPixelFormat format : paintable_formats()) {
        CAPTURE(name_of(format));
        // Odd frames, patches inside, over each edge and corner, and covering everything.
        const cv::Size size(77, 53);
        for (const cv::Rect where :
             {cv::Rect(10, 8, 40, 36), cv::Rect(-12, -10, 40, 36), cv::Rect(60, 40, 40, 36),
              cv::Rect(-20, 30, 120, 60), cv::Rect(-8, -6, 100, 70)}) {
            CAPTURE(where);
            const AvFrame before = noise_frame(format, size, 7);
            const AvFrame after = copy_of(*before);
            const Patch patch = disc(where);
            Composite().paint(*after, patch);
            const Difference difference = compare(*before, *after, patch, reference_for(*before));
            CHECK(difference.changed > 50);
            CHECK(difference.astray == 0);
            CHECK(difference.worst < kTolerance);
        }
    }
}

TEST_CASE("patches outside the frame and transparent patches change nothing") {
    for (const AVPixelFormat format : paintable_formats()) {
        CAPTURE(name_of(format));
        const AvFrame before = noise_frame(format, {64, 48}, 3);
        const AvFrame after = copy_of(*before);
        Composite composite;
        for (const cv::Rect where : {cv::Rect(-40, 0, 40, 20), cv::Rect(64, 0, 10, 10),
                                     cv::Rect(0, -20, 30, 20), cv::Rect(0, 48, 64, 4)}) {
            composite.paint(*after, disc(where));
        }
        Patch clear = disc({4, 4, 50, 40});
        for (int y = 0; y < clear.rgba.rows; ++y) {
            for (int x = 0; x < clear.rgba.cols; ++x) {
                clear.rgba.at<cv::Vec4b>(y, x)[3] = 0;
            }
        }
        composite.paint(*after, clear);
        CHECK(compare(*before, *after, clear, reference_for(*before)).changed == 0);
    }
}

TEST_CASE("matrix and range follow the frame's tags") {
    struct Tag {
        AVColorSpace space;
        AVColorRange range;
        double kr, kb;
    };
    for (const Tag& tag : {Tag{AVCOL_SPC_BT709, AVCOL_RANGE_MPEG, 0.2126, 0.0722},
                           Tag{AVCOL_SPC_BT709, AVCOL_RANGE_JPEG, 0.2126, 0.0722},
                           Tag{AVCOL_SPC_BT470BG, AVCOL_RANGE_MPEG, 0.299, 0.114},
                           Tag{AVCOL_SPC_SMPTE170M, AVCOL_RANGE_JPEG, 0.299, 0.114},
                           Tag{AVCOL_SPC_SMPTE240M, AVCOL_RANGE_MPEG, 0.212, 0.087},
                           Tag{AVCOL_SPC_FCC, AVCOL_RANGE_MPEG, 0.30, 0.11},
                           Tag{AVCOL_SPC_BT2020_NCL, AVCOL_RANGE_MPEG, 0.2627, 0.0593},
                           Tag{AVCOL_SPC_BT2020_CL, AVCOL_RANGE_MPEG, 0.2627, 0.0593}}) {
        CAPTURE(tag.space);
        for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV444P10LE}) {
            const AvFrame before = noise_frame(format, {64, 48}, 5);
            before->colorspace = tag.space;
            before->color_primaries = AVCOL_PRI_BT709;
            before->color_range = tag.range;
            const AvFrame after = copy_of(*before);
            const Patch patch = disc({4, 4, 50, 40});
            Composite().paint(*after, patch);
            Reference reference;
            reference.kr = tag.kr;
            reference.kb = tag.kb;
            reference.full = tag.range == AVCOL_RANGE_JPEG;
            CHECK(compare(*before, *after, patch, reference).worst < kTolerance);
        }
    }
}

TEST_CASE("untagged frames are bt709 from high definition on") {
    for (const int width : {1278, 1280}) {
        const AvFrame before = noise_frame(AV_PIX_FMT_YUV444P, {width, 32}, 5);
        const AvFrame after = copy_of(*before);
        const Patch patch = disc({4, 4, 30, 20});
        Composite().paint(*after, patch);
        Reference reference;
        if (width >= 1280) {
            reference.kr = 0.2126;
            reference.kb = 0.0722;
        }
        CHECK(compare(*before, *after, patch, reference).worst < kTolerance);
    }
}

TEST_CASE("primary colors and white reach their exact code values") {
    const AvFrame frame = noise_frame(AV_PIX_FMT_YUV420P, {32, 16}, 5);
    frame->colorspace = AVCOL_SPC_BT709;
    struct Sample {
        cv::Scalar rgb;
        int y, u, v;
    };
    // Limited-range bt709 as in the tables of ITU-R BT.709 (100 % colors).
    for (const Sample& s :
         {Sample{{255, 255, 255, 255}, 235, 128, 128}, Sample{{0, 0, 0, 255}, 16, 128, 128},
          Sample{{255, 0, 0, 255}, 63, 102, 240}, Sample{{0, 255, 0, 255}, 173, 42, 26},
          Sample{{0, 0, 255, 255}, 32, 240, 118}}) {
        Composite().paint(*frame, {{0, 0, 32, 16}, cv::Mat(16, 32, CV_8UC4, s.rgb)});
        CHECK(sample_at(*frame, 0, 9, 9) == s.y);
        CHECK(sample_at(*frame, 1, 5, 5) == s.u);
        CHECK(sample_at(*frame, 2, 5, 5) == s.v);
    }
    // Full range: the largest chroma value saturates instead of wrapping round.
    frame->color_range = AVCOL_RANGE_JPEG;
    Composite().paint(*frame,
                      {{0, 0, 32, 16}, cv::Mat(16, 32, CV_8UC4, cv::Scalar(0, 0, 255, 255))});
    CHECK(sample_at(*frame, 1, 5, 5) == 255);
}

TEST_CASE("chroma follows the frame's chroma location") {
    struct Place {
        AVChromaLocation location;
        double x, y;
    };
    for (const Place& place :
         {Place{AVCHROMA_LOC_UNSPECIFIED, 0, 0.5}, Place{AVCHROMA_LOC_LEFT, 0, 0.5},
          Place{AVCHROMA_LOC_CENTER, 0.5, 0.5}, Place{AVCHROMA_LOC_TOPLEFT, 0, 0},
          Place{AVCHROMA_LOC_TOP, 0.5, 0}, Place{AVCHROMA_LOC_BOTTOMLEFT, 0, 1},
          Place{AVCHROMA_LOC_BOTTOM, 0.5, 1}}) {
        CAPTURE(place.location);
        for (const AVPixelFormat format :
             {AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12, AV_PIX_FMT_P010LE, AV_PIX_FMT_YUV422P10LE}) {
            CAPTURE(name_of(format));
            const AvFrame before = noise_frame(format, {77, 53}, 11);
            before->chroma_location = place.location;
            const AvFrame after = copy_of(*before);
            const Patch patch = disc({10, 6, 50, 40});
            Composite().paint(*after, patch);
            Reference reference;
            reference.chroma_x = place.x;
            reference.chroma_y = place.y;
            CHECK(compare(*before, *after, patch, reference).worst < kTolerance);
        }
    }
}

TEST_CASE("the edge of a half plane moves through chroma as it moves through luma") {
    // Red from column `edge` on. The coverage of a left-sited chroma sample at 2i grows by a
    // quarter with each column of its three (1 2 1).
    const auto coverage = [](int edge) {
        AvFrame frame = noise_frame(AV_PIX_FMT_YUV420P, {64, 16}, 1);
        for (int y = 0; y < 8; ++y) {
            std::memset(frame->data[2] + std::ptrdiff_t{y} * frame->linesize[2], 40, 32);
        }
        cv::Mat rgba(16, 64, CV_8UC4, cv::Scalar(255, 0, 0, 0));
        rgba.colRange(edge, 64).setTo(cv::Scalar(255, 0, 0, 255));
        Composite().paint(*frame, {{0, 0, 64, 16}, rgba});
        return (sample_at(*frame, 2, 10, 4) - 40) / (240 - 40);  // sample 10 sits on column 20
    };
    CHECK(coverage(22) == doctest::Approx(0.0));
    CHECK(coverage(21) == doctest::Approx(0.25).epsilon(0.02));
    CHECK(coverage(20) == doctest::Approx(0.75).epsilon(0.02));
    CHECK(coverage(19) == doctest::Approx(1.0));
}

TEST_CASE("pictures stored bottom up are painted the right way round") {
    const AvFrame before = noise_frame(AV_PIX_FMT_RGB24, {32, 24}, 2);
    const AvFrame after = copy_of(*before);
    const AvFrame flipped = copy_of(*before);
    const Patch patch = disc({4, 2, 20, 12});
    Composite().paint(*after, patch);
    std::uint8_t* bottom = flipped->data[0] + 23 * std::ptrdiff_t{flipped->linesize[0]};
    for (int y = 0; y < 24; ++y) {
        std::memcpy(bottom - y * std::ptrdiff_t{flipped->linesize[0]},
                    before->data[0] + y * std::ptrdiff_t{before->linesize[0]}, 96);
    }
    AVFrame view = *flipped;
    view.data[0] = bottom;
    view.linesize[0] = -flipped->linesize[0];
    Composite().paint(view, patch);
    for (int y = 0; y < 24; ++y) {
        CHECK(std::memcmp(view.data[0] + y * std::ptrdiff_t{view.linesize[0]},
                          after->data[0] + y * std::ptrdiff_t{after->linesize[0]}, 96) == 0);
    }
}

TEST_CASE("formats and patches that cannot be painted are refused") {
    AvFrame frame = make_av_frame();
    frame->format = AV_PIX_FMT_YUV410P;
    frame->width = frame->height = 32;
    CHECK_THROWS_WITH_AS(Composite().paint(*frame, disc({0, 0, 8, 8})),
                         doctest::Contains("yuv410p"), MediaError);
    const AvFrame good = noise_frame(AV_PIX_FMT_YUV420P, {32, 32}, 1);
    CHECK_THROWS(Composite().paint(*good, disc({1, 0, 8, 8})));
    CHECK_THROWS(Composite().paint(*good, {{0, 0, 8, 8}, cv::Mat(8, 6, CV_8UC4)}));
}

TEST_CASE("rectangles grow outwards onto the chroma grid") {
    CHECK(align_to_chroma({3, 5, 4, 4}) == cv::Rect(2, 4, 6, 6));
    CHECK(align_to_chroma({-3, -5, 1, 1}) == cv::Rect(-4, -6, 2, 2));
    CHECK(align_to_chroma({2, 4, 6, 8}) == cv::Rect(2, 4, 6, 8));
}

}  // namespace
