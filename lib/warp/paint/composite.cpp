#include "warp/paint/composite.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/color.h"
#include "core/error.h"
#include "core/pixel_format.h"
#include "warp/paint/blend.h"
#include "warp/paint/color_map.h"
#include "warp/paint/color_profile.h"
#include "warp/paint/frame_color.h"
#include "warp/paint/pixel_row.h"
#include "warp/paint/wide_painter.h"

namespace closet {
namespace {

/// The columns of a patch that lie on a plane of samples.
struct Columns {
    std::size_t skip = 0;   ///< samples of the patch left of the frame
    std::size_t count = 0;  ///< samples on the frame
    int first = 0;          ///< the first one's column in the plane
};

/// Those of a range of a patch's samples.
Columns columns_on_plane(int patch_x, pixel_row::Span range, int plane_width) {
    const int first = std::max(patch_x + static_cast<int>(range.begin), 0);
    const int end = std::min(patch_x + static_cast<int>(range.end), plane_width);
    return {static_cast<std::size_t>(first - patch_x),
            static_cast<std::size_t>(std::max(end - first, 0)), first};
}

/// Address of a sample: 16-bit samples for T = uint16_t. Negative line sizes (bottom-up) are fine.
template <class T>
T* sample(AVFrame& frame, const AVComponentDescriptor& component, int x, int y) {
    return reinterpret_cast<T*>(frame.data[component.plane] +
                                static_cast<std::ptrdiff_t>(y) * frame.linesize[component.plane] +
                                static_cast<std::ptrdiff_t>(x) * component.step + component.offset);
}

/// True for what the integer kernels cover: SDR in 8 bits, and YUV and gray in 10 bits, opaque or
/// packed as four bytes.
bool has_kernel(const AVFrame& frame, const AVPixFmtDescriptor& format) {
    const bool rgb = (format.flags & AV_PIX_FMT_FLAG_RGB) != 0;
    const bool alpha = (format.flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
    const int depth = format.comp[0].depth;
    return (depth == 8 || (depth == 10 && !rgb)) && (!alpha || (rgb && format.comp[0].step == 4)) &&
           transfer_of(frame) == AVCOL_TRC_BT709;
}

}  // namespace

struct Composite::Scratch {
    std::array<RgbRow, 4> ring;  ///< patch row y in ring[y & 3]
    RowSums sums;
    ChromaRow chroma;
    std::vector<std::uint8_t> luma8;
    std::vector<std::uint16_t> luma10;
    WidePainter wide;
    std::vector<std::uint8_t> profile;           ///< of the last frame
    std::optional<ProfileTransform> to_profile;  ///< nothing where it is as good as sRGB

    AVColorPrimaries primaries = AVCOL_PRI_BT709;  ///< of the last frame
    ColorMap to_primaries;                         ///< for SDR with those

    /// Where the frame carries an ICC profile, the patch in its space; else the patch itself.
    Patch in_space_of(const AVFrame& frame, const Patch& patch);
    /// For the integer kernels.
    Patch in_primaries_of(const AVFrame& frame, const Patch& patch);

    RgbRow& row(int y) { return ring[static_cast<unsigned>(y) & 3U]; }

    /// Patch row y, transparent where the patch has none.
    RgbRow& load(const Patch& patch, int y) {
        const auto width = static_cast<std::size_t>(patch.rgba.cols);
        if (y >= 0 && y < patch.rgba.rows) {
            row(y).load(patch.rgba.ptr(y), width,
                        patch.seen.empty() ? nullptr : &patch.seen[static_cast<std::size_t>(y)]);
        } else {
            row(y).clear(width);
        }
        return row(y);
    }

