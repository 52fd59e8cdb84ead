#include "warp/learned/person_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/picture_geometry.h"

namespace closet::learned {
namespace {

// Of person_00055 of VITON-HD's test set (the reference data's keypoints25_xyc).
constexpr double kShouldersPx = 340;
constexpr double kShouldersY = 310;
// The garment's photo of the same pair covers 642 x 727 pixels.
constexpr double kGarmentWidthPx = 642, kGarmentHeightPx = 800;

/// Joints as BODY_25 numbers them; shoulders and hips are set apart.
constexpr std::array<std::pair<std::size_t, Joint>, 13> kJoints{{{0, Joint::kNose},
                                                                 {3, Joint::kRightElbow},
                                                                 {4, Joint::kRightWrist},
                                                                 {6, Joint::kLeftElbow},
                                                                 {7, Joint::kLeftWrist},
                                                                 {10, Joint::kRightKnee},
                                                                 {11, Joint::kRightAnkle},
                                                                 {13, Joint::kLeftKnee},
                                                                 {14, Joint::kLeftAnkle},
                                                                 {15, Joint::kRightEye},
                                                                 {16, Joint::kLeftEye},
                                                                 {17, Joint::kRightEar},
                                                                 {18, Joint::kLeftEar}}};

constexpr std::size_t kNeckPoint = 1, kMiddleOfHips = 8;
constexpr std::array<std::size_t, 2> kShoulderPoint{5, 2}, kHipPoint{12, 9};  // indexed by Side

const cv::Size kPictureSize(kTryOnWidth, kTryOnHeight);

bool is_inside(cv::Point2d p) {
    return p.x >= 0 && p.y >= 0 && p.x < kTryOnWidth && p.y < kTryOnHeight;
}

/// Distance of a point from a chain of bones; far where a bone's end is missing.
double distance_from(const Body25& points, std::span<const std::size_t> chain, cv::Point2d at) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
        const cv::Point3d& from = points.at(chain[i]);
        const cv::Point3d& to = points.at(chain[i + 1]);
        if (from.z == 0 || to.z == 0) {
            continue;
        }
        const cv::Point2d a(from.x, from.y), bone(to.x - from.x, to.y - from.y);
        const double squared = bone.dot(bone);
        const double along = squared > 0 ? std::clamp((at - a).dot(bone) / squared, 0.0, 1.0) : 0.0;
        least = std::min(least, cv::norm(at - a - along * bone));
    }
    return least;
}

/// Whether a limb's pixel is the left one's.
bool is_left(const Body25& points, cv::Point2d at, bool arm) {
    static constexpr std::array<std::size_t, 3> kLeftArm{5, 6, 7}, kRightArm{2, 3, 4},
        kLeftLeg{12, 13, 14}, kRightLeg{9, 10, 11};
    return distance_from(points, arm ? kLeftArm : kLeftLeg, at) <
           distance_from(points, arm ? kRightArm : kRightLeg, at);
}

