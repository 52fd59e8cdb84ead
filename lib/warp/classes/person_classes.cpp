#include "warp/classes/person_classes.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <opencv2/imgproc.hpp>

#include "warp/paint/kernel.h"

namespace closet {
namespace {

using namespace classes;

constexpr double kAround = 0.18;  ///< of the longer side of the key points' box
constexpr double kThighs = 2.2;   ///< down to which legs may be seen, from the shoulders, in torsos
/// Ground that is looked at around the labels, shoulder widths: its colors are learned.
constexpr double kGroundAround = 0.25;
constexpr int kSomebody = 48;  ///< of 255: a label may hold here
/// Models: time constant of forgetting, and how often they are learned anew at most and, where no
/// labels are measured, at least; seconds.
constexpr double kForgetColorsS = 1.0, kLearnS = 0.19, kLearnAnywayS = 0.25;
constexpr std::size_t kMostSeen = 6000;  ///< colors handed to a mixture
constexpr double kSteady = 0.03;         ///< of the grid's longer side: as far off it still fits
constexpr int kLeastSide = 16;           ///< of the grid; smaller people are not looked at

// The study's, see Note [Color step].
constexpr float kColorFirst = 0.9F;
constexpr float kPriorShare = 0.5F, kColorShare = 0.35F, kFilterShare = 1.6F;
constexpr float kEpsilon = 3e-4F;
constexpr double kRadius = 0.05;
constexpr int kRounds = 1;  ///< the study's second one was worth 0.0005 of overlap
/// Skin farther from the median of all sure skin is an eye, a brow or a collar; units of CIELAB.
constexpr float kSkinLightness = 30.0F, kSkinChroma = 16.0F;

/// Odds of four classes to the ground become shares of one: 4 planes of `n`.
CLOSET_TARGET_CLONES
void odds_to_shares(float* __restrict odds, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        const float a = odds[i], b = odds[n + i], c = odds[2 * n + i], d = odds[3 * n + i];
        const float whole = 1.0F + a + b + c + d;
        odds[i] = a / whole;
        odds[n + i] = b / whole;
        odds[2 * n + i] = c / whole;
        odds[3 * n + i] = d / whole;
    }
}

/// The other way: of shares that need not be between 0 and 1.
CLOSET_TARGET_CLONES
void shares_to_odds(const float* __restrict shares, std::size_t n, float* __restrict odds) {
    constexpr float kLow = 1e-4F;
    for (std::size_t i = 0; i < n; ++i) {
        const float a = shares[i], b = shares[n + i], c = shares[2 * n + i];
        const float d = shares[3 * n + i];
        const float ground = std::max(1.0F - a - b - c - d, kLow);
        odds[i] = std::max(a, kLow) / ground;
        odds[n + i] = std::max(b, kLow) / ground;
        odds[2 * n + i] = std::max(c, kLow) / ground;
        odds[3 * n + i] = std::max(d, kLow) / ground;
    }
}

/// a * `of_a` + b * `of_b` + c * `of_c`, into c.
CLOSET_TARGET_CLONES
void mix(const float* __restrict a, float of_a, const float* __restrict b, float of_b,
         std::size_t n, float* __restrict c, float of_c) {
    for (std::size_t i = 0; i < n; ++i) {
        c[i] = of_a * a[i] + of_b * b[i] + of_c * c[i];
    }
}

/// Shares of four classes, which need not be between 0 and 1, become levels of these and the
/// ground (`levels`, the ground first) that add up to about 255. The shares are lost.
CLOSET_TARGET_CLONES
void shares_to_levels(float* __restrict shares, std::size_t n,
                      const std::array<std::uint8_t*, kSurfaceCount>& levels,
                      float* __restrict ground) {
    for (std::size_t i = 0; i < n; ++i) {
        const float a = shares[i], b = shares[n + i], c = shares[2 * n + i];
        const float d = shares[3 * n + i];
        const float rest = std::max(1.0F - a - b - c - d, 0.0F);
        const float p = std::max(a, 0.0F), q = std::max(b, 0.0F), r = std::max(c, 0.0F);
        const float s = std::max(d, 0.0F);
        const float scale = 255.0F / (rest + p + q + r + s);
        ground[i] = rest * scale + 0.5F;
        shares[i] = p * scale + 0.5F;
        shares[n + i] = q * scale + 0.5F;
        shares[2 * n + i] = r * scale + 0.5F;
        shares[3 * n + i] = s * scale + 0.5F;
    }
    for (std::size_t c = 0; c < kSurfaceCount; ++c) {
        const float* __restrict from = c == 0 ? ground : shares + (c - 1) * n;
        std::uint8_t* __restrict to = levels[c];
        for (std::size_t i = 0; i < n; ++i) {
            to[i] = static_cast<std::uint8_t>(static_cast<int>(from[i]));
        }
    }
}

/// Leaves the samples near their median.
void keep_plain_skin(std::vector<cv::Vec3b>& seen) {
    occlusion::MedianColor all;
    for (const cv::Vec3b& color : seen) {
        all.add(color);
    }
    const cv::Vec3b middle = all.median();
    const auto is_odd = [&](const cv::Vec3b& color) {
        const cv::Vec3f off = ColorMixture::of_color(static_cast<float>(color[0] - middle[0]),
                                                     static_cast<float>(color[1] - middle[1]),
                                                     static_cast<float>(color[2] - middle[2]));
        return std::abs(off[0]) > kSkinLightness || std::hypot(off[1], off[2]) > kSkinChroma;
    };
    const auto odd = std::count_if(seen.begin(), seen.end(), is_odd);
    if (seen.size() - static_cast<std::size_t>(odd) >= ColorMixture::kLeastSamples) {
        std::erase_if(seen, is_odd);
    }
}

}  // namespace

