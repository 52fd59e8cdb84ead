#include "warp/removal/bare_limb.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/occlusion/half_view.h"
#include "warp/removal/push_pull.h"

namespace closet::removal {
namespace {

struct Thickness {
    double along, radius;  ///< bones; shoulder widths
};
// The study's arm; the leg is an adult's, from drawings.
constexpr std::array<Thickness, 7> kArm{
    {{0, .165}, {.3, .150}, {.7, .130}, {1, .118}, {1.25, .118}, {1.6, .098}, {2, .070}}};
constexpr std::array<Thickness, 7> kLeg{
    {{0, .260}, {.3, .245}, {.7, .195}, {1, .160}, {1.3, .165}, {1.7, .115}, {2, .090}}};

// The study's fit: stations along the limb at which bare skin tells its width.
constexpr double kFirstStation = 0.2, kStationStep = 0.08, kLastStation = 1.95;
constexpr std::size_t kLeastStations = 3;
/// Edges that are seen go on so far beyond, in bones, and at most so far from the fit.
constexpr double kOffReach = 0.35, kMostEdgeOff = 0.06;
constexpr double kFitWithin = 0.30;  ///< shoulder widths from the bone
constexpr double kLeastFactor = 0.7, kMostFactor = 1.25, kMostShift = 0.08;
constexpr double kReadRadius = 0.92;  ///< percentiles lie a little inside of the outline
constexpr std::size_t kRememberedSizes = 15;
/// A pose is believed from the first share of agreement on, and no more from the second one on.
constexpr int kLimbLabel = 100;  ///< of 255
constexpr double kTrust = 0.7, kDistrust = 0.6;
constexpr float kDoubt = 3.0F;                  ///< times faster than trust
constexpr double kInner = 0.7, kOuter = 1.2;    ///< radii
constexpr double kSkinAround = 0.3;             ///< shoulder widths
constexpr int kFitSkin = 153, kToneSkin = 204;  ///< of 255
/// Pixels that a tone is learned from, of a square shoulder width.
constexpr double kToneShare = 0.004;
constexpr int kLeastTone = 16;
/// A bare limb's light where none is seen: a cylinder, levels.
constexpr float kCylinder = -23.0F, kCylinderMiddle = 6.0F;
/// Beyond, what is seen is not this skin in another light.
constexpr float kMostLuma = 36.0F, kMostChroma = 14.0F;
constexpr double kMeetWidths = 0.09;
constexpr int kBareEnough = 3;       ///< skin of a limb whose width is not seen
constexpr double kHandWidths = 0.3;  ///< around a wrist there is a hand
constexpr float kInnerTone = 0.75F;  ///< radii: farther out chroma is the ground's as well
constexpr float kGrain = 1.5F;       ///< levels

constexpr std::array<std::array<Joint, 3>, 2> kArmJoints{
    {{Joint::kLeftShoulder, Joint::kLeftElbow, Joint::kLeftWrist},
     {Joint::kRightShoulder, Joint::kRightElbow, Joint::kRightWrist}}};
constexpr std::array<std::array<Joint, 3>, 2> kLegJoints{
    {{Joint::kLeftHip, Joint::kLeftKnee, Joint::kLeftAnkle},
     {Joint::kRightHip, Joint::kRightKnee, Joint::kRightAnkle}}};

constexpr float center_of(std::size_t bin) {
    return -0.9F + 1.8F * static_cast<float>(bin) / (SkinTone::kAcross - 1);
}

double percentile(std::vector<float>& values, double share) {
    const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + at, values.end());
    return static_cast<double>(values[static_cast<std::size_t>(at)]);
}

double median(std::vector<double> values) {
    const auto middle = static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), values.begin() + middle, values.end());
    return values[static_cast<std::size_t>(middle)];
}

int least_pixels(double unit) {
    return std::max(kLeastTone, static_cast<int>(kToneShare * unit * unit));
}

}  // namespace

