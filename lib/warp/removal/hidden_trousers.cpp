#include "warp/removal/hidden_trousers.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/occlusion/half_view.h"

namespace closet::removal {
namespace {

constexpr int kGarment = 127;
// Lengths in shoulder widths, `along` of the spine; the study's.
constexpr double kRunAside = 0.78, kNearRun = 0.06, kLowest = 1.7;
constexpr double kHemLevel = 0.2;  ///< sleeves' ends are higher than the hem by more
constexpr double kHighestOld = 0.4, kLowestOld = 1.7;
constexpr double kBeside = 0.1;
constexpr double kFoundShare = 0.25;
constexpr double kMostHidden = 0.55, kCoatAlong = 1.45;
constexpr double kBelowHem = 0.03, kEdgeRows = 0.45, kLeastWide = 0.3, kMostAside = 0.85;
constexpr double kColorRows = 0.16, kMoreColorRows = 0.5, kSkip = 0.035;
constexpr double kBehindHand = 0.1;  ///< how far trousers go on behind a hand
constexpr double kInset = 0.012, kMostOff = 0.25;
constexpr double kFoldWidths = 0.05, kFadeWidths = 0.03;
constexpr float kMostFold = 28.0F, kMostAcross = 22.0F;    ///< levels
constexpr float kOtherLuma = 70.0F, kOtherChroma = 35.0F;  ///< levels: no such cloth
constexpr double kForgetS = 0.5;
constexpr double kBinsAside = 0.8;  ///< bins of the old hem reach so far on either side

double median_of(std::vector<double> values) {
    const auto middle = static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), values.begin() + middle, values.end());
    return values[static_cast<std::size_t>(middle)];
}

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

double spine_x(const GridView& view, double y) {
    return view.middle.x + view.down.x / std::max(view.down.y, 0.3) * (y - view.middle.y);
}

std::size_t bin_of(double share) {
    return static_cast<std::size_t>(std::clamp(share * HiddenTrousers::kBins, 0.0,
                                               static_cast<double>(HiddenTrousers::kBins - 1)));
}

}  // namespace

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

GarmentHem find_hem(const GridView& view, bool open_front) {
    GarmentHem hem;
    const int width = view.size().width;
    hem.last.assign(static_cast<std::size_t>(width), -1);
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
    std::vector<double> rows;
    for (const int y : hem.last) {
        if (y >= 0) {
            rows.push_back(y);
        }
    }
    if (rows.size() < 4) {
        return hem;
    }
    if (open_front) {
        const auto low = rows.begin() + static_cast<std::ptrdiff_t>(rows.size() * 4 / 5);
        std::nth_element(rows.begin(), low, rows.end());
        for (int& y : hem.last) {
            y = y < 0 ? y : std::max(y, static_cast<int>(*low));
        }
        std::fill(rows.begin(), rows.end(), *low);
    }
    const double level = median_of(rows) - kHemLevel * view.unit;
    std::vector<int> columns;
    for (int x = 0; x < width; ++x) {
        if (hem.last[static_cast<std::size_t>(x)] >= 0 &&
            hem.last[static_cast<std::size_t>(x)] >= level) {
            columns.push_back(x);
        }
    }
    if (columns.size() < 4) {
        return hem;
    }
    const std::size_t few = std::max<std::size_t>(columns.size() / 3, 4);
    const auto median_row = [&](std::size_t from) {
        std::vector<double> y;
        for (std::size_t i = from; i < from + few; ++i) {
            y.push_back(hem.last[static_cast<std::size_t>(columns[i])]);
        }
        return median_of(y);
    };
    hem.left = columns.front();
    hem.right = columns.back();
    hem.left_y = median_row(0);
    hem.right_y = median_row(columns.size() - few);
    std::vector<double> all;
    for (const int x : columns) {
        all.push_back(hem.last[static_cast<std::size_t>(x)]);
    }
    const double row = median_of(all);
    hem.along = view.along({spine_x(view, row), row});
    hem.is_there = true;
    return hem;
}

