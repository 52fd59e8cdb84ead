#include "bench/quality/garment_similarity.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet::bench {
namespace {

/// More frames narrow the interval little: neighbors are alike.
constexpr std::int64_t kMostPictures = 48;
/// Of all pictures kept of one run.
constexpr std::size_t kMostBytes = 192U << 20U;

/// LPIPS sees the garment's box, grown to this and to whole multiples of kBoxStep: its network is
/// laid down for each size anew, and boxes of neighboring frames differ by a few pixels.
constexpr int kLeastBox = 64;
constexpr int kBoxStep = 32;

/// Length and place of a span that covers [from, from + length) inside 0..whole.
std::pair<int, int> grown(int from, int length, int whole) {
    const int wanted = std::max(kLeastBox, (length + kBoxStep - 1) / kBoxStep * kBoxStep);
    const int size = std::min(wanted, whole);
    return {std::clamp(from - (size - length) / 2, 0, whole - size), size};
}

std::optional<double> perceptual_distance(const DressedPicture& reference,
                                          const DressedPicture& tested, const cv::Mat& painted,
                                          const PerceptualDistance& distance) {
    if (reference.rgb.empty() || reference.rgb.size() != tested.rgb.size() || !distance) {
        return std::nullopt;
    }
    cv::Mat seen = painted;
    if (painted.size() != reference.rgb.size()) {  // pixels that are not square
        cv::resize(painted, seen, reference.rgb.size(), 0, 0, cv::INTER_NEAREST_EXACT);
    }
    const cv::Rect around = cv::boundingRect(seen);
    const auto [x, width] = grown(around.x, around.width, seen.cols);
    const auto [y, height] = grown(around.y, around.height, seen.rows);
    const cv::Rect box(x, y, width, height);
    return distance(reference.rgb(box), tested.rgb(box));
}

}  // namespace

std::optional<DressedPicture> keep_picture(const AVFrame& frame, const cv::Mat& matte) {
    std::optional<Luma> luma = luma_of(frame);
    if (!luma || matte.size() != luma->samples.size()) {
        return std::nullopt;
    }
    DressedPicture picture;
    picture.luma = std::move(luma->samples);
    picture.peak = luma->peak;
    matte.copyTo(picture.matte);
    return picture;
}

std::optional<GarmentSimilarity> compare_dressed(const DressedPicture& reference,
                                                 const DressedPicture& tested,
                                                 const PerceptualDistance& distance) {
    if (reference.luma.size() != tested.luma.size() || reference.peak != tested.peak) {
        throw std::invalid_argument("the pictures compared are of different size or depth");
    }
    const cv::Mat painted = (reference.matte != 0) | (tested.matte != 0);
    if (cv::countNonZero(painted) == 0) {
        return std::nullopt;
    }
    constexpr int kMargin = kSimilarityReachPx;
    cv::Rect box = cv::boundingRect(painted);
    box = cv::Rect(box.x - kMargin, box.y - kMargin, box.width + 2 * kMargin,
                   box.height + 2 * kMargin) &
          cv::Rect({}, painted.size());
    const Similarity alike =
        measure_similarity(reference.luma(box), tested.luma(box), reference.peak, painted(box));
    return GarmentSimilarity{alike, perceptual_distance(reference, tested, painted, distance)};
}

std::vector<std::int64_t> frames_to_compare(std::int64_t frames, std::size_t bytes_a_picture) {
    const auto fitting =
        static_cast<std::int64_t>(kMostBytes / std::max<std::size_t>(bytes_a_picture, 1));
    const std::int64_t count =
        std::min({frames, kMostPictures, std::max<std::int64_t>(fitting, 2)});
    std::vector<std::int64_t> chosen;
    for (std::int64_t i = 0; i < count; ++i) {
        chosen.push_back(count == 1 ? 0 : i * (frames - 1) / (count - 1));
    }
    return chosen;
}

}  // namespace closet::bench
