#include "warp/removal/garment_hem.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

#include "core/median.h"

namespace closet::removal {
namespace {

constexpr int kGarment = 127;  ///< of its alpha
// Lengths in shoulder widths, the study's.
constexpr double kRunAside = 0.78, kNearRun = 0.06, kLowest = 1.7;
constexpr std::size_t kLeastColumns = 4;
constexpr double kHemLevel = 0.2;  ///< sleeves' ends are higher than the hem by more

std::optional<std::array<int, 2>> run_at(const cv::Mat& matte, int y, double x, int near) {
    const auto* row = matte.ptr(y);
    const int start = std::clamp(cvRound(x), 0, matte.cols - 1);
    const auto is_in = [&](int at) { return at >= 0 && at < matte.cols && row[at] > kGarment; };
    for (int off = 0; off <= near; ++off) {
        for (const int at : {start - off, start + off}) {
            if (is_in(at)) {
                int first = at;
                int last = at;
                while (is_in(first - 1)) {
                    --first;
                }
                while (is_in(last + 1)) {
                    ++last;
                }
                return std::array{first, last};
            }
        }
    }
    return std::nullopt;
}

}  // namespace

double spine_x(const GridView& view, double y) {
    return view.middle.x + view.down.x / std::max(view.down.y, 0.3) * (y - view.middle.y);
}

double GarmentHem::at(int x) const {
    if (x <= left) {
        return left_y;
    }
    if (x >= right) {
        return right_y;
    }
    const int y = last[static_cast<std::size_t>(x)];
    return y >= 0 ? y : std::max(left_y, right_y);
}

namespace {

/// Sets the torso's columns in each row and the last row of each column.
void read_runs(const GridView& view, GarmentHem& hem) {
    hem.last.assign(static_cast<std::size_t>(view.size().width), -1);
    hem.first_row = std::clamp(cvFloor(view.middle.y), 0, view.size().height - 1);
    const int end = std::clamp(cvCeil(view.middle.y + kLowest * view.torso), 0, view.size().height);
    for (int y = hem.first_row; y < end; ++y) {
        const double x = spine_x(view, y);
        const auto run = run_at(view.matte, y, x, view.px(kNearRun));
        hem.runs.push_back({0, -1});
        if (!run) {
            continue;
        }
        const int first = std::max((*run)[0], cvFloor(x - kRunAside * view.unit));
        const int last = std::min((*run)[1], cvFloor(x + kRunAside * view.unit));
        hem.runs.back() = {first, last};
        for (int i = first; i <= last; ++i) {
            hem.last[static_cast<std::size_t>(i)] = y;
        }
    }
}

/// The columns whose last row is the hem's and no sleeve's.
std::vector<int> hem_columns(const GridView& view, bool open_front, GarmentHem& hem) {
    std::vector<double> rows;
    for (const int y : hem.last) {
        if (y >= 0) {
            rows.push_back(y);
        }
    }
    std::vector<int> columns;
    if (rows.size() < kLeastColumns) {
        return columns;
    }
    if (open_front) {
        const auto low = rows.begin() + static_cast<std::ptrdiff_t>(rows.size() * 4 / 5);
        std::nth_element(rows.begin(), low, rows.end());
        for (int& y : hem.last) {
            y = y < 0 ? y : std::max(y, static_cast<int>(*low));
        }
        std::fill(rows.begin(), rows.end(), *low);
    }
    const double level = upper_median(std::move(rows)) - kHemLevel * view.unit;
    for (std::size_t x = 0; x < hem.last.size(); ++x) {
        if (hem.last[x] >= 0 && hem.last[x] >= level) {
            columns.push_back(static_cast<int>(x));
        }
    }
    return columns;
}

}  // namespace

GarmentHem find_hem(const GridView& view, bool open_front) {
    GarmentHem hem;
    read_runs(view, hem);
    const std::vector<int> columns = hem_columns(view, open_front, hem);
    if (columns.size() < kLeastColumns) {
        return hem;
    }
    const auto median_row = [&](std::size_t from, std::size_t count) {
        std::vector<double> y;
        for (std::size_t i = from; i < from + count; ++i) {
            y.push_back(hem.last[static_cast<std::size_t>(columns[i])]);
        }
        return upper_median(std::move(y));
    };
    const std::size_t few = std::max(columns.size() / 3, kLeastColumns);
    hem.left = columns.front();
    hem.right = columns.back();
    hem.left_y = median_row(0, few);
    hem.right_y = median_row(columns.size() - few, few);
    const double row = median_row(0, columns.size());
    hem.along = view.along({spine_x(view, row), row});
    hem.is_there = true;
    return hem;
}

}  // namespace closet::removal