const PersonClasses* ClassFinder::find(const Wearer& wearer, const occlusion::ShownPicture& frame,
                                       bool legs) {
    const Pose& pose = wearer.pose;
    if (!wearer.body || !classes::is_usable(pose.labels.get())) {
        return nullptr;
    }
    const auto [known, is_new, passed_s] = people_.of(pose);
    const cv::Rect last = known.where;
    const cv::Size last_shown = known.shown;
    if (!read_grid(wearer, frame, legs, known)) {
        return nullptr;
    }
    read_labels(*pose.labels, wearer, labels_);
    priors_.find(labels_, wearer, prior_, somebody_);
    const double passed = people_.now_s() - known.learned_s;
    if (!known.has_learned || passed >= kLearnAnywayS ||
        (pose.origin == PoseOrigin::kMeasured && passed >= kLearnS)) {
        const std::array<cv::Mat, 5> sure = sure_pixels(labels_, wearer);
        const auto share = static_cast<float>(1.0 - std::exp(-passed / kForgetColorsS));
        for (std::size_t c = 0; c < kSurfaceCount; ++c) {
            std::vector<cv::Vec3b> seen;
            const int all = cv::countNonZero(sure[c]);
            const int step = std::max(all / static_cast<int>(kMostSeen), 1);
            int n = 0;
            for (int j = 0; j < sure[c].rows; ++j) {
                const auto* is_sure = sure[c].ptr(j);
                for (int i = 0; i < sure[c].cols; ++i) {
                    if (is_sure[i] != 0 && n++ % step == 0) {
                        // Two of the four pixels, not their mean: stripes would be gray.
                        seen.push_back(colors_.at<cv::Vec3b>(2 * j, 2 * i + n % 2));
                        seen.push_back(colors_.at<cv::Vec3b>(2 * j + 1, 2 * i + 1 - n % 2));
                    }
                }
            }
            if (c == static_cast<std::size_t>(Surface::kSkin)) {
                keep_plain_skin(seen);
            }
            known.mixtures[c].learn(seen, c == 0 ? 5 : 4, share);
        }
        known.table.make(known.mixtures);
        known.held.learn(labels_, wearer, colors_, known.mixtures);
        known.has_learned = true;
        known.learned_s = people_.now_s();
    }
    look_up(known.table);
    sharpen(wearer.body->unit);
    known.held.find(labels_, wearer, colors_, passed_s, held_);
    auto& planes = classes_.probability;
    known.steady.follow(colors_, known.where == last && known.shown == last_shown, passed_s,
                        {&planes[0], &planes[1], &planes[2], &planes[3], &planes[4], &held_});
    set_held();
    classes_.labels = &labels_;
    classes_.colors = &colors_;
    return &classes_;
}