std::optional<cv::Vec3f> tone_of_all_skin(const GridView& view) {
    occlusion::MedianColor skin;
    const cv::Mat& chance = view.classes->of(Surface::kSkin);
    for (int y = 0; y < chance.rows; y += 2) {
        for (int x = y / 2 % 2; x < chance.cols; x += 2) {
            if (chance.at<std::uint8_t>(y, x) >= kToneSkin) {
                skin.add(view.colors().at<cv::Vec3b>(y, x));
            }
        }
    }
    if (skin.count() < least_pixels(view.unit) / 2) {
        return std::nullopt;
    }
    return cv::Vec3f(skin.median());
}

std::optional<BareLimb> BareLimb::make(const GridView& view, Kind kind, std::size_t side) {
    const auto& joints = (kind == Kind::kArm ? kArmJoints : kLegJoints)[side];
    const auto first = view.joint(joints[0]);
    const auto second = view.joint(joints[1]);
    if (!first || !second) {
        return std::nullopt;
    }
    BareLimb limb;
    limb.kind_ = kind;
    limb.unit_ = view.unit;
    // Without its end the limb goes straight on.
    limb.joint_ = {*first, *second, view.joint(joints[2]).value_or(*second * 2 - *first)};
    limb.find_box(view);
    limb.measure_places();
    return limb;
}

double BareLimb::radius(double along) const {
    const auto& table = kind_ == Kind::kArm ? kArm : kLeg;
    const double s = std::clamp(along, 0.0, 2.0);
    std::size_t i = 0;
    while (i + 2 < table.size() && table[i + 1].along < s) {
        ++i;
    }
    const double t = (s - table[i].along) / (table[i + 1].along - table[i].along);
    return (table[i].radius + t * (table[i + 1].radius - table[i].radius)) * unit_ * factor_;
}

void BareLimb::find_box(const GridView& view) {
    const double around = (kind_ == Kind::kArm ? 0.35 : 0.45) * unit_;
    cv::Point2d low(INFINITY, INFINITY), high(-INFINITY, -INFINITY);
    for (const cv::Point2d& p : joint_) {
        low = {std::min(low.x, p.x - around), std::min(low.y, p.y - around)};
        high = {std::max(high.x, p.x + around), std::max(high.y, p.y + around)};
    }
    const cv::Rect2d all(0, 0, view.size().width, view.size().height);
    const cv::Rect2d part = cv::Rect2d(low, high) & all;
    box_ = part.empty() ? cv::Rect()
                        : cv::Rect(cv::Point(cvFloor(part.x), cvFloor(part.y)),
                                   cv::Point(cvFloor(part.br().x), cvFloor(part.br().y)));
}

void BareLimb::measure_places() {
    places_.create(box_.size());
    struct Bone {
        float x, y, dx, dy, per_square;
    };
    std::array<Bone, 2> bones{};
    for (std::size_t i = 0; i < 2; ++i) {
        const cv::Point2f from = joint_[i];
        const cv::Point2f bone = cv::Point2f(joint_[i + 1]) - from;
        bones[i] = {from.x, from.y, bone.x, bone.y, 1 / (bone.dot(bone) + 1e-6F)};
    }
    for (int y = 0; y < box_.height; ++y) {
        for (int x = 0; x < box_.width; ++x) {
            float least = std::numeric_limits<float>::max();
            for (std::size_t i = 0; i < 2; ++i) {
                const Bone& bone = bones[i];
                const float px = static_cast<float>(box_.x + x) - bone.x;
                const float py = static_cast<float>(box_.y + y) - bone.y;
                const float t =
                    std::clamp((px * bone.dx + py * bone.dy) * bone.per_square, 0.0F, 1.0F);
                const float ox = px - bone.dx * t, oy = py - bone.dy * t;
                const float square = ox * ox + oy * oy;
                if (square < least) {
                    least = square;
                    const float distance = std::sqrt(square);
                    const bool is_low = px * bone.dy - py * bone.dx < 0;
                    places_(y, x) = {static_cast<float>(i) + t, is_low ? -distance : distance,
                                     distance};
                }
            }
        }
    }
}

BareLimb::Edges BareLimb::edges_at(double along) const {
    const double at = std::clamp(along / 2, 0.0, 1.0) * (kEdges - 1);
    return edges_[static_cast<std::size_t>(std::lround(at))];
}

