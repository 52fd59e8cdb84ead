#include "warp/paint/wide_painter.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/color.h"
#include "warp/paint/frame_color.h"

namespace closet {
namespace {

/// The samples of a component in one line of a frame.
template <class T>
struct Line {
    std::uint8_t* data;
    int step, shift;

    Line(const AVFrame& frame, const AVComponentDescriptor& component, int y)
        : data(frame.data[component.plane] +
               static_cast<std::ptrdiff_t>(y) * frame.linesize[component.plane] + component.offset),
          step(component.step),
          shift(component.shift) {}

    T& at(int x) const {
        return *reinterpret_cast<T*>(data + static_cast<std::ptrdiff_t>(x) * step);
    }
    float read(int x) const { return static_cast<float>(at(x) >> shift); }
    void write(int x, float value, float max) const {
        const auto level = static_cast<unsigned>(std::clamp(value + 0.5F, 0.0F, max));
        at(x) = static_cast<T>((at(x) & ((1U << shift) - 1)) | (level << shift));
    }
};

float max_of(const AVComponentDescriptor& component) {
    return static_cast<float>((1 << component.depth) - 1);
}

const AVComponentDescriptor* alpha_of(const AVPixFmtDescriptor& format) {
    return (format.flags & AV_PIX_FMT_FLAG_ALPHA) != 0 ? &format.comp[format.nb_components - 1]
                                                       : nullptr;
}

struct FloatRow {
    float r, g, b, offset;

    explicit FloatRow(const SampleMatrix::Row& row)
        : r(static_cast<float>(row.rgb[0])),
          g(static_cast<float>(row.rgb[1])),
          b(static_cast<float>(row.rgb[2])),
          offset(static_cast<float>(row.offset)) {}

