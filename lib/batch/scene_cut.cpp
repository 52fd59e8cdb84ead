#include "batch/scene_cut.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <opencv2/core/mat.hpp>

#include "batch/planes.h"
#include "core/device_picture.h"

namespace closet {
namespace {

constexpr int kSamples = 4;    ///< a cell's mean is taken from 4 x 4 samples
constexpr int kMaxShiftX = 4;  ///< cells: a pan of an eighth of the width from frame to frame
constexpr int kMaxShiftY = 2;  ///< cells: a tilt of a ninth of the height

/// A flatter picture (black, white, deep in a fade) has no layout to compare, gray levels.
constexpr float kFlat = 2.0F;

/// Brighter cells may have been cut off at white, which is not a change of layout, gray levels.
constexpr float kSaturated = 250.0F;
constexpr float kLeastShare = 0.15F;  ///< of the grid that must be left for a comparison

// Measured between neighbors of continuous clips (hand-held, one frame in eight taken, people
// walking past): layout at most .07. Between 15 unrelated photos, four of them from one studio:
// layout .27 to 1.04, tone .27 to .82.
constexpr float kLeastLayout = 0.18F;
constexpr float kLeastTone = 0.12F;
constexpr float kOtherLayout = 0.5F;  ///< a cut even where the brightness is distributed alike

// Where the picture has just been changing a lot, a cut must stand out from that.
constexpr float kJump = 2.5F;
constexpr float kCalmDown = 0.8F;      ///< of the activity that is left a frame later
constexpr float kMostActivity = 0.2F;  ///< so that unrelated pictures remain a cut

/// Correlation of `a` with `b` moved by (dx, dy) cells, over the cells that both have and that are
/// saturated in neither; -1..1. -1 also where too little is left to compare.
float correlation(const LumaSignature& a, const LumaSignature& b, int dx, int dy) {
    constexpr int kColumns = LumaSignature::kColumns;
    const int left = std::max(0, dx);
    const int right = std::min(kColumns, kColumns + dx);
    const int top = std::max(0, dy);
    const int bottom = std::min(LumaSignature::kRows, LumaSignature::kRows + dy);
    float count = 0, sum_a = 0, sum_b = 0, sum_aa = 0, sum_bb = 0, sum_ab = 0;
    for (int y = top; y < bottom; ++y) {
        const float* row_a = &a.grid[static_cast<std::size_t>(y) * kColumns];
        const float* row_b = &b.grid[static_cast<std::size_t>(y - dy) * kColumns];
        for (int x = left; x < right; ++x) {
            const float usable = std::max(row_a[x], row_b[x - dx]) < kSaturated ? 1.0F : 0.0F;
            const float va = row_a[x] * usable;
            const float vb = row_b[x - dx] * usable;
            count += usable;
            sum_a += va;
            sum_b += vb;
            sum_aa += va * va;
            sum_bb += vb * vb;
            sum_ab += va * vb;
        }
    }
    if (count < kLeastShare * static_cast<float>(a.grid.size())) {
        return -1.0F;
    }
    const float variance_a = sum_aa - sum_a * sum_a / count;
    const float variance_b = sum_bb - sum_b * sum_b / count;
    const float least = kFlat * kFlat * count / 4.0F;
    if (variance_a < least || variance_b < least) {
        return -1.0F;
    }
    return (sum_ab - sum_a * sum_b / count) / std::sqrt(variance_a * variance_b);
}

constexpr int kAcross = LumaSignature::kColumns * kSamples;
constexpr int kDown = LumaSignature::kRows * kSamples;

LumaSignature signature_of(const cv::Mat1b& samples) {
    LumaSignature signature;
    for (int j = 0; j < kDown; ++j) {
        for (int i = 0; i < kAcross; ++i) {
            const std::uint8_t value = samples(j, i);
            const int cell = j / kSamples * LumaSignature::kColumns + i / kSamples;
            signature.grid[static_cast<std::size_t>(cell)] += value;
            signature.histogram[value * LumaSignature::kBins / 256] += 1.0F;
        }
    }
    for (float& cell : signature.grid) {
        cell /= kSamples * kSamples;
    }
    for (float& bin : signature.histogram) {
        bin /= kAcross * kDown;
    }
    const auto cells = static_cast<float>(signature.grid.size());
    const float mean = std::accumulate(signature.grid.begin(), signature.grid.end(), 0.0F) / cells;
    float squares = 0;
    for (const float cell : signature.grid) {
        squares += (cell - mean) * (cell - mean);
    }
    signature.contrast = std::sqrt(squares / cells);
    return signature;
}

}  // namespace

LumaSignature luma_signature(const AVFrame& image) {
    const LumaReader luma(image);
    cv::Mat1b samples(kDown, kAcross);
    for (int j = 0; j < kDown; ++j) {
        const int y = (2 * j + 1) * luma.height() / (2 * kDown);
        for (int i = 0; i < kAcross; ++i) {
            samples(j, i) = luma.at((2 * i + 1) * luma.width() / (2 * kAcross), y);
        }
    }
    return signature_of(samples);
}

LumaSignature luma_signature(const Frame& frame) {
    if (!frame.on_device) {
        return luma_signature(*frame.image);
    }
    cv::Mat1b samples(kDown, kAcross);
    read_device_luma(frame, samples);
    return signature_of(samples);
}

float layout_distance(const LumaSignature& a, const LumaSignature& b) {
    float best = -1.0F;
    for (int dy = -kMaxShiftY; dy <= kMaxShiftY; ++dy) {
        for (int dx = -kMaxShiftX; dx <= kMaxShiftX; ++dx) {
            best = std::max(best, correlation(a, b, dx, dy));
        }
    }
    return 1.0F - best;
}

float tone_distance(const LumaSignature& a, const LumaSignature& b) {
    float difference = 0;
    for (std::size_t i = 0; i < LumaSignature::kBins; ++i) {
        difference += std::abs(a.histogram[i] - b.histogram[i]);
    }
    return difference / 2.0F;
}

bool SceneCutDetector::is_cut(const LumaSignature& now) {
    if (!last_) {
        last_ = now;
        return true;
    }
    if (now.contrast < kFlat) {
        return false;  // compare what follows a flash or a fade with what came before it
    }
    const float layout = layout_distance(*last_, now);
    const float tone = tone_distance(*last_, now);
    const bool cut = layout > std::max(kLeastLayout, kJump * activity_) &&
                     (tone > kLeastTone || layout > kOtherLayout);
    activity_ = cut ? 0.0F : std::min(std::max(layout, kCalmDown * activity_), kMostActivity);
    last_ = now;
    return cut;
}

}  // namespace closet
