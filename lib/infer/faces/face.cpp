#include "infer/faces/face.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include <opencv2/imgproc.hpp>

namespace closet {
namespace {

/// Of ArcFace (insightface, python-package/insightface/utils/face_align.py, arcface_dst), pixels of
/// 112 x 112.
const std::array<cv::Point2f, 5> kArcFacePoints{
    cv::Point2f{38.2946F, 51.6963F}, cv::Point2f{73.5318F, 51.5014F},
    cv::Point2f{56.0252F, 71.7366F}, cv::Point2f{41.5493F, 92.3655F},
    cv::Point2f{70.7299F, 92.2041F}};

/// Bilinear sampling reads four pixels: faces larger than this are shrunk by areas first.
constexpr double kMostShrinking = 2.0;

/// Those samples that one output pixel is a mean of.
struct Taps {
    int first = 0;
    std::vector<float> weights;  ///< sum 1
};

/// Pillow's bilinear filter (src/libImaging/Resample.c, precompute_coeffs).
std::vector<Taps> triangle_taps(int in, int out) {
    const double step = static_cast<double>(in) / out;
    const double reach = std::max(step, 1.0);
    std::vector<Taps> all(static_cast<std::size_t>(out));
    for (int i = 0; i < out; ++i) {
        const double center = (i + 0.5) * step;
        Taps& taps = all[static_cast<std::size_t>(i)];
        taps.first = std::max(0, static_cast<int>(center - reach + 0.5));
        const int end = std::min(in, static_cast<int>(center + reach + 0.5));
        float sum = 0;
        for (int x = taps.first; x < end; ++x) {
            const double distance = std::abs((x - center + 0.5) / reach);
            taps.weights.push_back(static_cast<float>(std::max(0.0, 1.0 - distance)));
            sum += taps.weights.back();
        }
        for (float& weight : taps.weights) {
            weight /= sum;
        }
    }
    return all;
}

/// Columns first, rounded to bytes between the two passes, as Pillow does.
void resize_like_pillow(const cv::Mat& from, cv::Mat& to) {
    const auto columns = triangle_taps(from.cols, to.cols);
    const auto rows = triangle_taps(from.rows, to.rows);
    cv::Mat narrow(from.rows, to.cols, CV_8UC3);
    for (int y = 0; y < from.rows; ++y) {
        const auto* source = from.ptr<cv::Vec3b>(y);
        for (int x = 0; x < to.cols; ++x) {
            const Taps& taps = columns[static_cast<std::size_t>(x)];
            cv::Vec3f sum(0, 0, 0);
            for (std::size_t k = 0; k < taps.weights.size(); ++k) {
                sum += taps.weights[k] * cv::Vec3f(source[taps.first + static_cast<int>(k)]);
            }
            narrow.at<cv::Vec3b>(y, x) = sum;  // rounds
        }
    }
    for (int y = 0; y < to.rows; ++y) {
        const Taps& taps = rows[static_cast<std::size_t>(y)];
        for (int x = 0; x < to.cols; ++x) {
            cv::Vec3f sum(0, 0, 0);
            for (std::size_t k = 0; k < taps.weights.size(); ++k) {
                sum += taps.weights[k] *
                       cv::Vec3f(narrow.at<cv::Vec3b>(taps.first + static_cast<int>(k), x));
            }
            to.at<cv::Vec3b>(y, x) = sum;
        }
    }
}

}  // namespace

float similarity(const Embedding& a, const Embedding& b) {
    return a.size() == b.size() ? std::inner_product(a.begin(), a.end(), b.begin(), 0.0F) : 0.0F;
}

cv::Matx23d best_similarity(std::span<const cv::Point2f> from, std::span<const cv::Point2f> to) {
    const auto count = static_cast<double>(from.size());
    cv::Point2d from_mean, to_mean;
    for (std::size_t i = 0; i < from.size(); ++i) {
        from_mean += cv::Point2d(from[i]) / count;
        to_mean += cv::Point2d(to[i]) / count;
    }
    // In the plane the best turn and scale are one complex number.
    double real = 0, imaginary = 0, spread = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
        const cv::Point2d a = cv::Point2d(from[i]) - from_mean;
        const cv::Point2d b = cv::Point2d(to[i]) - to_mean;
        real += a.dot(b);
        imaginary += a.cross(b);
        spread += a.dot(a);
    }
    if (spread > 0) {
        real /= spread;
        imaginary /= spread;
    } else {
        real = 1;
    }
    return {real,      -imaginary, to_mean.x - real * from_mean.x + imaginary * from_mean.y,
            imaginary, real,       to_mean.y - imaginary * from_mean.x - real * from_mean.y};
}

void warp_similarity(const cv::Mat& picture, const cv::Matx23d& result_from_picture,
                     cv::Mat& result, const std::optional<cv::Scalar>& beyond) {
    cv::Mat source = picture;
    cv::Matx23d from_source = result_from_picture;
    const double scale = std::hypot(from_source(0, 0), from_source(1, 0));
    const double shrinking = 1 / (scale * kMostShrinking);
    if (shrinking > 1) {
        const auto shrunk = [&](int side) {
            return std::max(1, static_cast<int>(std::lround(side / shrinking)));
        };
        source = cv::Mat();
        cv::resize(picture, source, {shrunk(picture.cols), shrunk(picture.rows)}, 0, 0,
                   cv::INTER_AREA);
        const double zoom_x = static_cast<double>(picture.cols) / source.cols;
        const double zoom_y = static_cast<double>(picture.rows) / source.rows;
        for (int row = 0; row < 2; ++row) {
            from_source(row, 2) += result_from_picture(row, 0) * (zoom_x / 2 - 0.5) +
                                   result_from_picture(row, 1) * (zoom_y / 2 - 0.5);
            from_source(row, 0) *= zoom_x;
            from_source(row, 1) *= zoom_y;
        }
    }
    cv::warpAffine(source, result, from_source, result.size(), cv::INTER_LINEAR,
                   beyond ? cv::BORDER_CONSTANT : cv::BORDER_REPLICATE,
                   beyond.value_or(cv::Scalar()));
}

void align_face(const cv::Mat& picture, const Face& face, cv::Mat& aligned) {
    const cv::Matx23d matrix = best_similarity(face.points, kArcFacePoints);
    const double scale = std::hypot(matrix(0, 0), matrix(1, 0));
    if (!std::isfinite(scale) || scale <= 0) {
        aligned = cv::Scalar::all(0);
        return;
    }
    warp_similarity(picture, matrix, aligned, cv::Scalar::all(0));
}

bool crop_face(const cv::Mat& picture, const Face& face, cv::Mat& crop) {
    // Cut off at the edges while still numbers with a fraction, then to whole pixels.
    const auto within = [](float value, int most) {
        return static_cast<int>(std::clamp(value, 0.0F, static_cast<float>(most)));
    };
    const cv::Point from(within(face.box.x, picture.cols), within(face.box.y, picture.rows));
    const cv::Point to(within(face.box.x + face.box.width, picture.cols),
                       within(face.box.y + face.box.height, picture.rows));
    if (to.x <= from.x || to.y <= from.y) {
        crop = cv::Scalar::all(0);
        return false;
    }
    resize_like_pillow(picture(cv::Rect(from, to)), crop);
    return true;
}

}  // namespace closet
