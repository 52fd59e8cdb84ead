#include "pair.h"

#include <algorithm>
#include <numeric>

#include <opencv2/core.hpp>

#include "markers.h"
#include "sheet.h"
#include "silhouette.h"
#include "warp/warp.h"
#include "warp/warps.h"

namespace closet::figures {

namespace {

const std::vector<cv::Point2f> kPrint{{237, 289}, {537, 288}, {535, 368}, {235, 381}};
const std::vector<cv::Point2d> kPrintSeen{{258, 331}, {481, 347}, {488, 398}, {262, 390}};
constexpr int kMarkerSize = 9;  // radius in garment pixels

/// What a frame is painted with, arms, face and hair in front of it left out.
cv::Mat painted(const std::string& warp, const PosedFrame& person,
                const std::shared_ptr<const Garment>& garment) {
    WarpOptions options;
    options.warp = warp;
    cv::Mat matte = cv::Mat::zeros(person.frame.height(), person.frame.width(), CV_8UC1);
    Warp(garment, options).dress(another(person), &matte);
    return matte > 127;  // contact shadow is fainter
}

}  // namespace

double PairFigures::mean_print_px() const {
    return std::accumulate(print_px.begin(), print_px.end(), 0.0) /
           static_cast<double>(std::max<std::size_t>(print_px.size(), 1));
}

PairFigures measure_pair(const std::string& warp, const PosedFrame& person,
                         const std::shared_ptr<const Garment>& garment, const cv::Mat& truth) {
    const auto iou = [&](const cv::Mat& a) {
        return static_cast<double>(cv::countNonZero(a & truth)) /
               std::max(cv::countNonZero(a | truth), 1);
    };
    PairFigures figures;
    const cv::Mat whole = silhouette(*make_warp(warp, garment), person);
    figures.iou = iou(whole);
    figures.tucked = iou(silhouette(*make_warp(warp, garment, {.tuck = "yes"}), person));
    whole.rowRange(kTrueHem, whole.rows).setTo(0);
    figures.above_hem = iou(whole);
    const cv::Mat worn = painted(warp, person, garment);
    worn.rowRange(kTrueHem, worn.rows).setTo(0);
    figures.as_worn = iou(worn);
    const auto marked = make_warp(warp, with_markers(*garment, kPrint, kMarkerSize));
    const auto patch = marked->warp(person.poses.front(), geometry_of(person.frame).shown);
    const auto markers = patch ? find_markers(*patch) : std::map<int, Marker>{};
    for (const auto& [number, marker] : markers) {
        figures.print_px.push_back(
            cv::norm(marker.place - kPrintSeen.at(static_cast<std::size_t>(number))));
    }
    return figures;
}

}  // namespace closet::figures