/// The colors of the person's box, and the grid on which all else is found. It stays where it is as
/// long as it fits: what is painted has the grid's pixels, and they should not crawl.
bool ClassFinder::read_grid(const Wearer& wearer, const occlusion::ShownPicture& frame, bool legs,
                            Remembered& known) {
    const PersonLabels& labels = *wearer.pose.labels;
    const Box box = enclosing_box(wearer.pose.keypoints, wearer.min_score);
    const double margin = kAround * static_cast<double>(std::max(box.width, box.height));
    cv::Rect2d wide(static_cast<double>(box.x) - margin, static_cast<double>(box.y) - margin,
                    static_cast<double>(box.width) + 2 * margin,
                    static_cast<double>(box.height) + 2 * margin);
    // Legs go on below hips whose knees are not seen, as far as labels tell.
    const auto is_seen = [&](Joint joint) {
        return is_reliable(wearer.pose.at(joint), wearer.min_score);
    };
    if (legs && !(is_seen(Joint::kLeftKnee) && is_seen(Joint::kRightKnee))) {
        const double thighs = wearer.body->middle.y + kThighs * wearer.body->torso;
        wide.height = std::max(wide.br().y, thighs) - wide.y;
    }
    // Where a label that may be the person's holds at all.
    cv::Rect planes;
    for (const Label label : {Label::kPerson, Label::kSkin, Label::kClothes, Label::kHair,
                              Label::kUpperClothes, Label::kLowerClothes, Label::kDress}) {
        if (!labels.of(label).empty()) {
            planes |= cv::boundingRect(labels.of(label) >= kSomebody);
        }
    }
    if (planes.empty()) {
        return false;
    }
    const cv::Matx23d& m = labels.labels_from_shown;
    if (std::abs(m(0, 0) * m(1, 1) - m(0, 1) * m(1, 0)) < 1e-12) {
        return false;
    }
    const cv::Matx23d shown_from_labels = inverse(m);
    cv::Point2d low(INFINITY, INFINITY), high(-INFINITY, -INFINITY);
    for (const double x : {planes.x - 0.5, planes.br().x - 0.5}) {
        for (const double y : {planes.y - 0.5, planes.br().y - 0.5}) {
            const cv::Point2d corner = apply(shown_from_labels, {x, y});
            low = {std::min(low.x, corner.x), std::min(low.y, corner.y)};
            high = {std::max(high.x, corner.x), std::max(high.y, corner.y)};
        }
    }
    const cv::Point2d beyond = cv::Point2d(1, 1) * (kGroundAround * wearer.body->unit);
    const cv::Rect2d seen(low - beyond, high + beyond);
    cv::Rect where = occlusion::even_part(wide & seen, frame.geometry.shown);
    where.width = (where.width + 3) / 4 * 4;  // an even number of pixels at half size
    where.height = (where.height + 3) / 4 * 4;
    const double most_off = kSteady * std::max(where.width, where.height);
    const cv::Point low_off = where.tl() - known.where.tl();
    const cv::Point high_off = where.br() - known.where.br();
    const int off = std::max(
        {std::abs(low_off.x), std::abs(low_off.y), std::abs(high_off.x), std::abs(high_off.y)});
    if (known.shown == frame.geometry.shown && off <= most_off) {
        where = known.where;
    }
    known.where = where;
    known.shown = frame.geometry.shown;
    if (std::min(where.width, where.height) < 2 * kLeastSide ||
        !occlusion::read_colors(frame, where, half_)) {
        return false;
    }
    const int longest = std::max(half_.cols, half_.rows);
    if (longest > kLongest) {
        const auto even = [&](int side) {
            return std::max((side * kLongest / longest + 1) / 2 * 2, kLeastSide);
        };
        // Up to half of the size, four neighbors hold all that is averaged, and are much faster.
        const bool is_near = longest <= 2 * kLongest;
        cv::resize(half_, colors_, {even(half_.cols), even(half_.rows)}, 0, 0,
                   is_near ? cv::INTER_LINEAR : cv::INTER_AREA);
    } else {
        half_.copyTo(colors_);
    }
    const double across = static_cast<double>(where.width) / colors_.cols;
    const double down = static_cast<double>(where.height) / colors_.rows;
    classes_.where = where;
    classes_.classes_from_shown = {1 / across, 0,        (0.5 - where.x) / across - 0.5,
                                   0,          1 / down, (0.5 - where.y) / down - 0.5};
    labels_.size = colors_.size() / 2;
    labels_.shown_from_view = {2 * across, 0,        where.x - 0.5 + across,
                               0,          2 * down, where.y - 0.5 + down};
    return true;
}

