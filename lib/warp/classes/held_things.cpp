#include "warp/classes/held_things.h"

#include <algorithm>
#include <cstddef>

#include <opencv2/imgproc.hpp>

#include "warp/occlusion/half_view.h"
#include "warp/paint/blur_plane.h"

namespace closet::classes {
namespace {

constexpr int kClothes = 140, kNobody = 64, kNoSkin = 76;  ///< of labels, 255
/// Lengths in shoulder widths: from a wrist to the far end of what a hand holds; what is thinner is
/// an edge of clothes; how far the thing goes on beyond what surely is one.
constexpr double kFromWrist = 1.5, kThin = 0.08, kGoesOn = 0.9;
constexpr double kLeastArea = 0.04;  ///< square shoulder widths
constexpr float kApart = 0.75F;      ///< colors of things and of clothes (ColorMixture::apart)
constexpr float kLuma = occlusion::luma_weight(1.0F);
/// Plain ground is taken for clothes at times, between legs and arms.
constexpr float kFromGround = 20.0F * occlusion::kLevelsOfLab;
constexpr double kClasp = 0.06;  ///< shoulder widths: gaps in a thing, of other colors
constexpr std::size_t kParts = 3;
constexpr double kSwings = 0.1;  ///< shoulder widths from frame to frame

cv::Mat round_of(double radius) {
    return round_element(std::max(cvRound(radius), 1));
}

/// As far from the hands as what they hold may reach: CV_8UC1 of the labels' size.
cv::Mat near_hands(const LabelView& labels, const Wearer& wearer) {
    const double unit = wearer.body->unit / labels.shown_from_view(0, 0);
    cv::Mat near_hand(labels.size, CV_8UC1, cv::Scalar(0));
    for (const Joint joint : {Joint::kLeftWrist, Joint::kRightWrist}) {
        const Keypoint& wrist = wearer.pose.at(joint);
        if (is_reliable(wrist, wearer.min_score)) {
            cv::circle(near_hand, apply(inverse(labels.shown_from_view), place_of(wrist)),
                       cvRound(kFromWrist * unit), 255, cv::FILLED);
        }
    }
    return near_hand;
}

/// What surely is a thing: CV_8UC1 of the labels' size, empty where nothing is.
cv::Mat find_sure(const LabelView& labels, const Wearer& wearer, const cv::Mat& colors) {
    const double unit = wearer.body->unit / labels.shown_from_view(0, 0);
    const cv::Mat near_hand = near_hands(labels, wearer);
    const cv::Mat nobody =
        (labels.of(Label::kPerson) < kNobody) & (labels.of(Label::kSkin) < kNoSkin) & near_hand;
    cv::Mat sure = (labels.of(Label::kClothes) > kClothes) & nobody;
    cv::morphologyEx(sure, sure, cv::MORPH_OPEN, round_of(kThin / 2 * unit));
    if (cv::countNonZero(sure) < kLeastArea * unit * unit) {
        return {};
    }
    const cv::Mat ground = (labels.of(Label::kClothes) < kNobody) & nobody;
    cv::Mat pieces;
    const int count = cv::connectedComponents(sure, pieces, 8, CV_32S);
    std::vector<occlusion::MedianColor> seen(static_cast<std::size_t>(count));  // first: ground
    for (int y = 0; y < sure.rows; ++y) {
        for (int x = 0; x < sure.cols; ++x) {
            const auto piece = static_cast<std::size_t>(pieces.at<int>(y, x));
            if (piece > 0 || ground.at<std::uint8_t>(y, x) != 0) {
                seen[piece].add(colors.at<cv::Vec3b>(2 * y, 2 * x));
            }
        }
    }
    const auto is_thing = [&](const occlusion::MedianColor& piece) {
        return static_cast<double>(piece.count()) >= kLeastArea * unit * unit &&
               seen[0].count() > 0 &&
               occlusion::squared_distance(piece.median(), seen[0].median(), kLuma) >
                   kFromGround * kFromGround;
    };
    std::vector<bool> stays(seen.size(), false);
    for (std::size_t piece = 1; piece < seen.size(); ++piece) {
        stays[piece] = is_thing(seen[piece]);
    }
    bool any = false;
    for (int y = 0; y < sure.rows; ++y) {
        for (int x = 0; x < sure.cols; ++x) {
            const bool is = stays[static_cast<std::size_t>(pieces.at<int>(y, x))];
            sure.at<std::uint8_t>(y, x) = is ? 255 : 0;
            any = any || is;
        }
    }
    return any ? sure : cv::Mat();
}

}  // namespace

void HeldThings::learn(const LabelView& labels, const Wearer& wearer, const cv::Mat& colors,
                       const std::array<ColorMixture, 5>& mixtures) {
    const cv::Mat sure = find_sure(labels, wearer, colors);
    if (sure.empty()) {
        return;
    }
    std::vector<cv::Vec3b> seen;
    for (int y = 0; y < sure.rows; ++y) {
        for (int x = 0; x < sure.cols; ++x) {
            if (sure.at<std::uint8_t>(y, x) != 0) {
                seen.push_back(colors.at<cv::Vec3b>(2 * y, 2 * x));
                seen.push_back(colors.at<cv::Vec3b>(2 * y + 1, 2 * x + 1));
            }
        }
    }
    ColorMixture things;
    things.learn(seen, kParts, 1);
    std::array<ColorMixture, 5> others = mixtures;
    others[2] = things;
    if (things.is_known() && ColorMixture::apart(things, mixtures[3]) > kApart &&
        ColorMixture::apart(things, mixtures[4]) > kApart) {
        table_.make(others);
        is_known_ = true;
    } else if (!is_open_) {
        is_known_ = false;
    }
}

/// Whether something is held.
bool HeldThings::decide(bool is_sure, double passed_s) {
    constexpr double kTrust = 5;
    agreed_s_ = is_sure ? agreed_s_ + passed_s : 0;
    trust_s_ = is_sure ? std::clamp(trust_s_ + kTrust * passed_s, kOpenS, kKeepS)
                       : std::max(trust_s_ - passed_s, 0.0);
    is_open_ = is_open_ ? trust_s_ > 0 : is_sure && agreed_s_ >= kOpenS;
    is_from_first_ = is_from_first_ && is_sure;
    is_known_ = is_known_ && (is_sure || is_open_);
    return is_open_ || is_from_first_;
}

void HeldThings::find(const LabelView& labels, const Wearer& wearer, const cv::Mat& colors,
                      double passed_s, cv::Mat& held) {
    held.create(colors.size(), CV_8UC1);
    held.setTo(0);
    const cv::Mat sure = is_known_ ? find_sure(labels, wearer, colors) : cv::Mat();
    const cv::Mat last = last_;
    last_.release();
    if (!decide(!sure.empty(), passed_s)) {
        return;
    }
    const double unit = 2 * wearer.body->unit / labels.shown_from_view(0, 0);
    cv::Mat seeds(colors.size(), CV_8UC1, cv::Scalar(0)), carried, around;
    if (!sure.empty()) {
        cv::resize(sure, seeds, colors.size(), 0, 0, cv::INTER_NEAREST);
    }
    if (!last.empty()) {
        cv::Mat there;
        cv::warpAffine(last, there, compose(inverse(shown_from_last_), labels.shown_from_view),
                       labels.size, cv::INTER_NEAREST | cv::WARP_INVERSE_MAP);
        cv::dilate(there & near_hands(labels, wearer), there, round_of(kSwings / 2 * unit));
        cv::resize(there, carried, colors.size(), 0, 0, cv::INTER_NEAREST);
    }
    cv::bitwise_not(carried.empty() ? seeds : seeds | carried, around);
    cv::distanceTransform(around, around, cv::DIST_L2, 3);
    around = around < kGoesOn * unit;
    const cv::Rect part = cv::boundingRect(around);
    bins_.clear();
    for (int y = part.y; y < part.br().y; ++y) {
        for (int x = part.x; x < part.br().x; ++x) {
            bins_.push_back(table_.bin_of(colors.at<cv::Vec3b>(y, x)));
        }
    }
    table_.find(bins_);
    const std::uint16_t* bin = bins_.data();
    for (int y = part.y; y < part.br().y; ++y) {
        for (int x = part.x; x < part.br().x; ++x, ++bin) {
            const Four ratio = table_.at(*bin);
            const bool is_thing = around.at<std::uint8_t>(y, x) != 0 &&
                                  ratio[1] > std::max({ratio[0], ratio[2], ratio[3], 0.0F});
            held.at<std::uint8_t>(y, x) = is_thing || seeds.at<std::uint8_t>(y, x) != 0 ? 255 : 0;
        }
    }
    if (!carried.empty()) {  // what is as broad as a thing where one was
        carried &= held;
        cv::morphologyEx(carried, carried, cv::MORPH_OPEN, round_of(kThin / 2 * unit));
        seeds |= carried;
    }
    cv::morphologyEx(held, held, cv::MORPH_CLOSE, round_of(kClasp / 2 * unit));
    cv::Mat pieces;
    const int count = cv::connectedComponents(held, pieces, 8, CV_32S);
    std::vector<bool> stays(static_cast<std::size_t>(count), false);
    for (int y = part.y; y < part.br().y; ++y) {
        for (int x = part.x; x < part.br().x; ++x) {
            if (seeds.at<std::uint8_t>(y, x) != 0) {
                stays[static_cast<std::size_t>(pieces.at<int>(y, x))] = true;
            }
        }
    }
    for (int y = part.y; y < part.br().y; ++y) {
        for (int x = part.x; x < part.br().x; ++x) {
            if (!stays[static_cast<std::size_t>(pieces.at<int>(y, x))]) {
                held.at<std::uint8_t>(y, x) = 0;
            }
        }
    }
    cv::resize(held, last_, labels.size, 0, 0, cv::INTER_NEAREST);
    shown_from_last_ = labels.shown_from_view;
}

}  // namespace closet::classes
