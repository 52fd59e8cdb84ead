#include "restore/aligned_face.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/picture_geometry.h"
#include "infer/faces/face.h"

namespace closet {
namespace {

/// Beyond the picture, R G B (facexlib: B G R 135, 133, 132).
const cv::Scalar kBeyond(132, 133, 135);

/// Of the mask (facexlib's paste_faces_to_input_image): it falls from full to nothing over two
/// times 1 / kMaskEdge of the square's side, within the square.
constexpr int kMaskEdge = 20;

/// Of OpenCV's estimateAffinePartial2D: LMEDS for a confidence of 0.99, pairs, 45 % outliers.
constexpr int kTrials = 13;

/// OpenCV's cv::RNG (multiply with carry), as it is seeded there.
class RandomIndex {
  public:
    std::size_t next(std::size_t below) {
        state_ = (state_ & kLow) * 4164903690U + (state_ >> 32U);
        return static_cast<std::size_t>((state_ & kLow) % below);
    }

  private:
    static constexpr std::uint64_t kLow = 0xFFFFFFFFU;
    std::uint64_t state_ = std::numeric_limits<std::uint64_t>::max();
};

double squared_error(const cv::Matx23d& matrix, cv::Point2f from, cv::Point2f to) {
    const cv::Point2d off = apply(matrix, from) - cv::Point2d(to);
    return off.dot(off);
}

/// The similarity of a pair with the smallest median of squared errors.
std::pair<cv::Matx23d, double> least_median(const FacePoints& points) {
    std::pair<cv::Matx23d, double> best{{}, std::numeric_limits<double>::infinity()};
    RandomIndex random;
    for (int trial = 0; trial < kTrials; ++trial) {
        const std::size_t i = random.next(points.size());
        std::size_t j = random.next(points.size());
        while (j == i) {
            j = random.next(points.size());
        }
        const std::array from{points[i], points[j]};
        const std::array to{AlignedFace::kPoints[i], AlignedFace::kPoints[j]};
        const cv::Matx23d matrix = best_similarity(from, to);
        std::array<double, 5> errors{};
        for (std::size_t k = 0; k < errors.size(); ++k) {
            errors[k] = squared_error(matrix, points[k], AlignedFace::kPoints[k]);
        }
        std::nth_element(errors.begin(), errors.begin() + 2, errors.end());
        if (errors[2] < best.second) {
            best = {matrix, errors[2]};
        }
    }
    return best;
}

/// The similarity for a square of another size. Pixel centers are at integers in both.
cv::Matx23d similarity_at(const AlignedFace& face, int side) {
    const double scale = side / AlignedFace::kSide;
    cv::Matx23d matrix = face.square_from_picture * scale;
    matrix(0, 2) += 0.5 * scale - 0.5;
    matrix(1, 2) += 0.5 * scale - 0.5;
    return matrix;
}

}  // namespace

const FacePoints AlignedFace::kPoints{
    cv::Point2f{192.98138F, 239.94708F}, cv::Point2f{318.90277F, 240.1936F},
    cv::Point2f{256.63416F, 314.01935F}, cv::Point2f{201.26117F, 371.41043F},
    cv::Point2f{313.08905F, 371.15118F}};

double AlignedFace::side_px() const {
    return kSide / std::hypot(square_from_picture(0, 0), square_from_picture(1, 0));
}

std::optional<AlignedFace> align(const FacePoints& points, std::array<bool, 5>* fits) {
    constexpr double kLeastPx = 1, kMostPx = 1e5;  // of the face and its square
    if (!std::all_of(points.begin(), points.end(), [](cv::Point2f point) {
            return std::isfinite(point.x) && std::isfinite(point.y);
        })) {
        return std::nullopt;
    }
    const auto apart = [&](cv::Point2f point) { return cv::norm(point - points[0]) >= kLeastPx; };
    if (std::none_of(points.begin(), points.end(), apart)) {
        return std::nullopt;
    }
    const auto [guess, median] = least_median(points);
    // 1.4826: from the median to the deviation of normal errors (Rousseeuw and Leroy 1987).
    const double sigma = std::max(2.5 * 1.4826 * (1.0 + 5.0 / 3.0) * std::sqrt(median), 0.001);
    std::vector<cv::Point2f> from, to;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const bool counts =
            squared_error(guess, points[i], AlignedFace::kPoints[i]) <= sigma * sigma;
        if (counts) {
            from.push_back(points[i]);
            to.push_back(AlignedFace::kPoints[i]);
        }
        if (fits != nullptr) {
            (*fits)[i] = counts;
        }
    }
    const AlignedFace face{best_similarity(from, to)};
    const double side = face.side_px();
    return side >= kLeastPx && side <= kMostPx ? std::optional(face) : std::nullopt;
}

