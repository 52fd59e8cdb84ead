#include "silhouette.h"

#include <opencv2/core.hpp>

namespace closet::figures {

cv::Mat silhouette(GarmentWarp& warp, const PosedFrame& posed) {
    return silhouette(warp, posed.poses.front(), {posed.frame.width(), posed.frame.height()});
}

cv::Mat silhouette(GarmentWarp& warp, const Wearer& wearer, cv::Size size) {
    cv::Mat garment = cv::Mat::zeros(size, CV_8UC1);
    const auto patch = warp.warp(wearer, size);
    if (patch) {
        cv::Mat alpha;
        cv::extractChannel(patch->rgba, alpha, 3);
        const cv::Rect seen = patch->where & cv::Rect({0, 0}, size);
        cv::Mat(alpha(seen - patch->where.tl()) > 127).copyTo(garment(seen));
    }
    return garment;
}

}  // namespace closet::figures