float BareLimb::across_in_radii(const Place& place) const {
    const Edges edges = edges_at(place.along);
    return static_cast<float>((2 * static_cast<double>(place.across) - edges.high - edges.low) /
                              std::max(edges.high - edges.low, 1.0));
}

float BareLimb::inside(const Place& place) const {
    const Edges edges = edges_at(place.along);
    const auto across = static_cast<double>(place.across);
    const double in = std::min(edges.high - across, across - edges.low);
    return static_cast<float>(std::clamp(in + 0.5, 0.0, 1.0));
}

void BareLimb::measure_agreement(const GridView& view, float share, Known& known) const {
    const cv::Rect& part = box_;
    int all = 0, agree = 0, skin = 0, skin_inside = 0;
    for (int y = part.y; y < part.br().y; y += 2) {
        for (int x = part.x; x < part.br().x; x += 2) {
            const Place place = at(x, y);
            const auto distance = static_cast<double>(place.distance);
            if (distance > kSkinAround * unit_ || place.along < kFirstStation ||
                place.along > kLastStation) {
                continue;
            }
            const int label = kind_ == Kind::kArm
                                  ? view.label(Label::kUpperArm, x, y) +
                                        view.label(Label::kLowerArm, x, y) +
                                        view.label(Label::kHand, x, y)
                                  : view.label(Label::kLeg, x, y) + view.label(Label::kFoot, x, y);
            const bool is_limb = label > kLimbLabel;
            if (distance < kInner * radius(place.along)) {
                ++all;
                agree += is_limb ? 1 : 0;
            }
            if (is_limb && view.of(Surface::kSkin, x, y) >= kFitSkin) {
                ++skin;
                skin_inside += distance < kOuter * radius(place.along) ? 1 : 0;
            }
        }
    }
    if (all == 0) {
        known.is_trusted = false;
        return;
    }
    // Sleeves are often called torso.
    double now = std::min(2.0 * agree / all, 1.0);
    if (4 * skin >= least_pixels(unit_)) {
        now = std::min(now, static_cast<double>(skin_inside) / skin);
    }
    known.agreement =
        known.agreement < 0
            ? now
            : known.agreement + std::min(now < known.agreement ? kDoubt * share : share, 1.0F) *
                                    (now - known.agreement);
    known.is_trusted = known.agreement > (known.is_trusted ? kDistrust : kTrust);
}

