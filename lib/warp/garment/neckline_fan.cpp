#include "warp/garment/neckline_fan.h"

#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/garment/ground.h"

namespace closet {
namespace {

/// How far from an edge colours are compared, in pixels of the patch.
constexpr double kCompareAt = 3;
/// Contrast below this share of the strongest within two steps is an edge's flank.
constexpr float kRidge = 0.8F;
/// Alpha from which on a pixel is garment.
constexpr int kOpaque = 200;

void keep_ridges(cv::Mat& contrast) {
    cv::Mat strongest;
    cv::dilate(contrast, strongest, cv::getStructuringElement(cv::MORPH_RECT, {5, 1}));
    for (int ray = 0; ray < contrast.rows; ++ray) {
        for (int step = 0; step < contrast.cols; ++step) {
            float& c = contrast.at<float>(ray, step);
            if (c > 0 && c < kRidge * strongest.at<float>(ray, step)) {
                c = 0;
            }
        }
    }
}

}  // namespace

NeckPatch neck_patch(const cv::Mat& rgba, cv::Point2d left, cv::Point2d right) {
    const cv::Point2d along = (right - left) / NeckPatch::kWidth;
    const cv::Point2d middle = (left + right) / 2;
    const double half = NeckPatch::kSide / 2.0;
    NeckPatch patch;
    patch.to_source = {along.x, -along.y, middle.x - half * (along.x - along.y),
                       along.y, along.x,  middle.y - half * (along.y + along.x)};
    const cv::Size size{NeckPatch::kSide, NeckPatch::kSide};
    cv::Mat pixels;
    cv::warpAffine(rgba, pixels, patch.to_source, size, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                   cv::BORDER_CONSTANT, cv::Scalar::all(0));
    cv::Mat rgb;
    cv::cvtColor(pixels, rgb, cv::COLOR_RGBA2RGB);
    cv::medianBlur(rgb, rgb, 3);
    patch.lab = to_lab(rgb);
    cv::GaussianBlur(patch.lab, patch.lab, {}, 1.2);
    cv::extractChannel(pixels, patch.opaque, 3);
    patch.opaque = patch.opaque > kOpaque;
    return patch;
}

double NeckFan::angle(double ray) {
    return kTilt + (std::numbers::pi - 2 * kTilt) * ray / (kRays - 1);
}

cv::Point2d NeckFan::at(double ray, double step) const {
    const double r = distance(step) * width;
    return {middle.x - std::cos(angle(ray)) * r, middle.y + std::sin(angle(ray)) * r};
}

NeckEdges find_edges(const NeckPatch& patch, const NeckFan& fan) {
    const double apart = NeckFan::steps(kCompareAt / NeckPatch::kWidth);
    const cv::Rect inside({}, patch.lab.size());
    NeckEdges edges{cv::Mat(NeckFan::kRays, NeckFan::kSteps, CV_32FC3, cv::Scalar::all(0)),
                    cv::Mat(NeckFan::kRays, NeckFan::kSteps, CV_32F, cv::Scalar(-1))};
    for (int ray = 0; ray < NeckFan::kRays; ++ray) {
        const cv::Point2d first = fan.at(ray, 0);
        const cv::Point2d stride = fan.at(ray, 1) - first;
        for (int step = 0; step < NeckFan::kSteps; ++step) {
            const cv::Point near(first + stride * (step - apart));
            const cv::Point far(first + stride * (step + apart));
            if (!inside.contains(near) || !inside.contains(far) ||
                patch.opaque.at<uchar>(near) == 0 || patch.opaque.at<uchar>(far) == 0) {
                continue;
            }
            const cv::Vec3f change = patch.lab.at<cv::Vec3f>(far) - patch.lab.at<cv::Vec3f>(near);
            edges.change.at<cv::Vec3f>(ray, step) = change;
            edges.contrast.at<float>(ray, step) = static_cast<float>(cv::norm(change));
        }
    }
    keep_ridges(edges.contrast);
    return edges;
}

}  // namespace closet