bool HiddenTrousers::find(const GridView& view, const cv::Mat& old, const GarmentHem& hem,
                          double passed_s, float share, Known& known) {
    const double unit = view.unit;
    const cv::Size size = view.size();
    const cv::Point2d hips = view.middle + view.down * view.torso;
    hem_ = hem;
    unit_ = unit;
    hip_x_ = hips.x;
    bool found = false;
    if (hem.is_there) {
        const int first = std::max(0, cvFloor(hem.left - kBeside * unit));
        const int last = std::min(size.width - 1, cvFloor(hem.right + kBeside * unit));
        const int under = view.px(0.05) + 1;
        std::vector<int> columns, rows;
        const auto along_row = [&](int y) { return view.along({spine_x(view, y), double(y)}); };
        int low = 0, high = size.height;
        for (int y = 0; y < size.height; ++y) {
            const double t = along_row(y);
            low = t <= kHighestOld ? y + 1 : low;
            high = t >= kLowestOld && high == size.height ? y : high;
        }
        for (int x = first; x <= last; ++x) {
            int y = high - 1;
            while (y >= low && old.at<std::uint8_t>(y, x) == 0) {
                --y;
            }
            if (y < low || y + 2 >= size.height) {
                continue;
            }
            int lower = 0, all = 0;
            for (int i = y + 2; i < std::min(y + 2 + under, size.height); ++i) {
                lower += view.is(Surface::kLowerClothes, x, i) ? 1 : 0;
                ++all;
            }
            if (2 * lower > all) {
                columns.push_back(x);
                rows.push_back(y);
            }
        }
        found = static_cast<double>(columns.size()) > kFoundShare * (last - first + 1) &&
                columns.size() >= 4;
        if (found) {
            const double row = median_of({rows.begin(), rows.end()});
            const double old_along = along_row(cvRound(row));
            found = old_along - hem.along < kMostHidden && old_along < kCoatAlong;
            std::vector<int> sorted = rows;
            std::sort(sorted.begin(), sorted.end());
            const int top = sorted[(sorted.size() - 1) * 97 / 100] + view.px(kBelowHem);
            struct Edge {
                double at, y;
                bool is_free;
            };
            std::array<std::vector<Edge>, 2> edges;
            for (int y = top; y < std::min(size.height - 1, top + view.px(kEdgeRows)); ++y) {
                int from = -1, to = -1, count = 0;
                for (int x = 0; x < size.width; ++x) {
                    if (view.is(Surface::kLowerClothes, x, y) &&
                        std::abs(view.aside({double(x), double(y)})) < kMostAside) {
                        from = from < 0 ? x : from;
                        to = x;
                        ++count;
                    }
                }
                if (count > kLeastWide * unit) {
                    const auto is_free = [&](int x) {
                        return x < 0 || x >= size.width || view.is(Surface::kGround, x, y);
                    };
                    edges[0].push_back({double(from), double(y), is_free(from - 3)});
                    edges[1].push_back({double(to), double(y), is_free(to + 3)});
                }
            }
            found = found && edges[0].size() >= 4;
            if (found) {
                Known seen;
                for (std::size_t side = 0; side < 2; ++side) {
                    // The rows right below the old hem; a hand there hides the true edge.
                    const std::vector<Edge>& use = edges[side];
                    const std::size_t rows_used = std::max<std::size_t>(4, use.size() / 5);
                    std::vector<double> xs, ys;
                    std::size_t hidden = 0;
                    for (std::size_t i = 0; i < rows_used; ++i) {
                        xs.push_back(use[i].at);
                        ys.push_back(use[i].y);
                        hidden += use[i].is_free ? 0 : 1;
                    }
                    const double beyond = 2 * hidden > rows_used ? kBehindHand : 0.0;
                    (side == 0 ? seen.left : seen.right) =
                        (median_of(xs) - hips.x) / unit + (side == 0 ? -beyond : beyond);
                    (side == 0 ? seen.left_y : seen.right_y) = (median_of(ys) - hips.y) / unit;
                }
                seen.old_along = old_along;
                // The old hem by bins; columns between are interpolated.
                std::array<std::vector<double>, kBins> bins;
                for (std::size_t i = 0; i < columns.size(); ++i) {
                    const double u = (columns[i] - hips.x) / unit;
                    bins[bin_of((u + kBinsAside) / (2 * kBinsAside))].push_back(rows[i]);
                }
                std::vector<std::size_t> good;
                for (std::size_t b = 0; b < kBins; ++b) {
                    if (!bins[b].empty()) {
                        seen.old_hem[b] = (median_of(bins[b]) - hips.y) / unit;
                        good.push_back(b);
                    }
                }
                for (std::size_t b = 0; b < kBins; ++b) {
                    if (bins[b].empty()) {
                        const auto after = std::lower_bound(good.begin(), good.end(), b);
                        const std::size_t right = after == good.end() ? good.back() : *after;
                        const std::size_t left =
                            after == good.begin() ? good.front() : *std::prev(after);
                        const double t = right > left ? double(b - left) / double(right - left) : 0;
                        seen.old_hem[b] =
                            seen.old_hem[left] + t * (seen.old_hem[right] - seen.old_hem[left]);
                    }
                }
                // Colors right under the old hem, from edge to edge; no skin, no ground.
                const double from = seen.left * unit + hips.x;
                const double to = seen.right * unit + hips.x;
                const double skip = std::max(1.5, kSkip * unit);
                std::array<occlusion::MedianColor, kBins> colors;
                occlusion::MedianColor every, spread;
                std::vector<std::pair<std::size_t, cv::Vec3b>> pixels;
                for (const double reach : {kColorRows, kMoreColorRows}) {
                    if (pixels.size() >= 40) {
                        break;
                    }
                    pixels.clear();
                    every = {};
                    for (int x = std::max(0, cvFloor(from)); x < std::min(size.width, cvCeil(to));
                         ++x) {
                        const double u = (x - hips.x) / unit;
                        const double edge =
                            seen.old_hem[bin_of((u + kBinsAside) / (2 * kBinsAside))] * unit +
                            hips.y;
                        for (int y = std::max(0, cvFloor(edge + skip) + 1);
                             y < std::min(size.height, cvCeil(edge + skip + reach * unit)); ++y) {
                            if (view.of(Surface::kLowerClothes, x, y) > 170) {
                                const cv::Vec3b& color = view.colors().at<cv::Vec3b>(y, x);
                                pixels.emplace_back(bin_of((x - from) / std::max(to - from, 1.0)),
                                                    color);
                                every.add(color);
                            }
                        }
                    }
                }
                found = every.count() >= 12;
                if (found) {
                    const cv::Vec3f all = cv::Vec3f(every.median());
                    const auto off_of = [&](const cv::Vec3b& color) {
                        cv::Vec3b off;
                        for (int c = 0; c < 3; ++c) {
                            off[c] = cv::saturate_cast<std::uint8_t>(std::abs(color[c] - all[c]));
                        }
                        return off;
                    };
                    for (const auto& [bin, color] : pixels) {
                        spread.add(off_of(color));
                    }
                    const cv::Vec3b usual = spread.median();
                    for (const auto& [bin, color] : pixels) {
                        const cv::Vec3b off = off_of(color);
                        if (off[0] <= 3 * usual[0] + 8 && off[1] <= 3 * usual[1] + 4 &&
                            off[2] <= 3 * usual[2] + 4) {
                            colors[bin].add(color);
                        }
                    }
                    cv::Vec3f last_color = all;
                    std::array<cv::Vec3f, kBins> raw;
                    for (std::size_t b = 0; b < kBins; ++b) {
                        if (colors[b].count() >= 4) {
                            last_color = cv::Vec3f(colors[b].median());
                            for (int c = 0; c < 3; ++c) {
                                last_color[c] = std::clamp(last_color[c], all[c] - kMostAcross,
                                                           all[c] + kMostAcross);
                            }
                        }
                        raw[b] = last_color;
                    }
                    for (std::size_t b = 0; b < kBins; ++b) {
                        const cv::Vec3f& before = raw[b > 0 ? b - 1 : 0];
                        const cv::Vec3f& after = raw[std::min(b + 1, kBins - 1)];
                        seen.color[b] = before * 0.25F + raw[b] * 0.5F + after * 0.25F;
                    }
                    const double s = known.is_there ? static_cast<double>(share) : 1.0;
                    const auto follow = [&](double& was, double is) { was += s * (is - was); };
                    follow(known.left, seen.left);
                    follow(known.right, seen.right);
                    follow(known.left_y, seen.left_y);
                    follow(known.right_y, seen.right_y);
                    follow(known.old_along, seen.old_along);
                    for (std::size_t b = 0; b < kBins; ++b) {
                        follow(known.old_hem[b], seen.old_hem[b]);
                        known.color[b] += (seen.color[b] - known.color[b]) * static_cast<float>(s);
                    }
                }
            }
        }
    }
    if (found) {
        known.strength = known.is_there ? known.strength + share * (1 - known.strength) : 1.0F;
        known.is_there = true;
        known.unseen_s = 0;
    } else if (known.is_there) {
        known.unseen_s += passed_s;
        known.strength *= 1 - share;
        known.is_there = known.unseen_s < kForgetS && hem.is_there;
    }
    if (!known.is_there) {
        return false;
    }
    now_ = known;
    for (double& y : now_.old_hem) {
        y = y * unit + hips.y;
    }
    const double inset = kInset * unit;
    now_.left = known.left * unit + hips.x;
    now_.right = known.right * unit + hips.x;
    now_.left_y = std::max(known.left_y * unit + hips.y, hem.left_y + 1);
    now_.right_y = std::max(known.right_y * unit + hips.y, hem.right_y + 1);
    hem_.left = cvRound(std::max(hem.left + inset, now_.left - kMostOff * unit));
    hem_.right = cvRound(std::min(hem.right - inset, now_.right + kMostOff * unit));
    return hem_.left < hem_.right && now_.left < now_.right;
}

