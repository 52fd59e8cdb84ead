#include "warp/occlusion/half_view.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/color.h"
#include "core/device_picture.h"
#include "core/pixel_format.h"
#include "warp/paint/frame_color.h"
#include "warp/paint/kernel.h"
#include "warp/paint/patch.h"
#include "warp/paint/pixel_row.h"

namespace closet::occlusion {
namespace {

/// Sums of a component's samples under half-size pixels.
class Plane {
  public:
    Plane(const AVFrame& frame, const AVPixFmtDescriptor& format, int component)
        : frame_(frame), component_(format.comp[component]) {
        const bool subsampled =
            (component == 1 || component == 2) && (format.flags & AV_PIX_FMT_FLAG_RGB) == 0;
        log2_width_ = subsampled ? format.log2_chroma_w : 0;
        log2_height_ = subsampled ? format.log2_chroma_h : 0;
        last_x_ = AV_CEIL_RSHIFT(frame.width, log2_width_) - 1;
        last_y_ = AV_CEIL_RSHIFT(frame.height, log2_height_) - 1;
    }

    /// Means of `n` blocks of 2 x 2 frame pixels from (x, y) on, in 8-bit levels.
    void means(int x, int y, int n, float* out) const {
        if (component_.depth > 8) {
            choose_step<std::uint16_t>(x, y, n, out);
        } else {
            choose_step<std::uint8_t>(x, y, n, out);
        }
    }

  private:
    /// Steps that are known when compiling let the compiler use vectors.
    template <class T>
    void choose_step(int x, int y, int n, float* out) const {
        switch (component_.step / static_cast<int>(sizeof(T))) {
            case 1:
                return sum_rows<T, 1>(x, y, n, out);
            case 2:
                return sum_rows<T, 2>(x, y, n, out);
            case 3:
                return sum_rows<T, 3>(x, y, n, out);
            default:
                return sum_rows<T, 4>(x, y, n, out);
        }
    }

    template <class T, int kStep>
    void sum_rows(int x, int y, int n, float* out) const {
        const int columns = 2 >> log2_width_;
        const int rows = 2 >> log2_height_;
        const int first = x >> log2_width_;
        const int inside = std::clamp((last_x_ + 1 - first) / columns, 0, n);
        const float per_level =
            1.0F / static_cast<float>((columns * rows) << (component_.depth - 8));
        const int shift = component_.shift;
        std::fill_n(out, n, 0.0F);
        for (int r = 0; r < rows; ++r) {
            const int line = std::clamp((y >> log2_height_) + r, 0, last_y_);
            const auto* data = reinterpret_cast<const T*>(frame_.data[component_.plane] +
                                                          static_cast<std::ptrdiff_t>(line) *
                                                              frame_.linesize[component_.plane] +
                                                          component_.offset);
            const T* from = data + std::ptrdiff_t{first} * kStep;
            if (columns == 2) {
                for (int i = 0; i < inside; ++i) {
                    out[i] += static_cast<float>((from[2 * kStep * i] >> shift) +
                                                 (from[2 * kStep * i + kStep] >> shift)) *
                              per_level;
                }
            } else {
                for (int i = 0; i < inside; ++i) {
                    out[i] += static_cast<float>(from[kStep * i] >> shift) * per_level;
                }
            }
            for (int i = inside; i < n; ++i) {
                for (int c = 0; c < columns; ++c) {
                    const int column = std::min(first + i * columns + c, last_x_);
                    out[i] += static_cast<float>(data[std::ptrdiff_t{column} * kStep] >> shift) *
                              per_level;
                }
            }
        }
    }

    const AVFrame& frame_;
    const AVComponentDescriptor& component_;
    int log2_width_ = 0, log2_height_ = 0, last_x_ = 0, last_y_ = 0;
};

std::uint8_t level(float value) {
    return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
}

/// BT.601, full range (JFIF).
cv::Vec3b from_rgb(float r, float g, float b) {
    const float y = 0.299F * r + 0.587F * g + 0.114F * b;
    return {level(y), level(128 + (b - y) / 1.772F), level(128 + (r - y) / 1.402F)};
}

/// Means of HDR samples (8-bit levels) to Y Cb Cr of the same picture in SDR.
class SdrFromHdr {
  public:
    SdrFromHdr(const AVFrame& frame, const AVPixFmtDescriptor& format,
               const std::array<std::uint8_t, 256>& curve)
        : curve_(curve), is_gray_(format.nb_components < 3) {
        const SampleMatrix matrix = sample_matrix(frame);
        const double scale = 255.0 * (1 << (format.comp[0].depth - 8));
        for (int i = 0; i < 3; ++i) {
            const auto& row = matrix.rows[static_cast<std::size_t>(i)];
            offset_[i] = static_cast<float>(row.offset * 255.0 / scale);
            for (int j = 0; j < 3; ++j) {
                rgb_from_samples_(i, j) =
                    static_cast<float>(row.rgb[static_cast<std::size_t>(j)] / scale);
            }
        }
        white_ = rgb_from_samples_(0, 0) + rgb_from_samples_(0, 1) + rgb_from_samples_(0, 2);
        rgb_from_samples_ = rgb_from_samples_.inv();
    }

