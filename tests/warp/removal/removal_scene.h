#pragma once

#include <optional>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "core/color.h"
#include "warp/classes/labeled_person.h"
#include "warp/removal/removal.h"

namespace closet::test {

/// Upper arms in sleeves, no strand, so that all is seen.
inline const LabeledPerson& drawn() {
    static const LabeledPerson kDrawn = [] {
        LabeledPerson person({640, 480});
        person.strand = false;
        return person;
    }();
    return kDrawn;
}

/// A sleeveless garment that ends above the old shirt's hem (1.5) and inside of its sides.
inline Patch vest(const LabeledPerson& person) {
    const cv::Rect inner(person.at(-0.42, -0.02), person.at(0.42, 1.2));
    const cv::Rect where =
        align_to_chroma({inner.tl() - cv::Point(6, 6), inner.size() + cv::Size(12, 12)});
    Patch patch = sheet(where, {0, 0, 0, 0});
    patch.rgba(inner - where.tl()).setTo(cv::Scalar(200, 30, 30, 255));
    return patch;
}

inline Removal::UncutAlpha alpha_of(const Patch& patch) {
    Removal::UncutAlpha uncut{patch.where, {}};
    cv::extractChannel(patch.rgba, uncut.alpha, 3);
    return uncut;
}

/// A wardrobe of one, before a camera.
struct Scene {
    Removal stage;
    ClassFinder finder;
    Garment worn;
    Patch garment;
    std::optional<OwnClothes> own;  ///< the wearer's
    double seconds = 0;

    explicit Scene(GarmentKind kind = GarmentKind::kTop) { worn.kind = kind; }

    /// `change` may alter what the classes and labels say.
    template <class Change>
    std::optional<Patch> frame_of(const LabeledPerson& person, const Pose& pose, const Patch& laid,
                                  AVFrame& frame, Change&& change, bool cut = false) {
        stage.begin_frame(person.size, seconds, cut);
        finder.begin_frame(seconds, cut);
        seconds += 0.04;
        Wearer wearer(pose);
        wearer.own = own;
        const occlusion::ShownPicture picture(frame);
        const PersonClasses* found =
            finder.find(wearer, picture, has_legs(worn.kind) || has_skirt(worn.kind));
        REQUIRE(found != nullptr);
        PersonClasses classes = *found;
        for (cv::Mat& plane : classes.probability) {
            plane = plane.clone();
        }
        change(classes);
        garment = {laid.where, laid.rgba.clone()};
        return stage.remove(garment, alpha_of(laid), std::make_shared<const Garment>(worn), wearer,
                            picture, classes, {});
    }
    std::optional<Patch> frame_of(const LabeledPerson& person, const Pose& pose, bool cut = false) {
        const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
        return frame_of(
            person, pose, vest(person), *frame, [](PersonClasses&) {}, cut);
    }
};

inline cv::Vec4b pixel(const Patch& patch, cv::Point at) {
    return patch.where.contains(at)
               ? patch.rgba.at<cv::Vec4b>(at.y - patch.where.y, at.x - patch.where.x)
               : cv::Vec4b(0, 0, 0, 0);
}

inline void check_color(const Patch& patch, cv::Point at, cv::Scalar rgb, int tolerance) {
    const cv::Vec4b p = pixel(patch, at);
    CAPTURE(at.x);
    CAPTURE(at.y);
    CAPTURE(int{p[0]});
    CAPTURE(int{p[1]});
    CAPTURE(int{p[2]});
    CHECK(p[3] > 200);
    for (int c = 0; c < 3; ++c) {
        CHECK(std::abs(p[c] - rgb[c]) <= tolerance);
    }
}

inline constexpr int kAlike = 30;  ///< levels: skin is drawn flat, limbs are painted round

/// What is seen in `shown` (shown pixels) is of one class.
inline void set_class(PersonClasses& classes, cv::Rect shown, Surface surface) {
    const cv::Matx23d& to = classes.classes_from_shown;
    const cv::Rect where(cv::Point(apply(to, cv::Point2d(shown.tl()))),
                         cv::Point(apply(to, cv::Point2d(shown.br()))));
    for (std::size_t i = 0; i < kSurfaceCount; ++i) {
        classes.probability[i](where) = i == static_cast<std::size_t>(surface) ? 255 : 0;
    }
}

/// A frame of `person`, of which the picture and the classes were changed.
template <class Change>
std::optional<Patch> painted_over(Scene& scene, const LabeledPerson& person, const Pose& pose,
                                  const cv::Mat& shown, Change&& change) {
    const AvFrame frame = noise_frame(AV_PIX_FMT_YUV420P, person.size, 1);
    Composite().paint(*frame, {{{0, 0}, person.size}, shown});
    return scene.frame_of(person, pose, vest(person), *frame, change);
}

/// Paints a part of the person's left arm and makes it one of the classes.
struct RepaintedArm {
    cv::Rect where;
    cv::Scalar color;
    Surface surface;

    void paint(AVFrame& frame) const {
        const cv::Rect even = align_to_chroma(where);
        Composite().paint(frame, sheet(even, {color[0], color[1], color[2], 255}));
    }
    void set(PersonClasses& classes) const {
        cv::Mat there(cv::Size(640, 480), CV_8UC1, cv::Scalar(0)), on_grid;
        there(where).setTo(255);
        cv::warpAffine(there, on_grid, classes.classes_from_shown, classes.probability[0].size(),
                       cv::INTER_LINEAR);
        for (std::size_t c = 0; c < kSurfaceCount; ++c) {
            const bool is_this = c == static_cast<std::size_t>(surface);
            classes.probability[c].setTo(is_this ? 255 : 0, on_grid > 127);
        }
    }
};

inline std::optional<Patch> frame_of(Scene& scene, const LabeledPerson& person, const Pose& pose,
                                     const Patch& laid, const std::vector<RepaintedArm>& parts) {
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    for (const RepaintedArm& part : parts) {
        part.paint(*frame);
    }
    return scene.frame_of(person, pose, laid, *frame, [&](PersonClasses& classes) {
        for (const RepaintedArm& part : parts) {
            part.set(classes);
        }
    });
}

}  // namespace closet::test
