#include "infer/try_on/thin_plate.h"

#include <array>
#include <cmath>
#include <cstddef>

#include <opencv2/core.hpp>

namespace closet {
namespace {

constexpr auto kPointCount = static_cast<std::size_t>(ThinPlate::kPoints);
constexpr int kTerms = ThinPlate::kPoints + 3;

double bending(double squared_distance) {
    return squared_distance > 0 ? squared_distance * std::log(squared_distance) : 0;
}

}  // namespace

ThinPlate::ThinPlate(double reach) : reach_(reach) {
    cv::Mat1d system(kTerms, kTerms, 0.0);
    for (int i = 0; i < kPoints; ++i) {
        const cv::Point2d p(axis(i / kAcross), axis(i % kAcross));
        for (int j = 0; j < kPoints; ++j) {
            const cv::Point2d d = p - cv::Point2d(axis(j / kAcross), axis(j % kAcross));
            system(i, j) = bending(d.dot(d));
        }
        const std::array<double, 3> flat{1, p.x, p.y};
        for (int k = 0; k < 3; ++k) {
            system(i, kPoints + k) = system(kPoints + k, i) = flat.at(static_cast<std::size_t>(k));
        }
    }
    cv::invert(system, inverted_, cv::DECOMP_LU);
}

cv::Mat ThinPlate::grid(std::span<const float> offsets, cv::Size size) const {
    cv::Mat1d targets(kPoints, 2);
    for (int i = 0; i < kPoints; ++i) {
        const auto n = static_cast<std::size_t>(i);
        targets(i, 0) = axis(i / kAcross) + offsets[n];
        targets(i, 1) = axis(i % kAcross) + offsets[n + kPointCount];
    }
    cv::Mat1d terms;
    cv::gemm(inverted_.colRange(0, kPoints), targets, 1, cv::noArray(), 0, terms);
    const auto place = [&](int i, int count) {
        return count > 1 ? reach_ * (2.0 * i / (count - 1) - 1.0) : 0.0;
    };
    cv::Mat grid(size, CV_32FC2);
    for (int y = 0; y < size.height; ++y) {
        const double gy = place(y, size.height);
        auto* row = grid.ptr<cv::Vec2f>(y);
        for (int x = 0; x < size.width; ++x) {
            const double gx = place(x, size.width);
            std::array<double, 2> at{};
            for (int k = 0; k < 2; ++k) {
                at.at(static_cast<std::size_t>(k)) =
                    terms(kPoints, k) + terms(kPoints + 1, k) * gx + terms(kPoints + 2, k) * gy;
            }
            for (int i = 0; i < kPoints; ++i) {
                const double dx = gx - axis(i / kAcross), dy = gy - axis(i % kAcross);
                const double u = bending(dx * dx + dy * dy);
                at[0] += terms(i, 0) * u;
                at[1] += terms(i, 1) * u;
            }
            row[x] = {static_cast<float>(at[0]), static_cast<float>(at[1])};
        }
    }
    return grid;
}

}  // namespace closet