void BareLimb::learn(const GridView& view, const std::optional<cv::Vec3f>& all_skin, float share,
                     Known& known) {
    measure_agreement(view, share, known);
    is_trusted_ = known.is_trusted;
    tone_ = known.tone;
    if (!is_trusted_) {
        return;  // and nothing is learned from a wrong place
    }
    const cv::Rect& part = box_;
    const cv::Mat& skin = view.classes->of(Surface::kSkin);
    std::array<std::vector<float>, kStations> station;
    std::array<int, kStations> band{};
    int hand = 0, bare = 0;
    for (int y = part.y; y < part.br().y; ++y) {
        for (int x = part.x; x < part.br().x; ++x) {
            const Place place = at(x, y);
            const cv::Point2d from_end = cv::Point2d(x, y) - joint_[2];
            if (skin.at<std::uint8_t>(y, x) >= kFitSkin) {
                const double reach = kHandWidths * unit_;
                hand += from_end.dot(from_end) < reach * reach ? 1 : 0;
                bare += static_cast<double>(place.distance) < radius(place.along) ? 1 : 0;
            }
            const double s = static_cast<double>(place.along) - kFirstStation + kStationStep / 2;
            if (static_cast<double>(place.distance) > kFitWithin * unit_ || s < 0) {
                continue;
            }
            const auto i = static_cast<std::size_t>(s / kStationStep);
            if (i >= kStations) {
                continue;
            }
            ++band[i];
            if (skin.at<std::uint8_t>(y, x) >= kFitSkin) {
                station[i].push_back(place.across);
            }
        }
    }
    std::vector<double> factors, shifts;
    std::array<std::optional<Edges>, kStations> seen;
    factor_ = 1;
    for (std::size_t i = 0; i < kStations; ++i) {
        std::vector<float>& across = station[i];
        if (band[i] < 8 || static_cast<int>(across.size()) * 8 < band[i] || across.size() < 4) {
            continue;
        }
        const double low = percentile(across, 0.04) - 0.5;
        const double high = percentile(across, 0.96) + 0.5;
        const double usual = radius(kFirstStation + kStationStep * static_cast<double>(i));
        const double half = (high - low) / 2;
        if (half > 0.5 * usual && half < 1.5 * usual) {
            factors.push_back(half / kReadRadius / usual);
            shifts.push_back((high + low) / 2);
            const double rest = half / kReadRadius - half;
            seen[i] = {low - rest, high + rest};
        }
    }
    if (factors.size() >= kLeastStations) {
        const double most = kMostShift * unit_;
        known.sizes.push_back({std::clamp(median(factors), kLeastFactor, kMostFactor),
                               std::clamp(median(shifts), -most, most) / unit_});
        if (known.sizes.size() > kRememberedSizes) {
            known.sizes.pop_front();
        }
    }
    // A sleeve down to the wrist shows no width: the usual one, where a hand or enough
    // skin tells that it is bare below.
    known.end_seen |= !known.sizes.empty() || hand >= least_pixels(unit_) ||
                      bare >= kBareEnough * least_pixels(unit_);
    has_size_ = known.end_seen || kind_ == Kind::kLeg;
    if (!known.sizes.empty()) {
        std::vector<double> f, s;
        for (const cv::Vec2d& size : known.sizes) {
            f.push_back(size[0]);
            s.push_back(size[1]);
        }
        factor_ = median(f);
        shift_ = median(s) * unit_;
    }

    const auto fit_at = [&](double along) {
        const double shift = shift_ * std::clamp(2 * along, 0.0, 1.0);
        return Edges{shift - radius(along), shift + radius(along)};
    };
    for (std::size_t i = 0; i < kStations; ++i) {
        known.off_known[i] *= 1 - share / 4;
        if (!seen[i]) {
            continue;
        }
        const Edges fit = fit_at(kFirstStation + kStationStep * static_cast<double>(i));
        const std::array now{(fit.low - seen[i]->low) / unit_, (seen[i]->high - fit.high) / unit_};
        const float mix = known.off_known[i] > 0 ? share : 1.0F;
        for (std::size_t side = 0; side < 2; ++side) {
            const auto off = static_cast<float>(std::clamp(now[side], -kMostEdgeOff, kMostEdgeOff));
            known.off[side][i] += mix * (off - known.off[side][i]);
        }
        known.off_known[i] += mix * (1 - known.off_known[i]);
    }
    for (std::size_t e = 0; e < kEdges; ++e) {
        const double along = 2.0 * static_cast<double>(e) / (kEdges - 1);
        std::array<double, 2> sum{};
        double weight = 0, nearest = 0;
        for (std::size_t i = 0; i < kStations; ++i) {
            const double d =
                std::abs(kFirstStation + kStationStep * static_cast<double>(i) - along);
            const double w = static_cast<double>(known.off_known[i]) * std::exp(-d / 0.06);
            nearest = std::max(nearest,
                               static_cast<double>(known.off_known[i]) * std::exp(-d / kOffReach));
            weight += w;
            sum[0] += w * static_cast<double>(known.off[0][i]);
            sum[1] += w * static_cast<double>(known.off[1][i]);
        }
        edges_[e] = fit_at(along);
        if (weight > 1e-9) {
            edges_[e].low -= sum[0] / weight * nearest * unit_;
            edges_[e].high += sum[1] / weight * nearest * unit_;
        }
    }

    // The tone of this limb's own skin, else of all skin.
    occlusion::MedianColor own;
    std::array<std::vector<float>, SkinTone::kAcross> luma;
    for (int y = part.y; y < part.br().y; ++y) {
        for (int x = part.x; x < part.br().x; ++x) {
            if (skin.at<std::uint8_t>(y, x) < kToneSkin) {
                continue;
            }
            const Place place = at(x, y);
            const float u = across_in_radii(place);
            if (std::abs(u) > 0.95F || place.along > 1.99F) {  // the hand is another tone
                continue;
            }
            const cv::Vec3b& color = view.colors().at<cv::Vec3b>(y, x);
            if (std::abs(u) < kInnerTone) {
                own.add(color);
            }
            const int bin = cvRound((u + 0.9F) / 1.8F * (SkinTone::kAcross - 1));
            luma[static_cast<std::size_t>(std::clamp(bin, 0, int{SkinTone::kAcross} - 1))]
                .push_back(color[0]);
        }
    }
    std::optional<SkinTone> now;
    if (own.count() >= least_pixels(unit_)) {
        now.emplace();
        now->middle = own.median();
    } else if (all_skin) {
        now.emplace();
        now->middle = *all_skin;
    }
    if (now) {
        std::array<float, SkinTone::kAcross> light_seen{};
        std::vector<std::size_t> good;
        for (std::size_t i = 0; i < luma.size() && own.count() >= least_pixels(unit_); ++i) {
            if (luma[i].size() >= 6) {
                light_seen[i] = static_cast<float>(percentile(luma[i], 0.5)) - now->middle[0];
                good.push_back(i);
            }
        }
        for (std::size_t i = 0; i < SkinTone::kAcross; ++i) {
            const float u = center_of(i);
            now->light[i] = kCylinder * u * u + kCylinderMiddle;
            if (good.size() >= 5) {
                const auto after = std::lower_bound(good.begin(), good.end(), i);
                if (after == good.end()) {
                    now->light[i] = light_seen[good.back()];
                } else if (*after == i || after == good.begin()) {
                    now->light[i] = light_seen[*after];
                } else {
                    const std::size_t a = *std::prev(after);
                    const float t = static_cast<float>(i - a) / static_cast<float>(*after - a);
                    now->light[i] = light_seen[a] + t * (light_seen[*after] - light_seen[a]);
                }
            }
        }
        if (known.tone) {
            known.tone->middle += (now->middle - known.tone->middle) * share;
            for (std::size_t i = 0; i < SkinTone::kAcross; ++i) {
                known.tone->light[i] += (now->light[i] - known.tone->light[i]) * share;
            }
        } else {
            known.tone = now;
        }
    }
    tone_ = known.tone;
}