/// The frame's colors in the picture, R G B.
std::optional<cv::Mat> read_rgb(const occlusion::ShownPicture& frame,
                                const cv::Matx23d& shown_from_picture) {
    const cv::Point2d low = apply(shown_from_picture, {-1, -1});
    const cv::Point2d high = apply(shown_from_picture, cv::Point2d(kPictureSize));
    const cv::Rect where = occlusion::even_part(cv::Rect2d(low, high), frame.geometry.shown);
    cv::Mat colors;
    if (where.empty() || !occlusion::read_colors(frame, where, colors)) {
        return std::nullopt;
    }
    // Of a picture that is much smaller than what it shows, pixels are means.
    const int pixels = std::min(cvRound(shown_from_picture(0, 0) / 2), 64);
    if (pixels > 1) {
        cv::blur(colors, colors, {pixels, pixels}, {-1, -1}, cv::BORDER_REPLICATE);
    }
    const cv::Matx23d half_from_shown(0.5, 0, -(where.x + 0.5) / 2, 0, 0.5, -(where.y + 0.5) / 2);
    cv::Mat picture;
    cv::warpAffine(colors, picture, compose(half_from_shown, shown_from_picture), kPictureSize,
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
    const cv::Matx33f rgb_from_colors = occlusion::rgb_from_colors(frame.image);
    const cv::Matx34f matrix(rgb_from_colors(0, 0), rgb_from_colors(0, 1), rgb_from_colors(0, 2),
                             -128 * (rgb_from_colors(0, 1) + rgb_from_colors(0, 2)),  //
                             rgb_from_colors(1, 0), rgb_from_colors(1, 1), rgb_from_colors(1, 2),
                             -128 * (rgb_from_colors(1, 1) + rgb_from_colors(1, 2)),  //
                             rgb_from_colors(2, 0), rgb_from_colors(2, 1), rgb_from_colors(2, 2),
                             -128 * (rgb_from_colors(2, 1) + rgb_from_colors(2, 2)));
    cv::transform(picture, picture, matrix);
    return picture;
}

/// A plane of a grid at the picture's pixels.
cv::Mat on_picture(const cv::Mat& plane, const cv::Matx23d& plane_from_picture, int beyond) {
    cv::Mat result;
    cv::warpAffine(plane, result, plane_from_picture, kPictureSize,
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT, beyond);
    return result;
}

/// Parts of the body that labels tell apart.
enum class BodyPart : std::size_t { kFace, kArm, kTorso, kLeg, kFoot };
constexpr std::size_t kBodyParts = 5;

std::uint8_t label_of(Surface surface, BodyPart part, bool dress, bool left) {
    using namespace parse_label;
    switch (surface) {
        case Surface::kGround:
            return kGround;
        case Surface::kHair:
            return kHair;
        case Surface::kUpperClothes:
            return dress ? kDress : kUpper;
        case Surface::kLowerClothes:
            return part == BodyPart::kFoot ? (left ? kLeftShoe : kRightShoe)
                   : dress                 ? kDress
                                           : kTrousers;
        case Surface::kSkin:
            break;
    }
    switch (part) {
        case BodyPart::kFace:
            return kFace;
        case BodyPart::kArm:
            return left ? kLeftArm : kRightArm;
        case BodyPart::kTorso:
            return kTorsoSkin;
        case BodyPart::kLeg:
            return left ? kLeftLeg : kRightLeg;
        case BodyPart::kFoot:
            return left ? kLeftShoe : kRightShoe;
    }
    return kGround;
}

}  // namespace

std::optional<cv::Matx23d> shown_from_person_picture(const Wearer& wearer) {
    if (!wearer.body) {
        return std::nullopt;
    }
    const BodyFrame& body = *wearer.body;
    const double scale = body.unit / kShouldersPx;
    return cv::Matx23d(scale, 0, body.middle.x - scale * kTryOnWidth / 2, 0, scale,
                       body.middle.y - scale * kShouldersY);
}

Body25 person_points(const Wearer& wearer, const cv::Matx23d& shown_from_picture) {
    const cv::Matx23d picture_from_shown = inverse(shown_from_picture);
    Body25 points{};
    const auto set = [&](std::size_t i, cv::Point2d shown, double confidence) {
        const cv::Point2d p = apply(picture_from_shown, shown);
        points.at(i) = {p.x, p.y, confidence};
    };
    for (const auto& [i, joint] : kJoints) {
        const Keypoint& point = wearer.pose.at(joint);
        if (is_reliable(point, wearer.min_score) &&
            is_inside(apply(picture_from_shown, place_of(point)))) {
            set(i, place_of(point), point.score);
        }
    }
    const BodyFrame& body = *wearer.body;
    for (const Side side : kSides) {
        const auto i = static_cast<std::size_t>(side);
        set(kShoulderPoint.at(i), body.shoulder.at(i), 1);
        set(kHipPoint.at(i), body.hip.at(i), 1);
    }
    set(kNeckPoint, body.middle, 1);
    set(kMiddleOfHips, (body.hip[0] + body.hip[1]) / 2, 1);
    return points;
}