    void paint_rgb(AVFrame& frame, const AVPixFmtDescriptor& format, const Patch& patch);
    void paint_yuv(AVFrame& frame, const AVPixFmtDescriptor& format, const Patch& patch);
    void paint_luma(AVFrame& frame, const AVComponentDescriptor& luma, const FrameColor& color,
                    const RgbRow& source, const Columns& columns, int y);
    void paint_chroma(AVFrame& frame, const AVPixFmtDescriptor& format, const Columns& columns,
                      int y);
};

Patch Composite::Scratch::in_space_of(const AVFrame& frame, const Patch& patch) {
    const AVFrameSideData* side = av_frame_get_side_data(&frame, AV_FRAME_DATA_ICC_PROFILE);
    const std::span<const std::uint8_t> bytes =
        side != nullptr ? std::span<const std::uint8_t>(side->data, side->size)
                        : std::span<const std::uint8_t>{};
    if (!std::equal(bytes.begin(), bytes.end(), profile.begin(), profile.end())) {
        profile.assign(bytes.begin(), bytes.end());
        to_profile =
            ProfileTransform::make(profile, ProfileTransform::Direction::kFromSrgb, CV_8UC4, true);
    }
    return to_profile ? Patch{patch.where, (*to_profile)(patch.rgba)} : patch;
}

Patch Composite::Scratch::in_primaries_of(const AVFrame& frame, const Patch& patch) {
    if (const AVColorPrimaries wanted = primaries_of(frame); wanted != primaries) {
        primaries = wanted;
        to_primaries = ColorMap(AVCOL_TRC_BT709, wanted);
    }
    return to_primaries.is_identity() ? patch
                                      : Patch{patch.where, to_primaries.convert8(patch.rgba)};
}

void Composite::Scratch::paint_rgb(AVFrame& frame, const AVPixFmtDescriptor& format,
                                   const Patch& patch) {
    const bool has_alpha = (format.flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
    for (int i = 0; i < patch.rgba.rows; ++i) {
        const int y = patch.where.y + i;
        if (y < 0 || y >= frame.height) {
            continue;
        }
        const RgbRow& source = load(patch, i);
        const Columns columns = columns_on_plane(patch.where.x, source.seen, frame.width);
        if (columns.count == 0) {
            continue;
        }
        const std::uint8_t* alpha = &source.a[columns.skip + 1];
        const std::array planes{&source.r[columns.skip + 1], &source.g[columns.skip + 1],
                                &source.b[columns.skip + 1]};
        if (has_alpha) {
            const bool red_first = format.comp[0].offset == 0;
            blend::row_with_alpha(frame.data[0] + std::ptrdiff_t{y} * frame.linesize[0] +
                                      std::ptrdiff_t{columns.first} * 4,
                                  planes[red_first ? 0 : 2], planes[1], planes[red_first ? 2 : 0],
                                  alpha, columns.count);
            continue;
        }
        for (std::size_t c = 0; c < 3; ++c) {
            const AVComponentDescriptor& component = format.comp[c];
            blend::row8(sample<std::uint8_t>(frame, component, columns.first, y),
                        static_cast<std::size_t>(component.step), planes[c], alpha, columns.count);
        }
    }
}

void Composite::Scratch::paint_luma(AVFrame& frame, const AVComponentDescriptor& luma,
                                    const FrameColor& color, const RgbRow& source,
                                    const Columns& columns, int y) {
    const std::uint8_t* alpha = &source.a[columns.skip + 1];
    if (luma.depth == 8) {
        luma8.resize(columns.count);
        luma_row(luma8.data(), source, columns.skip, color.y, columns.count);
        blend::row8(sample<std::uint8_t>(frame, luma, columns.first, y), 1, luma8.data(), alpha,
                    columns.count);
    } else {
        luma10.resize(columns.count);
        luma_row(luma10.data(), source, columns.skip, color.y, columns.count);
        blend::row10(sample<std::uint16_t>(frame, luma, columns.first, y), luma.shift,
                     luma10.data(), alpha, columns.count);
    }
}

void Composite::Scratch::paint_chroma(AVFrame& frame, const AVPixFmtDescriptor& format,
                                      const Columns& columns, int y) {
    const AVComponentDescriptor& u = format.comp[1];
    const AVComponentDescriptor& v = format.comp[2];
    const std::int32_t* source_u = chroma.u.data() + columns.skip;
    const std::int32_t* source_v = chroma.v.data() + columns.skip;
    const std::uint32_t* alpha = chroma.a.data() + columns.skip;
    const bool pair = u.plane == v.plane;  // nv12 and p010: U first
    if (u.depth == 8) {
        auto* dst = sample<std::uint8_t>(frame, u, columns.first, y);
        if (pair) {
            blend::sums8_pair(dst, source_u, source_v, alpha, columns.count);
        } else {
            blend::sums8(dst, source_u, alpha, columns.count);
            blend::sums8(sample<std::uint8_t>(frame, v, columns.first, y), source_v, alpha,
                         columns.count);
        }
    } else {
        auto* dst = sample<std::uint16_t>(frame, u, columns.first, y);
        if (pair) {
            blend::sums10_pair(dst, u.shift, source_u, source_v, alpha, columns.count);
        } else {
            blend::sums10(dst, source_u, alpha, columns.count);
            blend::sums10(sample<std::uint16_t>(frame, v, columns.first, y), source_v, alpha,
                          columns.count);
        }
    }
}

void Composite::Scratch::paint_yuv(AVFrame& frame, const AVPixFmtDescriptor& format,
                                   const Patch& patch) {
    const FrameColor color = frame_color(frame);
    const bool has_chroma = format.nb_components >= 3;
    const int log2_width = format.log2_chroma_w;
    const int log2_height = format.log2_chroma_h;
    const cv::Rect& where = patch.where;
    const int chroma_height = AV_CEIL_RSHIFT(frame.height, log2_height);
    const auto chroma_samples = static_cast<std::size_t>(where.width >> log2_width);
    const int chroma_width = AV_CEIL_RSHIFT(frame.width, log2_width);

    // Chroma row j needs the patch rows 2j-1 .. 2j+2, so it is painted when the last one is there;
    // one row beyond the patch completes the last one.
    load(patch, -1);
    for (int i = 0; i <= where.height; ++i) {
        const RgbRow& source = load(patch, i);
        const int y = where.y + i;
        const Columns luma_columns = columns_on_plane(where.x, source.seen, frame.width);
        if (i < where.height && y >= 0 && y < frame.height && luma_columns.count > 0) {
            paint_luma(frame, format.comp[0], color, source, luma_columns, y);
        }
        const int j = log2_height == 0 ? i : i / 2 - 1;
        const bool complete = log2_height == 0 ? i < where.height : i >= 2 && i % 2 == 0;
        const int chroma_y = (where.y >> log2_height) + j;
        if (!has_chroma || !complete || chroma_y < 0 || chroma_y >= chroma_height) {
            continue;
        }
        std::array<const RgbRow*, 4> near{};
        pixel_row::Span seen{static_cast<std::size_t>(where.width), 0};
        for (std::size_t k = 0; k < near.size(); ++k) {
            const RgbRow& one = row((j << log2_height) - 1 + static_cast<int>(k));
            if (color.row_weights[k] != 0 && !one.seen.empty()) {
                near[k] = &one;
                seen = {std::min(seen.begin, one.seen.begin), std::max(seen.end, one.seen.end)};
            }
        }
        // A sample looks at pixels from the one before its own to the one behind.
        const pixel_row::Span samples{seen.begin >> log2_width,
                                      std::min((seen.end >> log2_width) + 1, chroma_samples)};
        const Columns chroma_columns =
            columns_on_plane(where.x >> log2_width, samples, chroma_width);
        if (seen.empty() || chroma_columns.count == 0) {
            continue;
        }
        sums.clear(static_cast<std::size_t>(where.width),
                   {samples.begin << log2_width, samples.end << log2_width});
        for (std::size_t k = 0; k < near.size(); ++k) {
            if (near[k] != nullptr) {
                sums.add(*near[k], color.row_weights[k]);
            }
        }
        chroma.load(sums, color, samples);
        paint_chroma(frame, format, chroma_columns, chroma_y);
    }
}

Composite::Composite() : scratch_(std::make_unique<Scratch>()) {}
Composite::~Composite() = default;
Composite::Composite(Composite&&) noexcept = default;
Composite& Composite::operator=(Composite&&) noexcept = default;

void Composite::paint(AVFrame& frame, const Patch& patch) {
    const auto format = static_cast<AVPixelFormat>(frame.format);
    if (!is_paintable(format)) {
        const char* name = av_get_pix_fmt_name(format);
        throw MediaError(
            fmt::format("cannot paint into frames of pixel format {}: convert the "
                        "video to a format such as yuv420p first",
                        name != nullptr ? name : "unknown"));
    }
    const cv::Rect& where = patch.where;
    if (align_to_chroma(where) != where || patch.rgba.size() != where.size() ||
        patch.rgba.type() != CV_8UC4) {
        throw std::invalid_argument("a patch needs an even rectangle and RGBA pixels of its size");
    }
    if ((where & cv::Rect(0, 0, frame.width, frame.height)).empty()) {
        return;
    }
    const AVPixFmtDescriptor& descriptor = *av_pix_fmt_desc_get(format);
    const Patch own = patch.is_native ? patch : scratch_->in_space_of(frame, patch);
    if (!has_kernel(frame, descriptor)) {
        scratch_->wide.paint(frame, own);
        return;
    }
    const Patch fitting = patch.is_native ? own : scratch_->in_primaries_of(frame, own);
    if ((descriptor.flags & AV_PIX_FMT_FLAG_RGB) != 0) {
        scratch_->paint_rgb(frame, descriptor, fitting);
    } else {
        scratch_->paint_yuv(frame, descriptor, fitting);
    }
}

void WritableFrames::make_writable(AVFrame& frame) {
    if (av_frame_is_writable(&frame) > 0) {
        return;
    }
    AvFrame copy = pool_.get(static_cast<AVPixelFormat>(frame.format), frame.width, frame.height);
    av_check(av_frame_copy(copy.get(), &frame), "cannot copy a decoded frame");
    av_check(av_frame_copy_props(copy.get(), &frame), "cannot copy a decoded frame");
    av_frame_unref(&frame);
    av_frame_move_ref(&frame, copy.get());
}

}  // namespace closet