/// What colors say where somebody may be: the mean of four pixels of the grid.
void ClassFinder::look_up(ColorTable& table) {
    bins_.resize(colors_.total());
    std::uint16_t* bin = bins_.data();
    for (int y = 0; y < colors_.rows; ++y) {
        const cv::Range& span = somebody_[static_cast<std::size_t>(y / 2)];
        const auto* color = colors_.ptr<cv::Vec3b>(y);
        for (int x = 2 * span.start; x < 2 * span.end; ++x) {
            *bin++ = table.bin_of(color[x]);
        }
    }
    bins_.resize(static_cast<std::size_t>(bin - bins_.data()));
    table.find(bins_);
    color_.create(labels_.size.height, labels_.size.width);
    color_.flat().setTo(0);
    const std::uint16_t* above = bins_.data();
    for (int j = 0; j < color_.rows; ++j) {
        const cv::Range& span = somebody_[static_cast<std::size_t>(j)];
        const std::uint16_t* below = above + 2 * std::ptrdiff_t{span.size()};
        for (int i = span.start; i < span.end; ++i, above += 2, below += 2) {
            const Four mean = (table.at(above[0]) + table.at(above[1]) + table.at(below[0]) +
                               table.at(below[1])) *
                              0.25F;
            for (std::size_t c = 0; c < 4; ++c) {
                color_.row(c, j)[i] = mean[c];
            }
        }
        above = below;
    }
}

/// What is held is no clothes.
void ClassFinder::set_held() {
    classes_.held.release();
    if (cv::countNonZero(held_) > 0) {
        classes_.held = (held_ > 127) & (classes_.of(Surface::kSkin) < 128) &
                        (classes_.of(Surface::kHair) < 128);
        for (std::size_t c = 0; c < kSurfaceCount; ++c) {
            classes_.probability[c].setTo(c == 0 ? 255 : 0, classes_.held);
        }
    }
}

void ClassFinder::sharpen(double unit) {
    const double per_shown = 1.0 / labels_.shown_from_view(0, 0);
    const int radius = std::clamp(static_cast<int>(std::lround(kRadius * unit * per_shown)), 1, 40);
    posterior_.create(prior_.rows, prior_.cols);
    const std::size_t size = prior_.size();
    cv::Mat flat = posterior_.flat();
    flat.setTo(0);
    // Far from everybody is but ground.
    const auto to_shares = [&] {
        cv::exp(flat, flat);
        odds_to_shares(posterior_.plane(0), size);
        for (int j = 0; j < posterior_.rows; ++j) {
            const cv::Range& span = somebody_[static_cast<std::size_t>(j)];
            for (std::size_t c = 0; c < 4; ++c) {
                std::fill(posterior_.row(c, j), posterior_.row(c, j) + span.start, 0.0F);
                std::fill(posterior_.row(c, j) + span.end, posterior_.row(c, j) + posterior_.cols,
                          0.0F);
            }
        }
    };
    mix(prior_.plane(0), 1, color_.plane(0), kColorFirst, 4 * size, posterior_.plane(0), 0);
    to_shares();
    filter_.look_at(colors_, radius, kEpsilon, somebody_);
    for (int round = 0; round < kRounds; ++round) {
        filter_.fit(posterior_);
        filter_.apply_half(filtered_);
        shares_to_odds(filtered_.plane(0), size, posterior_.plane(0));
        cv::log(flat, flat);
        mix(prior_.plane(0), kPriorShare, color_.plane(0), kColorShare, 4 * size,
            posterior_.plane(0), kFilterShare);
        to_shares();
    }
    filter_.fit(posterior_);
    for (cv::Mat& plane : classes_.probability) {
        plane.create(colors_.size(), CV_8UC1);
    }
    ground_row_.resize(static_cast<std::size_t>(colors_.cols));
    for (int y = 0; y < colors_.rows; ++y) {
        filter_.apply_row(y, row_);
        const int start = 2 * filter_.spans()[static_cast<std::size_t>(y / 2)].start;
        std::array<std::uint8_t*, kSurfaceCount> levels{};
        for (std::size_t c = 0; c < kSurfaceCount; ++c) {
            levels[c] = classes_.probability[c].ptr(y);
            std::fill_n(levels[c], colors_.cols, c == 0 ? 255 : 0);
            levels[c] += start;
        }
        shares_to_levels(row_.plane(0), row_.size(), levels, ground_row_.data());
    }
}

}  // namespace closet