cv::Mat person_labels(const PersonClasses& classes, const Body25& points,
                      const cv::Matx23d& shown_from_picture) {
    const cv::Matx23d classes_from_picture =
        compose(classes.classes_from_shown, shown_from_picture);
    std::array<cv::Mat, kSurfaceCount> surface;
    for (std::size_t i = 0; i < kSurfaceCount; ++i) {
        surface.at(i) = on_picture(classes.probability.at(i), classes_from_picture,
                                   i == static_cast<std::size_t>(Surface::kGround) ? 255 : 0);
    }
    const classes::LabelView& view = *classes.labels;
    const cv::Matx23d view_from_picture =
        compose(inverse(view.shown_from_view), shown_from_picture);
    const auto part_of = [&](std::initializer_list<Label> labels) {
        cv::Mat most;
        for (const Label label : labels) {
            const cv::Mat plane = on_picture(view.of(label), view_from_picture, 0);
            if (most.empty()) {
                most = plane;
            } else {
                cv::max(most, plane, most);
            }
        }
        return most;
    };
    const std::array<cv::Mat, kBodyParts> part{
        part_of({Label::kFace}), part_of({Label::kUpperArm, Label::kLowerArm, Label::kHand}),
        part_of({Label::kTorso}), part_of({Label::kLeg}), part_of({Label::kFoot})};
    const cv::Mat dress = part_of({Label::kDress});

    cv::Mat result(kPictureSize, CV_8UC1);
    const auto largest = [](const auto& planes, int y, int x) {
        std::size_t best = 0;
        for (std::size_t i = 1; i < planes.size(); ++i) {
            if (planes.at(i).template at<std::uint8_t>(y, x) >
                planes.at(best).template at<std::uint8_t>(y, x)) {
                best = i;
            }
        }
        return best;
    };
    for (int y = 0; y < kTryOnHeight; ++y) {
        for (int x = 0; x < kTryOnWidth; ++x) {
            const auto seen = static_cast<Surface>(largest(surface, y, x));
            if (seen == Surface::kGround) {
                result.at<std::uint8_t>(y, x) = parse_label::kGround;
                continue;
            }
            const auto limb = static_cast<BodyPart>(largest(part, y, x));
            const bool has_side = seen == Surface::kSkin || limb == BodyPart::kFoot;
            const bool left =
                has_side && is_left(points, cv::Point2d(x, y), limb == BodyPart::kArm);
            result.at<std::uint8_t>(y, x) =
                label_of(seen, limb, dress.at<std::uint8_t>(y, x) > 127, left);
        }
    }
    return result;
}

std::optional<TryOnPerson> person_picture(const Wearer& wearer, const PersonClasses& classes,
                                          const occlusion::ShownPicture& frame,
                                          const cv::Matx23d& shown_from_picture) {
    std::optional<cv::Mat> rgb = read_rgb(frame, shown_from_picture);
    if (!rgb) {
        return std::nullopt;
    }
    TryOnPerson person{
        .rgb = *std::move(rgb), .labels = {}, .points = person_points(wearer, shown_from_picture)};
    person.labels = person_labels(classes, person.points, shown_from_picture);
    return person;
}

TryOnGarment garment_photo(const Garment& garment) {
    TryOnGarment photo{.rgb = cv::Mat(kPictureSize, CV_8UC3, cv::Scalar::all(255)),
                       .mask = cv::Mat(kPictureSize, CV_8UC1, cv::Scalar(0))};
    cv::Mat alpha;
    cv::extractChannel(garment.rgba, alpha, 3);
    const cv::Rect used = cv::boundingRect(alpha);
    if (used.empty()) {
        return photo;
    }
    const double scale = std::min(kGarmentWidthPx / used.width, kGarmentHeightPx / used.height);
    const cv::Size size(std::max(1, cvRound(used.width * scale)),
                        std::max(1, cvRound(used.height * scale)));
    // On white first: transparent pixels have no color.
    cv::Mat on_white(used.size(), CV_8UC3);
    for (int y = 0; y < used.height; ++y) {
        for (int x = 0; x < used.width; ++x) {
            const auto pixel = garment.rgba.at<cv::Vec4b>(used.y + y, used.x + x);
            for (int c = 0; c < 3; ++c) {
                on_white.at<cv::Vec3b>(y, x)[c] = static_cast<std::uint8_t>(
                    (pixel[c] * pixel[3] + 255 * (255 - pixel[3]) + 127) / 255);
            }
        }
    }
    const int how = scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR;
    const cv::Rect middle((kTryOnWidth - size.width) / 2, (kTryOnHeight - size.height) / 2,
                          size.width, size.height);
    cv::resize(on_white, photo.rgb(middle), size, 0, 0, how);
    cv::resize(alpha(used), photo.mask(middle), size, 0, 0, how);
    return photo;
}

}  // namespace closet::learned
