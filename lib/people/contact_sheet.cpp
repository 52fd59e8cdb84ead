#include "people/contact_sheet.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet {
namespace {

constexpr int kMostColumns = 12;
constexpr int kMostRows = 100;  ///< a crowd's others are in people.json
constexpr int kCellWidth = 108, kCellHeight = 144, kGap = 4, kLabelWidth = 150;  // px
const cv::Scalar kGround(24, 24, 24), kText(235, 235, 235), kDim(160, 160, 160);

void write(cv::Mat& sheet, const std::string& text, cv::Point at, double size,
           const cv::Scalar& color) {
    cv::putText(sheet, text, at, cv::FONT_HERSHEY_SIMPLEX, size, kGround, 3, cv::LINE_AA);
    cv::putText(sheet, text, at, cv::FONT_HERSHEY_SIMPLEX, size, color, 1, cv::LINE_AA);
}

/// By time, evenly over the whole.
std::vector<const Glimpse*> chosen_glimpses(const Identity& identity, const People& people) {
    std::vector<const Glimpse*> all;
    for (const Appearance& appearance : identity.appearances) {
        for (const std::size_t tracklet : appearance.tracklets) {
            for (const Glimpse& glimpse : people.tracklets[tracklet].glimpses) {
                all.push_back(&glimpse);
            }
        }
    }
    if (all.size() <= kMostColumns) {
        return all;
    }
    std::vector<const Glimpse*> some;
    for (std::size_t i = 0; i < kMostColumns; ++i) {
        some.push_back(all[i * (all.size() - 1) / (kMostColumns - 1)]);
    }
    return some;
}

void draw_row(cv::Mat& sheet, int top, std::size_t number, const Identity& identity,
              const People& people) {
    write(sheet, fmt::format("person {}", number), {8, top + 28}, 0.6, kText);
    write(sheet, fmt::format("{:.1f} s, {}x", identity.seconds, identity.appearances.size()),
          {8, top + 52}, 0.45, kDim);
    write(
        sheet,
        identity.faces > 0 ? fmt::format("{} faces", identity.faces) : std::string("no face seen"),
        {8, top + 74}, 0.45, kDim);
    int left = kLabelWidth;
    for (const Glimpse* glimpse : chosen_glimpses(identity, people)) {
        cv::Mat cell = sheet(cv::Rect(left, top, kCellWidth, kCellHeight));
        glimpse->rgb.copyTo(cell);
        write(cell, fmt::format("{:.1f}", glimpse->time_s), {4, kCellHeight - 6}, 0.4, kText);
        left += kCellWidth + kGap;
    }
}

}  // namespace

cv::Mat draw_contact_sheet(const People& people) {
    const auto rows = std::min<std::size_t>(people.identities.size(), kMostRows);
    const int height = std::max(1, static_cast<int>(rows)) * (kCellHeight + kGap) + kGap;
    cv::Mat sheet(height, kLabelWidth + kMostColumns * (kCellWidth + kGap), CV_8UC3, kGround);
    if (rows == 0) {
        write(sheet, "nobody was found in this clip", {8, 32}, 0.6, kText);
    }
    for (std::size_t i = 0; i < rows; ++i) {
        draw_row(sheet, kGap + static_cast<int>(i) * (kCellHeight + kGap), i + 1,
                 people.identities[i], people);
    }
    return sheet;
}

}  // namespace closet