    cv::Vec3b operator()(float first, float second, float third) const {
        const cv::Vec3f rgb = is_gray_
                                  ? cv::Vec3f::all((first - offset_[0]) / white_)
                                  : rgb_from_samples_ * (cv::Vec3f(first, second, third) - offset_);
        return from_rgb(curve_[level(rgb[0])], curve_[level(rgb[1])], curve_[level(rgb[2])]);
    }

  private:
    const std::array<std::uint8_t, 256>& curve_;
    bool is_gray_;
    cv::Vec3f offset_;
    float white_ = 1;  ///< luma of R' = G' = B' = 1
    cv::Matx33f rgb_from_samples_;
};

constexpr std::size_t kColorsAtOnce = 32;

/// kColorsAtOnce half-size pixels of 8-bit YUV 4:2:0, chroma samples `kStep` apart.
template <std::size_t kStep>
CLOSET_INTO_KERNEL void convert_block(const std::uint8_t* __restrict above,
                                      const std::uint8_t* __restrict below,
                                      const std::uint8_t* __restrict u,
                                      const std::uint8_t* __restrict v, bool full,
                                      std::uint8_t* __restrict out) {
    const std::int16_t luma = full ? std::int16_t{0} : kFullLuma;
    const std::int16_t chroma = full ? std::int16_t{0} : kFullChroma;
    const auto black = static_cast<std::int16_t>(full ? 0 : 64);
    const auto upper = [](std::int16_t a, std::int16_t b) {
        return static_cast<std::int16_t>(std::int32_t{a} * b >> 16);
    };
    const auto level_of = [](std::int16_t value) {
        const std::int16_t positive = value > 0 ? value : std::int16_t{0};
        return static_cast<std::uint8_t>(positive < 255 ? positive : std::int16_t{255});
    };
    const auto of_chroma = [&](std::uint8_t sample) {
        const auto off = static_cast<std::int16_t>(sample - 128);
        const auto rest = static_cast<std::uint16_t>(off * chroma);
        return level_of(static_cast<std::int16_t>(sample + upper(off, chroma) + (rest >> 15)));
    };
    std::array<std::uint8_t, kColorsAtOnce> levels[3];
    for (std::size_t i = 0; i < kColorsAtOnce; ++i) {
        const auto sum = static_cast<std::int16_t>(above[2 * i] + above[2 * i + 1] + below[2 * i] +
                                                   below[2 * i + 1] - black);
        levels[0][i] = level_of(static_cast<std::int16_t>((sum + upper(sum, luma) + 2) >> 2));
    }
    for (std::size_t i = 0; i < kColorsAtOnce; ++i) {
        levels[1][i] = of_chroma(u[kStep * i]);
        levels[2][i] = of_chroma(v[kStep * i]);
    }
    for (std::size_t i = 0; i < kColorsAtOnce; ++i) {
        out[3 * i] = levels[0][i];
        out[3 * i + 1] = levels[1][i];
        out[3 * i + 2] = levels[2][i];
    }
}

/// `n` of them. The last ones again, where they are no whole block; copies of few.
template <std::size_t kStep>
CLOSET_INTO_KERNEL void convert(const std::array<const std::uint8_t*, 4>& rows, bool full,
                                std::size_t n, std::uint8_t* out) {
    constexpr std::size_t kBlock = kColorsAtOnce;
    const auto [above, below, u, v] = rows;
    if (n < kBlock) {
        std::array<std::uint8_t, 2 * kBlock> copy[4]{};
        std::array<std::uint8_t, 3 * kBlock> block;
        std::copy_n(above, 2 * n, copy[0].data());
        std::copy_n(below, 2 * n, copy[1].data());
        for (std::size_t i = 0; i < n; ++i) {
            copy[2][kStep * i] = u[kStep * i];
            copy[3][kStep * i] = v[kStep * i];
        }
        convert_block<kStep>(copy[0].data(), copy[1].data(), copy[2].data(), copy[3].data(), full,
                             block.data());
        std::copy_n(block.data(), 3 * n, out);
        return;
    }
    for (std::size_t i = 0; i < n; i += kBlock) {
        const std::size_t from = std::min(i, n - kBlock);
        convert_block<kStep>(above + 2 * from, below + 2 * from, u + kStep * from, v + kStep * from,
                             full, out + 3 * from);
    }
}

CLOSET_TARGET_CLONES
void convert_row(const std::array<const std::uint8_t*, 4>& rows, int chroma_step, bool full,
                 std::size_t n, std::uint8_t* out) {
    if (chroma_step == 1) {
        convert<1>(rows, full, n, out);
    } else {
        convert<2>(rows, full, n, out);
    }
}

/// `read_colors` of a part of the stored picture.
bool read_stored_colors(const AVFrame& frame, cv::Rect where, cv::Mat& colors) {
    const auto id = static_cast<AVPixelFormat>(frame.format);
    if (!is_paintable(id) || frame.data[0] == nullptr) {
        return false;
    }
    const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(id);
    const bool rgb = (format.flags & AV_PIX_FMT_FLAG_RGB) != 0;
    const int planes = format.nb_components >= 3 ? 3 : 1;
    // Limited range: 16..235 and 16..240 (H.273).
    const bool full = is_full_range(frame);
    const float black = full ? 0.0F : 16.0F;
    const float luma = full ? 1.0F : 255.0F / 219.0F;
    const float chroma = full ? 1.0F : 255.0F / 224.0F;

    colors.create(where.height / 2, where.width / 2, CV_8UC3);
    if (const auto plain = PlainColors::of(frame, where)) {
        for (int j = 0; j < colors.rows; ++j) {
            plain->read(j, {0, colors.cols}, colors.ptr(j));
        }
        return true;
    }
    const std::array plane{Plane(frame, format, 0), Plane(frame, format, planes == 3 ? 1 : 0),
                           Plane(frame, format, planes == 3 ? 2 : 0)};
    cv::AutoBuffer<float> buffer(3 * static_cast<std::size_t>(colors.cols));
    std::fill_n(buffer.data(), buffer.size(), 128.0F);
    const std::array rows{buffer.data(), buffer.data() + colors.cols,
                          buffer.data() + 2 * std::ptrdiff_t{colors.cols}};
    const auto* curve = sdr_curve(frame);
    const std::optional<SdrFromHdr> to_sdr =
        curve != nullptr ? std::optional<SdrFromHdr>(std::in_place, frame, format, *curve)
                         : std::nullopt;
    for (int j = 0; j < colors.rows; ++j) {
        for (std::size_t c = 0; c < static_cast<std::size_t>(planes); ++c) {
            plane[c].means(where.x, where.y + 2 * j, colors.cols, rows[c]);
        }
        auto* out = colors.ptr<cv::Vec3b>(j);
        for (int i = 0; i < colors.cols; ++i) {
            const auto n = static_cast<std::size_t>(i);
            out[i] = to_sdr ? (*to_sdr)(rows[0][n], rows[1][n], rows[2][n])
                     : rgb  ? from_rgb(rows[0][n], rows[1][n], rows[2][n])
                            : cv::Vec3b(level((rows[0][n] - black) * luma),
                                        level(128 + (rows[1][n] - 128) * chroma),
                                        level(128 + (rows[2][n] - 128) * chroma));
        }
    }
    return true;
}

/// Of so many from `first` on.
std::vector<int> every_second(int first, int count) {
    std::vector<int> numbers;
    for (int i = 0; i + 1 < count; i += 2) {
        numbers.push_back(first + i);
    }
    return numbers;
}

}  // namespace

std::optional<PlainColors> PlainColors::of(const AVFrame& frame, cv::Rect where) {
    const auto id = static_cast<AVPixelFormat>(frame.format);
    const bool inside =
        where.x >= 0 && where.y >= 0 && where.br().x <= frame.width && where.br().y <= frame.height;
    if (!inside || !is_paintable(id) || frame.data[0] == nullptr) {
        return std::nullopt;
    }
    const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(id);
    if ((format.flags & AV_PIX_FMT_FLAG_RGB) != 0 || format.nb_components < 3 ||
        format.comp[0].depth != 8 || format.comp[0].step != 1 || format.comp[1].step > 2 ||
        format.log2_chroma_w != 1 || format.log2_chroma_h != 1 || sdr_curve(frame) != nullptr) {
        return std::nullopt;
    }
    PlainColors colors;
    for (std::size_t c = 0; c < 3; ++c) {
        const AVComponentDescriptor& component = format.comp[c];
        const cv::Point first = c == 0 ? where.tl() : where.tl() / 2;
        colors.stride_[c] = frame.linesize[component.plane];
        colors.first_[c] = frame.data[component.plane] + first.y * colors.stride_[c] +
                           std::ptrdiff_t{first.x} * component.step + component.offset;
    }
    colors.chroma_step_ = format.comp[1].step;
    colors.full_ = is_full_range(frame);
    colors.rows_ = where.height / 2;
    return colors;
}

void PlainColors::read(int row, cv::Range columns, std::uint8_t* colors, int ahead) const {
    const std::uint8_t* luma = first_[0] + 2 * row * stride_[0] + 2 * std::ptrdiff_t{columns.start};
    const std::ptrdiff_t chroma = std::ptrdiff_t{columns.start} * chroma_step_;
    // Frames are larger than caches, and the processor does not see the next row coming.
    constexpr int kLine = 64;
    if (const int next = row + ahead; next < rows_) {
        const std::uint8_t* const y = luma + 2 * ahead * stride_[0];
        for (int i = 0; i < 2 * columns.size() + kLine; i += kLine) {
            __builtin_prefetch(y + i);
            __builtin_prefetch(y + stride_[0] + i);
        }
        for (int i = 0; i < chroma_step_ * columns.size() + kLine; i += kLine) {
            __builtin_prefetch(first_[1] + next * stride_[1] + chroma + i);
            __builtin_prefetch(first_[2] + next * stride_[2] + chroma + i);
        }
    }
    convert_row({luma, luma + stride_[0], first_[1] + row * stride_[1] + chroma,
                 first_[2] + row * stride_[2] + chroma},
                chroma_step_, full_, static_cast<std::size_t>(columns.size()), colors);
}

cv::Matx33f rgb_from_colors(const AVFrame& frame) {
    cv::Matx33d colors_from_rgb{0.299, 0.587, 0.114,          -0.299 / 1.772, -0.587 / 1.772,
                                0.5,   0.5,   -0.587 / 1.402, -0.114 / 1.402};
    const auto format = static_cast<AVPixelFormat>(frame.format);
    if (!is_rgb(format) && !is_gray(format) && sdr_curve(frame) == nullptr) {
        const SampleMatrix matrix = sample_matrix(frame);
        const auto& luma = matrix.rows[0].rgb;
        const double white = luma[0] + luma[1] + luma[2];
        const double chroma = white * (is_full_range(frame) ? 1.0 : 224.0 / 219.0);
        for (int i = 0; i < 3; ++i) {
            for (int j = 0; j < 3; ++j) {
                colors_from_rgb(i, j) =
                    matrix.rows[static_cast<std::size_t>(i)].rgb[static_cast<std::size_t>(j)] /
                    (i == 0 ? white : chroma);
            }
        }
    }
    return cv::Matx33f(colors_from_rgb.inv());
}

bool read_colors(const ShownPicture& picture, cv::Rect where, cv::Mat& colors) {
    const PictureGeometry& geometry = picture.geometry;
    if (picture.is_on_device()) {
        if (!geometry.is_plain() || sdr_curve(picture.image) != nullptr) {
            return false;
        }
        read_device_colors(*picture.frame, where, every_second(where.y, where.height),
                           every_second(where.x, where.width), colors);
        return true;
    }
    if (geometry.is_plain()) {
        return read_stored_colors(picture.image, where, colors);
    }
    constexpr int kReach = 2;  // of interpolation at half size
    cv::Rect2d around = geometry.stored_around(where);
    around += cv::Size2d(2 * kReach, 2 * kReach);
    around -= cv::Point2d(kReach, kReach);
    const cv::Rect part = even_part(around, geometry.stored);
    cv::Mat stored;
    if (part.empty() || !read_stored_colors(picture.image, part, stored)) {
        return false;
    }
    // Half-size pixels lie between two whole ones, on both sides.
    const cv::Matx23d shown_from_view(2, 0, where.x + 0.5, 0, 2, where.y + 0.5);
    const cv::Matx23d view_from_stored(0.5, 0, -(part.x + 0.5) / 2, 0, 0.5, -(part.y + 0.5) / 2);
    cv::warpAffine(stored, colors,
                   compose(view_from_stored, compose(geometry.stored_from_shown, shown_from_view)),
                   {where.width / 2, where.height / 2}, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                   cv::BORDER_REPLICATE);
    return true;
}

bool is_usable(const PersonMask* mask) {
    return mask != nullptr && !mask->probability.empty() && mask->probability.type() == CV_8UC1 &&
           std::all_of(std::begin(mask->mask_from_shown.val), std::end(mask->mask_from_shown.val),
                       [](double v) { return std::isfinite(v); });
}

void read_person(const PersonMask* mask, cv::Rect where, cv::Mat& person, int step) {
    if (!is_usable(mask)) {
        person.create(where.height / step, where.width / step, CV_8UC1);
        person.setTo(255);
        return;
    }
    const cv::Matx23d& m = mask->mask_from_shown;
    const auto read = [&](double left, double top, int every, cv::Size size, cv::Mat& out) {
        const double middle = (every - 1) / 2.0;
        const double x = left + middle;
        const double y = top + middle;
        const cv::Matx23d mask_from_view(
            every * m(0, 0), every * m(0, 1), m(0, 0) * x + m(0, 1) * y + m(0, 2),  //
            every * m(1, 0), every * m(1, 1), m(1, 0) * x + m(1, 1) * y + m(1, 2));
        cv::warpAffine(mask->probability, out, mask_from_view, size,
                       cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT, 0);
    };
    const cv::Size size(where.width / step, where.height / step);
    const double across = std::hypot(m(0, 0), m(1, 0)), down = std::hypot(m(0, 1), m(1, 1));
    if (2 * step * std::max(across, down) > kFineMask) {
        read(where.x, where.y, step, size, person);
        return;
    }
    // With one pixel more on all sides, so that interpolation does not end at the edge.
    cv::Mat coarse, fine;
    read(where.x - 2 * step, where.y - 2 * step, 2 * step,
         {(size.width + 1) / 2 + 2, (size.height + 1) / 2 + 2}, coarse);
    cv::resize(coarse, fine, coarse.size() * 2, 0, 0, cv::INTER_LINEAR);
    person = fine({{2, 2}, size});
}

void cut_away(Patch& patch, const cv::Mat& kept, cv::Rect where) {
    const cv::Rect marked = cv::boundingRect(kept);
    // Interpolation carries a pixel into its neighbors.
    const cv::Rect touched(where.x + 2 * marked.x - 2, where.y + 2 * marked.y - 2,
                           2 * marked.width + 4, 2 * marked.height + 4);
    const cv::Rect part = marked.empty() ? cv::Rect() : patch.where & where & touched;
    const auto width = static_cast<std::size_t>(kept.cols);
    std::vector<std::uint16_t> buffer(width + 2), sums(2 * width);
    for (int y = part.y; y < part.br().y; ++y) {
        std::uint8_t* row =
            patch.rgba.ptr(y - patch.where.y) + 4 * std::ptrdiff_t{part.x - patch.where.x};
        const auto seen = pixel_row::visible(row, static_cast<std::size_t>(part.width));
        if (seen.empty()) {
            continue;
        }
        const int phase = y % 2;
        const int j = (y - where.y) / 2;
        const int beside = std::clamp(phase == 0 ? j - 1 : j + 1, 0, kept.rows - 1);
        pixel_row::enlarge(kept.ptr(j), kept.ptr(beside), 2, phase, width, buffer.data(),
                           sums.data());
        pixel_row::fade(row + 4 * seen.begin, seen.size(),
                        sums.data() + (part.x - where.x) + seen.begin);
    }
}

cv::Rect even_part(cv::Rect2d box, cv::Size frame) {
    const cv::Rect2d part = box & cv::Rect2d(0, 0, frame.width, frame.height);
    if (!(part.width > 0 && part.height > 0)) {
        return {};
    }
    const cv::Point low(static_cast<int>(part.x), static_cast<int>(part.y));
    const cv::Point high(static_cast<int>(std::ceil(part.x + part.width)),
                         static_cast<int>(std::ceil(part.y + part.height)));
    return align_to_chroma({low, high});
}

cv::Vec3b MedianColor::median() const {
    cv::Vec3b result;
    for (int c = 0; c < 3; ++c) {
        int below = 0;
        int value = 0;
        while (value < 255) {
            for (const auto& counts : counts_) {
                below += counts[static_cast<std::size_t>(c)][static_cast<std::size_t>(value)];
            }
            if (2 * below >= count_) {
                break;
            }
            ++value;
        }
        result[c] = static_cast<std::uint8_t>(value);
    }
    return result;
}

}  // namespace closet::occlusion
