#pragma once

#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace closet::test {

/// A shirt with short sleeves as a mask (CV_8UC1), its outline anti-aliased; lengths are shares of
/// the picture's size.
inline cv::Mat shirt_mask(cv::Size size) {
    const std::vector<cv::Point2d> outline{{0.40, 0.15}, {0.45, 0.19}, {0.55, 0.19}, {0.60, 0.15},
                                           {0.72, 0.20}, {0.90, 0.38}, {0.80, 0.46}, {0.70, 0.38},
                                           {0.70, 0.85}, {0.30, 0.85}, {0.30, 0.38}, {0.20, 0.46},
                                           {0.10, 0.38}, {0.28, 0.20}};
    constexpr int kBits = 4;
    std::vector<cv::Point> points;
    for (const auto& p : outline) {
        points.emplace_back(cvRound(p.x * size.width * (1 << kBits)),
                            cvRound(p.y * size.height * (1 << kBits)));
    }
    cv::Mat mask(size, CV_8U, cv::Scalar(0));
    cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{points}, 255, cv::LINE_AA, kBits);
    return mask;
}

/// `garment` (CV_8UC3) over `ground` (CV_8UC3) where `mask` says so.
inline cv::Mat blend(const cv::Mat& garment, const cv::Mat& ground, const cv::Mat& mask) {
    cv::Mat photo(mask.size(), CV_8UC3);
    for (int y = 0; y < mask.rows; ++y) {
        for (int x = 0; x < mask.cols; ++x) {
            const double a = mask.at<uchar>(y, x) / 255.0;
            for (int c = 0; c < 3; ++c) {
                photo.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<uchar>(
                    a * garment.at<cv::Vec3b>(y, x)[c] + (1 - a) * ground.at<cv::Vec3b>(y, x)[c]);
            }
        }
    }
    return photo;
}

inline cv::Mat plain(cv::Size size, const cv::Scalar& color) {
    return {size, CV_8UC3, color};
}

/// The picture after JPEG compression.
inline cv::Mat through_jpeg(const cv::Mat& picture, int quality) {
    std::vector<uchar> bytes;
    cv::imencode(".jpg", picture, bytes, {cv::IMWRITE_JPEG_QUALITY, quality});
    return cv::imdecode(bytes, cv::IMREAD_COLOR);
}

/// A photo as studios take them: a gray ground that is not equally bright everywhere, and the soft
/// shadow of what lies on it.
struct Studio {
    double ground = 215;     ///< its gray level in the middle
    double falloff = 8;      ///< how much brighter the top is than the bottom, and half that for
                             ///< left and right
    double shadow = 0.2;     ///< share of the light that is missing where it is darkest
    double softness = 0.02;  ///< of the shadow's edge, as a share of the picture's height
    double noise = 1.5;      ///< standard deviation, in gray levels
    int quality = 85;        ///< JPEG
};

/// `garment` (CV_8UC3) with its shadow where `mask` (CV_8UC1) says so, taken in a studio.
inline cv::Mat studio_photo(const cv::Mat& garment, const cv::Mat& mask, const Studio& studio) {
    const cv::Size size = mask.size();
    const double shift = studio.softness * size.height;
    cv::Mat shadow;
    const cv::Matx23d fall(1, 0, 0.5 * shift, 0, 1, shift);
    cv::warpAffine(mask, shadow, fall, size);
    shadow.convertTo(shadow, CV_32F, studio.shadow / 255);
    cv::GaussianBlur(shadow, shadow, {}, shift);
    cv::Mat ground(size, CV_8UC3);
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            const double light = studio.ground + studio.falloff * (0.5 - double(y) / size.height) +
                                 studio.falloff / 2 * (0.5 - double(x) / size.width);
            ground.at<cv::Vec3b>(y, x) = cv::Vec3b::all(
                cv::saturate_cast<uchar>(light * (1 - double{shadow.at<float>(y, x)})));
        }
    }
    cv::Mat photo;
    blend(garment, ground, mask).convertTo(photo, CV_32F);
    cv::RNG random(11);
    cv::Mat noise(size, CV_32FC3);
    random.fill(noise, cv::RNG::NORMAL, 0, studio.noise);
    photo += noise;
    photo.convertTo(photo, CV_8U);
    return through_jpeg(photo, studio.quality);
}

inline cv::Mat alpha_of(const cv::Mat& rgba) {
    cv::Mat alpha;
    cv::extractChannel(rgba, alpha, 3);
    return alpha;
}

/// Intersection over union of what is more than half there.
inline double overlap(const cv::Mat& a, const cv::Mat& b) {
    const cv::Mat in_a = a > 127;
    const cv::Mat in_b = b > 127;
    return static_cast<double>(cv::countNonZero(in_a & in_b)) /
           std::max(1, cv::countNonZero(in_a | in_b));
}

}  // namespace closet::test