HiddenTrousers::Edges HiddenTrousers::edges_at(double y) const {
    const double l = std::clamp((y - hem_.left_y) / (now_.left_y - hem_.left_y), 0.0, 1.0);
    const double r = std::clamp((y - hem_.right_y) / (now_.right_y - hem_.right_y), 0.0, 1.0);
    return {hem_.left + l * (now_.left - hem_.left), hem_.right + r * (now_.right - hem_.right)};
}

double HiddenTrousers::last_row(int x) const {
    const double u = ((x - hip_x_) / unit_ + kBinsAside) / (2 * kBinsAside) * kBins - 0.5;
    const double at = std::clamp(u, 0.0, static_cast<double>(kBins - 1));
    const auto i = std::min(static_cast<std::size_t>(at), kBins - 2);
    const double t = at - static_cast<double>(i);
    return now_.old_hem[i] + t * (now_.old_hem[i + 1] - now_.old_hem[i]);
}

float HiddenTrousers::inside(int x, int y) const {
    const Edges edges = edges_at(y);
    const double in = std::min(x - edges.left, edges.right - x) + 0.5;
    return static_cast<float>(std::clamp(in, 0.0, 1.0)) * now_.strength;
}

void HiddenTrousers::paint(const GridView& view, cv::Rect part, cv::Mat3f& colors,
                           Sources& sources) const {
    // Folds: what lower clothes differ by from what is smooth, in the rows that are mirrored.
    const double skip = std::max(1.5, kSkip * unit_);
    double lowest = 0;
    for (const double y : now_.old_hem) {
        lowest = std::max(lowest, y);
    }
    const int end =
        std::clamp(cvCeil(2 * (lowest + skip) - part.y) + 2, part.y + 1, view.size().height);
    const cv::Rect source(part.x, part.y, part.width, end - part.y);
    cv::Mat sure;
    cv::threshold(view.classes->of(Surface::kLowerClothes)(source), sure, 170, 255,
                  cv::THRESH_BINARY);
    cv::Mat3f now, smooth;
    view.colors()(source).convertTo(now, CV_32F);
    // What shows between the legs is called clothes as well.
    cv::Vec3f cloth(0, 0, 0);
    for (const cv::Vec3f& color : now_.color) {
        cloth += color * (1.0F / kBins);
    }
    for (int y = 0; y < sure.rows; ++y) {
        for (int x = 0; x < sure.cols; ++x) {
            const cv::Vec3f off = now(y, x) - cloth;
            if (std::abs(off[0]) > kOtherLuma || std::hypot(off[1], off[2]) > kOtherChroma) {
                sure.at<std::uint8_t>(y, x) = 0;
            }
        }
    }
    shrink(sure, 2);
    cv::Mat1f weight, share;
    sure.convertTo(weight, CV_32F, 1.0 / 255);
    smooth = now.clone();
    smooth.setTo(cv::Scalar::all(0), ~sure);
    const int window = 2 * view.px(kFoldWidths) + 1;
    cv::blur(smooth, smooth, {window, window}, {-1, -1}, cv::BORDER_REPLICATE);
    cv::blur(weight, share, {window, window}, {-1, -1}, cv::BORDER_REPLICATE);
    cv::Mat1f fade;  // folds fade out where lower clothes end
    const int fading = 2 * view.px(kFadeWidths) + 1;
    cv::blur(weight, fade, {fading, fading}, {-1, -1}, cv::BORDER_REPLICATE);
    colors.create(part.size());
    sources.create(part.size());
    for (int y = 0; y < part.height; ++y) {
        const int gy = part.y + y;
        const Edges edges = edges_at(gy);
        for (int x = 0; x < part.width; ++x) {
            const int gx = part.x + x;
            const double u =
                std::clamp((gx - edges.left) / std::max(edges.right - edges.left, 1.0), 0.0, 1.0);
            const double bin = std::clamp(u * kBins - 0.5, 0.0, static_cast<double>(kBins - 1));
            const auto i = std::min(static_cast<std::size_t>(bin), kBins - 2);
            const auto t = static_cast<float>(bin - static_cast<double>(i));
            cv::Vec3f color = now_.color[i] + (now_.color[i + 1] - now_.color[i]) * t;
            const double from_y = 2 * (last_row(gx) + skip) - gy;
            const Edges below = edges_at(from_y);
            cv::Vec2s source_of_pixel(0, 0);
            const int sx = cvRound(below.left + u * (below.right - below.left)) - source.x;
            const int sy = cvRound(from_y) - source.y;
            if (sx >= 0 && sy >= 0 && sx < source.width && sy < source.height &&
                sure.at<std::uint8_t>(sy, sx) != 0) {
                const cv::Vec3f fold =
                    now(sy, sx) - smooth(sy, sx) * (1.0F / std::max(share(sy, sx), 0.05F));
                source_of_pixel = {static_cast<short>(sx - x),
                                   static_cast<short>(sy + source.y - gy)};
                for (int c = 0; c < 3; ++c) {
                    color[c] += std::clamp(fold[c], -kMostFold, kMostFold) *
                                std::clamp(2 * fade(sy, sx) - 1, 0.0F, 1.0F);
                }
            }
            colors(y, x) = color;
            sources(y, x) = source_of_pixel;
        }
    }
}

}  // namespace closet::removal
