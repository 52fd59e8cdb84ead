#include "models/nhwc/winograd.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "models/nhwc/activate.h"

namespace closet {
namespace {

constexpr std::int64_t kTile = 2;  // output pixels along an axis
// Points of a band of tiles: what stays in the cache while the weights of all points pass, which
// are read again for each band.
constexpr std::int64_t kBandBytes = std::int64_t{1} << 20;
constexpr std::int64_t kMostBandRows = 128;
// Blocks of a kernel of 7 x 7 are four pixels apart.
constexpr std::int64_t kTilesApart = 4 / kTile;

/// Where it pays, as measured in AVX2 and AVX-512.
struct Least {
    std::int64_t channels, outputs, tiles;
};
Least least_of(const KernelWindow& window) {
    // With stride 2 less is saved, and weights are 25 / 9 of the kernel's: more pixels must share
    // them.
    return window.stride_h == 2   ? Least{64, 64, 48}
           : window.kernel_h == 3 ? Least{16, 32, 12}
                                  : Least{32, 32, 12};
}

/// G of Note [Winograd]: a row for each point, a column for each tap.
using Row = std::array<double, 4>;
constexpr std::array<Row, 4> kThreeTaps{
    {{1, 0, 0, 0}, {.5, .5, .5, 0}, {.5, -.5, .5, 0}, {0, 0, 1, 0}}};
constexpr std::array<Row, 5> kFourTaps{{{1. / 2, 0, 0, 0},
                                        {-1. / 2, -1. / 2, -1. / 2, -1. / 2},
                                        {-1. / 6, 1. / 6, -1. / 6, 1. / 6},
                                        {1. / 6, 2. / 6, 4. / 6, 8. / 6},
                                        {0, 0, 0, 1}}};
constexpr std::array<Row, 5> kStrided{
    {{1, 0, 0, 0}, {1, 0, 1, 0}, {0, 0, 1, 0}, {0, 1, 0, 0}, {0, 1, 0, 0}}};
constexpr std::size_t kMostPoints = kFourTaps.size();

/// How a kernel is taken apart along an axis.
struct Method {
    std::span<const Row> rows;  ///< one a point
    int taps, blocks;           ///< of a block, and blocks of the kernel
};
Method method_of(const KernelWindow& window) {
    if (window.kernel_h == 7) {
        return {kFourTaps, 4, 2};
    }
    return {window.stride_h == 1 ? std::span<const Row>(kThreeTaps) : kStrided, 3, 1};
}

/// The weights of one point: a convolution over the grid of tiles.
ConvNode at_point(const ConvNode& conv, std::size_t channels, const Row& down, const Row& across) {
    const Method method = method_of(conv.window);
    const auto taps = static_cast<std::size_t>(method.taps);
    const auto blocks = static_cast<std::size_t>(method.blocks);
    const auto kernel = static_cast<std::size_t>(conv.window.kernel_h);
    const std::size_t outputs = conv.bias.size();
    ConvNode point;
    point.window.kernel_h = point.window.kernel_w = method.blocks;
    point.bias.resize(outputs);
    point.weights.resize(outputs * blocks * blocks * channels);
    std::vector<double> sums(channels);
    for (std::size_t output = 0; output < outputs; ++output) {
        for (std::size_t block = 0; block < blocks * blocks; ++block) {
            std::fill(sums.begin(), sums.end(), 0);
            for (std::size_t tap = 0; tap < taps * taps; ++tap) {
                const std::size_t y = block / blocks * taps + tap / taps;
                const std::size_t x = block % blocks * taps + tap % taps;
                const double factor = down[tap / taps] * across[tap % taps];
                if (y >= kernel || x >= kernel || factor == 0) {
                    continue;
                }
                const float* const from =
                    &conv.weights[((output * kernel + y) * kernel + x) * channels];
                for (std::size_t c = 0; c < channels; ++c) {
                    sums[c] += factor * static_cast<double>(from[c]);
                }
            }
            std::transform(sums.begin(), sums.end(),
                           &point.weights[(output * blocks * blocks + block) * channels],
                           [](double sum) { return static_cast<float>(sum); });
        }
    }
    return point;
}

std::int64_t tiles_of(std::int64_t pixels) {
    return (pixels + kTile - 1) / kTile;
}

}  // namespace

bool winograd_pays(const ConvNode& conv, std::int64_t channels, std::int64_t height,
                   std::int64_t width) {
    const KernelWindow& window = conv.window;
    const bool known = window.kernel_h == 3 || window.kernel_h == 7;
    const std::int64_t stride = window.kernel_h == 3 && window.stride_h == 2 ? 2 : 1;
    const KernelWindow plain = {.kernel_h = window.kernel_h,
                                .kernel_w = window.kernel_h,
                                .stride_h = stride,
                                .stride_w = stride,
                                .pad_top = window.pad_top,
                                .pad_bottom = window.pad_bottom,
                                .pad_left = window.pad_left,
                                .pad_right = window.pad_right};
    const auto outputs = static_cast<std::int64_t>(conv.bias.size());
    const Least least = least_of(window);
    return known && window == plain && !conv.depthwise && !needs_pass(conv.activation) &&
           channels >= least.channels && outputs >= least.outputs &&
           tiles_of(height) * tiles_of(width) >= least.tiles;
}

/// A number of rows of tiles, in the scratch memory: their points, then the products.
struct Winograd::Band {
    std::int64_t rows, columns;          ///< tiles of the result
    std::int64_t in_rows, in_columns;    ///< and tiles that these see
    std::ptrdiff_t in_plane, out_plane;  ///< floats from one point's to the next one's
    std::ptrdiff_t floats;               ///< in all
};

Winograd::Winograd(const ConvNode& conv, const NhwcKernels& kernels, std::int64_t columns)
    : window_(conv.window),
      points_(static_cast<int>(method_of(conv.window).rows.size())),
      blocks_(method_of(conv.window).blocks),
      channels_(static_cast<int>(conv.weights.size() / conv.bias.size()) /
                static_cast<int>(conv.window.kernel_h * conv.window.kernel_w)),
      kernels_(&kernels) {
    const auto vectors = [&](int channels) {
        return (channels + kernels.lanes - 1) / kernels.lanes;
    };
    in_pitch_ = vectors(channels_) * kernels.lanes;
    vectors_ = vectors(static_cast<int>(conv.bias.size()));
    out_pitch_ = vectors_ * kernels.lanes;
    widest_ = kernels.widest_block(static_cast<int>(tiles_of(columns)));
    const auto channels = static_cast<std::size_t>(channels_);
    const std::span<const Row> rows = method_of(window_).rows;
    for (const Row& down : rows) {
        for (const Row& across : rows) {
            weights_.push_back(
                pack_dense(at_point(conv, channels, down, across), kernels, vectors_, widest_));
        }
    }
    bias_ = pack_bias(conv, out_pitch_);
    ConvNode nothing;
    nothing.bias.resize(conv.bias.size());
    no_bias_ = pack_bias(nothing, out_pitch_);
}

Winograd::Band Winograd::lay_out(std::int64_t rows, std::int64_t columns) const {
    Band band{};
    const std::int64_t more = kTilesApart * (blocks_ - 1);
    const std::int64_t planes = std::int64_t{points_} * points_;
    band.columns = tiles_of(columns);
    band.in_columns = band.columns + more;
    const std::int64_t row_bytes = planes *
                                   (band.in_columns * in_pitch_ + band.columns * out_pitch_) *
                                   static_cast<std::int64_t>(sizeof(float));
    band.rows = std::clamp<std::int64_t>(kBandBytes / row_bytes, 1,
                                         std::min(tiles_of(rows), kMostBandRows));
    band.in_rows = band.rows + more;
    band.in_plane = band.in_rows * band.in_columns * in_pitch_;
    band.out_plane = band.rows * band.columns * out_pitch_;
    band.floats = planes * (band.in_plane + band.out_plane);
    return band;
}

std::size_t Winograd::scratch_bytes(std::int64_t rows, std::int64_t columns) const {
    return static_cast<std::size_t>(lay_out(rows, columns).floats) * sizeof(float);
}

std::int64_t Winograd::rows_at_once(std::int64_t rows, std::int64_t columns) const {
    return lay_out(rows, columns).rows * kTile;
}

void Winograd::run(const Picture& in, const ConvTask& out, std::int64_t first, std::int64_t end,
                   std::byte* scratch) const {
    const Band band = lay_out(window_.result_rows(in.height), out.pixels);
    auto* const points = reinterpret_cast<float*>(scratch);
    float* const products = points + points_ * points_ * band.in_plane;
    for (std::int64_t tile = first / kTile; tile * kTile < end; tile += band.rows) {
        const std::int64_t rows = std::min(band.rows, tiles_of(end) - tile);
        for (std::int64_t y = 0; y < rows + band.in_rows - band.rows; ++y) {
            take_row(in, band, (tile + y) * kTile, points + y * band.in_columns * in_pitch_);
        }
        multiply(band, rows, points, products);
        for (std::int64_t y = 0; y < rows; ++y) {
            const std::int64_t top = (tile + y) * kTile;
            ConvTask task = out;
            task.bias = reinterpret_cast<const float*>(bias_.get());
            task.vectors = vectors_;
            task.out = static_cast<float*>(out.out) + top * out.out_row;
            if (out.finish.residual != nullptr) {
                task.finish.residual =
                    static_cast<const float*>(out.finish.residual) + top * out.finish.residual_row;
            }
            kernels_->write_tiles(
                {.points = points_,
                 .stride = static_cast<int>(window_.stride_h),
                 .from = products + y * band.columns * out_pitch_,
                 .planes = band.out_plane,
                 .tiles = static_cast<int>(band.columns),
                 .first = static_cast<int>(std::max(first - top, std::int64_t{0})),
                 .end = static_cast<int>(std::min(end - top, kTile)),
                 .conv = &task});
        }
    }
}

/// The points of the tiles whose outputs would begin in row `top`.
void Winograd::take_row(const Picture& in, const Band& band, std::int64_t top, float* to) const {
    std::array<const float*, kMostPoints> rows{};
    for (std::int64_t i = 0; i < points_; ++i) {
        const std::int64_t y = top * window_.stride_h - window_.pad_top + i;
        rows[static_cast<std::size_t>(i)] =
            y < 0 || y >= in.height ? nullptr : in.first + y * in.row;
    }
    kernels_->read_tiles({.points = points_,
                          .stride = static_cast<int>(window_.stride_h),
                          .rows = rows.data(),
                          .pixel = in.pixel,
                          .width = static_cast<int>(in.width),
                          .before = static_cast<int>(window_.pad_left),
                          .tiles = static_cast<int>(band.in_columns),
                          .vectors = in_pitch_ / kernels_->lanes,
                          .to = to,
                          .planes = band.in_plane});
}

void Winograd::multiply(const Band& band, std::int64_t tile_rows, const float* points,
                        float* products) const {
    std::array<const void*, kMostBandRows * 2> rows{};
    ConvTask task{};
    task.rows = rows.data();
    // Where a tile sees no others a band is one long row.
    const bool flat = blocks_ == 1;
    task.out_rows = flat ? 1 : static_cast<int>(tile_rows);
    task.pixels = static_cast<int>(flat ? tile_rows * band.columns : band.columns);
    task.kernel_h = task.kernel_w = blocks_;
    task.channels = channels_;
    task.tap_step = kTilesApart * in_pitch_;
    task.pixel_step = in_pitch_;
    task.bias = reinterpret_cast<const float*>(no_bias_.get());
    task.vectors = vectors_;
    task.widest = widest_;
    task.out_step = out_pitch_;
    task.out_row = band.columns * out_pitch_;
    task.float_out = true;
    task.finish.low = -std::numeric_limits<float>::infinity();
    task.finish.high = std::numeric_limits<float>::infinity();
    for (const AlignedBytes& weights : weights_) {
        for (std::int64_t i = 0; i < std::int64_t{task.out_rows} * blocks_; ++i) {
            const std::int64_t row = i / blocks_ + i % blocks_ * kTilesApart;
            rows[static_cast<std::size_t>(i)] = points + row * band.in_columns * in_pitch_;
        }
        task.weights = weights.get();
        task.out = products;
        kernels_->conv(task);
        points += band.in_plane;
        products += band.out_plane;
    }
}

}  // namespace closet