    /// The sample, times alpha.
    float of(const WidePainter::Row& row, std::size_t i) const {
        return r * row.r[i] + g * row.g[i] + b * row.b[i] + offset * row.a[i];
    }
};

/// Paints samples `from` .. `from + n - 1` of a row into a component, beginning at column x.
/// `under` are the shares that remain of what was there, already times (1 - alpha).
template <class T>
void over(const Line<T>& line, float max, const FloatRow& color, const WidePainter::Row& row,
          std::size_t from, std::size_t n, int x) {
    for (std::size_t i = from; i < from + n; ++i, ++x) {
        if (row.a[i] > 0.0F) {
            const float was = line.read(x) * row.under[i];
            line.write(x, (color.of(row, i) + was) / (row.a[i] + row.under[i]), max);
        }
    }
}

void paint_component(AVFrame& frame, const AVComponentDescriptor& component, const FloatRow& color,
                     const WidePainter::Row& row, std::size_t from, std::size_t n, int x, int y) {
    if (component.depth > 8) {
        over(Line<std::uint16_t>(frame, component, y), max_of(component), color, row, from, n, x);
    } else {
        over(Line<std::uint8_t>(frame, component, y), max_of(component), color, row, from, n, x);
    }
}

template <class T>
void raise_alpha(const Line<T>& line, float max, const WidePainter::Row& row, std::size_t from,
                 std::size_t n, int x) {
    for (std::size_t i = from; i < from + n; ++i, ++x) {
        if (row.a[i] > 0.0F) {
            line.write(x, (row.a[i] + row.under[i]) * max, max);
        }
    }
}

template <class T>
void read_alpha(const Line<T>& line, float max, int first, int width, std::vector<float>& alpha) {
    for (std::size_t i = 0; i < alpha.size(); ++i) {
        alpha[i] = line.read(std::clamp(first + static_cast<int>(i), 0, width - 1)) / max;
    }
}

void add_row(WidePainter::Row& sums, const WidePainter::Row& row, float weight) {
    const auto add = [weight](std::vector<float>& sum, const std::vector<float>& values) {
        for (std::size_t i = 0; i < sum.size(); ++i) {
            sum[i] += weight * values[i];
        }
    };
    add(sums.r, row.r);
    add(sums.g, row.g);
    add(sums.b, row.b);
    add(sums.a, row.a);
    add(sums.under, row.under);
}

/// Sums of 16 weights to means, at the positions of chroma samples.
void filter(ColumnFilter columns, const std::vector<float>& sums, std::vector<float>& means,
            std::size_t n) {
    means.resize(n + 1);
    for (std::size_t i = 0; i < n; ++i) {
        float sum = 0.0F;
        switch (columns) {
            case ColumnFilter::kOwn:
                sum = 4 * sums[i + 1];
                break;
            case ColumnFilter::kCosited:
                sum = sums[2 * i] + 2 * sums[2 * i + 1] + sums[2 * i + 2];
                break;
            case ColumnFilter::kCenterd:
                sum = 2 * (sums[2 * i + 1] + sums[2 * i + 2]);
                break;
        }
        means[i + 1] = sum / 16;
    }
}

void resize(WidePainter::Row& row, std::size_t n) {
    for (auto* plane : {&row.r, &row.g, &row.b, &row.a, &row.under}) {
        plane->assign(n, 0.0F);
    }
}

}  // namespace

/// Patch row y, transparent where the patch has none, and what shows through it.
void WidePainter::load(const AVFrame& frame, const Patch& patch, int y) {
    const auto width = static_cast<std::size_t>(patch.where.width);
    Row& to = row(y);
    resize(to, width + 1);
    if (y >= 0 && y < patch.where.height) {
        map_.convert(patch.rgba.ptr(y), width, &to.r[1], &to.g[1], &to.b[1], &to.a[1]);
    }
    const auto& format = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    if (const AVComponentDescriptor* alpha = alpha_of(format)) {
        const int line = std::clamp(patch.where.y + y, 0, frame.height - 1);
        const int first = patch.where.x - 1;
        if (alpha->depth > 8) {
            read_alpha(Line<std::uint16_t>(frame, *alpha, line), max_of(*alpha), first, frame.width,
                       to.under);
        } else {
            read_alpha(Line<std::uint8_t>(frame, *alpha, line), max_of(*alpha), first, frame.width,
                       to.under);
        }
    } else {
        std::fill(to.under.begin(), to.under.end(), 1.0F);
    }
    for (std::size_t i = 0; i <= width; ++i) {
        to.under[i] *= 1.0F - to.a[i];
    }
}

void WidePainter::paint(AVFrame& frame, const Patch& patch) {
    if (transfer_of(frame) != transfer_ || primaries_of(frame) != primaries_) {
        transfer_ = transfer_of(frame);
        primaries_ = primaries_of(frame);
        map_ = ColorMap(transfer_, primaries_);
    }
    const auto& format = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    const AVComponentDescriptor* alpha = alpha_of(format);
    const SampleMatrix matrix = sample_matrix(frame);
    const std::array colors{FloatRow(matrix.rows[0]), FloatRow(matrix.rows[1]),
                            FloatRow(matrix.rows[2])};
    const bool is_yuv = (format.flags & AV_PIX_FMT_FLAG_RGB) == 0;
    const bool has_chroma = is_yuv && format.nb_components >= 3;
    const FrameColor place = frame_color(frame);  // where chroma lies
    const cv::Rect& where = patch.where;
    const cv::Rect inside = where & cv::Rect(0, 0, frame.width, frame.height);
    const auto skip = static_cast<std::size_t>(inside.x - where.x) + 1;
    const auto count = static_cast<std::size_t>(inside.width);

    const int log2_width = has_chroma ? format.log2_chroma_w : 0;
    const int log2_height = has_chroma ? format.log2_chroma_h : 0;
    const auto chroma_samples = static_cast<std::size_t>(where.width >> log2_width);
    const int chroma_x = inside.x >> log2_width;
    const auto chroma_skip = static_cast<std::size_t>(chroma_x - (where.x >> log2_width)) + 1;
    const int chroma_end =
        std::min(where.br().x >> log2_width, AV_CEIL_RSHIFT(frame.width, log2_width));
    const auto chroma_count = static_cast<std::size_t>(std::max(chroma_end - chroma_x, 0));
    const int chroma_height = AV_CEIL_RSHIFT(frame.height, log2_height);

    // Chroma row j needs the patch rows 2j-1 .. 2j+2, so it is painted when the last one is there;
    // one row beyond the patch completes the last one.
    load(frame, patch, -1);
    for (int i = 0; i <= where.height; ++i) {
        load(frame, patch, i);
        const int y = where.y + i;
        if (i < where.height && y >= 0 && y < frame.height) {
            for (std::size_t c = 0; c < (is_yuv ? 1U : 3U); ++c) {
                paint_component(frame, format.comp[c], colors[c], row(i), skip, count, inside.x, y);
            }
            if (alpha != nullptr && alpha->depth > 8) {
                raise_alpha(Line<std::uint16_t>(frame, *alpha, y), max_of(*alpha), row(i), skip,
                            count, inside.x);
            } else if (alpha != nullptr) {
                raise_alpha(Line<std::uint8_t>(frame, *alpha, y), max_of(*alpha), row(i), skip,
                            count, inside.x);
            }
        }
        const int j = log2_height == 0 ? i : i / 2 - 1;
        const bool complete = log2_height == 0 ? i < where.height : i >= 2 && i % 2 == 0;
        const int chroma_y = (where.y >> log2_height) + j;
        if (!has_chroma || !complete || chroma_y < 0 || chroma_y >= chroma_height) {
            continue;
        }
        resize(sums_, static_cast<std::size_t>(where.width) + 1);
        for (int k = 0; k < 4; ++k) {
            const auto weight = static_cast<float>(place.row_weights[static_cast<std::size_t>(k)]);
            if (weight > 0.0F) {
                add_row(sums_, row((j << log2_height) - 1 + k), weight);
            }
        }
        filter(place.columns, sums_.r, chroma_.r, chroma_samples);
        filter(place.columns, sums_.g, chroma_.g, chroma_samples);
        filter(place.columns, sums_.b, chroma_.b, chroma_samples);
        filter(place.columns, sums_.a, chroma_.a, chroma_samples);
        filter(place.columns, sums_.under, chroma_.under, chroma_samples);
        for (std::size_t c = 1; c < 3; ++c) {
            paint_component(frame, format.comp[c], colors[c], chroma_, chroma_skip, chroma_count,
                            chroma_x, chroma_y);
        }
    }
}

}  // namespace closet