cv::Mat cut_face(const cv::Mat& picture, const AlignedFace& face, int side) {
    // The picture's last pixels go on a little, so that nothing of what is beyond mixes into them.
    const cv::Matx23d matrix = similarity_at(face, side);
    const int margin = 1 + static_cast<int>(std::ceil(1 / std::hypot(matrix(0, 0), matrix(1, 0))));
    cv::Mat framed;
    cv::copyMakeBorder(picture, framed, margin, margin, margin, margin,
                       cv::BORDER_REPLICATE | cv::BORDER_ISOLATED);
    cv::Mat square(side, side, CV_8UC3);
    warp_similarity(framed, compose(matrix, {1, 0, -1.0 * margin, 0, 1, -1.0 * margin}), square,
                    kBeyond);
    return square;
}

std::optional<Patch> paste_face(const cv::Mat& restored, const AlignedFace& face, cv::Size size) {
    const cv::Matx23d picture_from_square = inverse(similarity_at(face, restored.cols));
    const auto side = static_cast<double>(restored.cols - 1);
    std::vector<cv::Point2f> corners;
    for (const cv::Point2d corner :
         {cv::Point2d(0, 0), cv::Point2d(side, 0), cv::Point2d(0, side), cv::Point2d(side, side)}) {
        corners.emplace_back(apply(picture_from_square, corner));
    }
    constexpr int kMargin = 2;  // that interpolation reaches, transparent
    cv::Rect around = cv::boundingRect(corners);
    around += cv::Size(2 * kMargin, 2 * kMargin);
    around -= cv::Point(kMargin, kMargin);
    const cv::Rect inside = around & cv::Rect({0, 0}, size);
    if (inside.empty()) {
        return std::nullopt;
    }
    Patch patch{.where = align_to_chroma(inside), .rgba = {}};
    const cv::Size extent = patch.where.size();
    cv::Matx23d patch_from_square = picture_from_square;
    patch_from_square(0, 2) -= patch.where.x;
    patch_from_square(1, 2) -= patch.where.y;

    cv::Mat covered(extent, CV_32FC1), mask;
    cv::warpAffine(cv::Mat(restored.size(), CV_32FC1, cv::Scalar(1)), covered, patch_from_square,
                   extent, cv::INTER_LINEAR, cv::BORDER_CONSTANT);
    cv::erode(covered, covered, cv::Mat::ones(2, 2, CV_8UC1));
    const int edge = std::max(1, static_cast<int>(std::sqrt(cv::sum(covered)[0])) / kMaskEdge);
    cv::erode(covered, mask, cv::Mat::ones(2 * edge, 2 * edge, CV_8UC1));
    cv::GaussianBlur(mask, mask, {2 * edge + 1, 2 * edge + 1}, 0);
    mask.setTo(0, covered < 1);  // the even square took a pixel less on two sides
    cv::Mat alpha, rgb(extent, CV_8UC3);
    mask.convertTo(alpha, CV_8UC1, 255);
    warp_similarity(restored, patch_from_square, rgb, std::nullopt);
    cv::merge(std::vector{rgb, alpha}, patch.rgba);
    return patch;
}

}  // namespace closet