void BareLimb::paint(const GridView& view, cv::Rect part, cv::Mat3f& colors) const {
    const SkinTone& tone = *tone_;
    colors.create(part.size());
    cv::Mat3f off(part.size(), cv::Vec3f::all(0));
    cv::Mat1f weight(part.size(), 0.0F);
    const cv::Mat& skin = view.classes->of(Surface::kSkin);
    bool any = false;
    for (int y = 0; y < part.height; ++y) {
        for (int x = 0; x < part.width; ++x) {
            const int gx = part.x + x, gy = part.y + y;
            const Place place = at(gx, gy);
            const float u = std::clamp(across_in_radii(place), -1.0F, 1.0F);
            const float bin = std::clamp((u + 0.9F) / 1.8F, 0.0F, 1.0F) * (SkinTone::kAcross - 1);
            const auto i = std::min(static_cast<std::size_t>(bin), SkinTone::kAcross - 2);
            const float t = bin - static_cast<float>(i);
            cv::Vec3f& color = colors(y, x);
            color = tone.middle;
            color[0] += tone.light[i] + t * (tone.light[i + 1] - tone.light[i]);
            if (skin.at<std::uint8_t>(gy, gx) >= kToneSkin && std::abs(u) < kInnerTone) {
                off(y, x) = cv::Vec3f(view.colors().at<cv::Vec3b>(gy, gx)) - color;
                weight(y, x) = 1;
                any = true;
            }
        }
    }
    if (any) {
        push_pull(off, weight);
        const int window = 2 * view.px(kMeetWidths) / 2 + 1;
        cv::blur(off, off, {window, window}, {-1, -1}, cv::BORDER_REPLICATE);
    }
    for (int y = 0; y < part.height; ++y) {
        for (int x = 0; x < part.width; ++x) {
            cv::Vec3f& color = colors(y, x);
            color[0] += std::clamp(off(y, x)[0], -kMostLuma, kMostLuma) +
                        kGrain * grain_at(part.x + x, part.y + y);
            color[1] += std::clamp(off(y, x)[1], -kMostChroma, kMostChroma);
            color[2] += std::clamp(off(y, x)[2], -kMostChroma, kMostChroma);
        }
    }
}

}  // namespace closet::removal
