#include <doctest/doctest.h>

#include "body/figure.h"

using namespace closet;
using namespace closet::test;

namespace {

constexpr double kLegRadius = 15;

/// Adds both legs, from the hips at (+-28, 150) over knees to ankles, to figure and pose.
struct Legs {
    std::array<cv::Point2d, 2> knee{{{34, 230}, {-34, 230}}};
    std::array<cv::Point2d, 2> ankle{{{36, 320}, {-36, 320}}};

    Figure on(Figure figure = {}) const {
        figure.more = [*this](cv::Point2d p) {
            double least = 1e9;
            for (std::size_t s = 0; s < 2; ++s) {
                const cv::Point2d hip(s == 0 ? 28 : -28, 150);
                least = std::min({least, to_line(p, hip, knee[s], kLegRadius),
                                  to_line(p, knee[s], ankle[s], kLegRadius)});
            }
            return least;
        };
        return figure;
    }

    Pose drawn(const Place& place = {}, const Figure& figure = {}) const {
        Pose pose = draw(on(figure), place);
        const auto set = [&](Joint joint, cv::Point2d p) {
            const cv::Point2d at = place(p);
            pose.at(joint) = {static_cast<float>(at.x), static_cast<float>(at.y), 0, 0.95F};
        };
        set(Joint::kLeftKnee, knee[0]);
        set(Joint::kRightKnee, knee[1]);
        set(Joint::kLeftAnkle, ankle[0]);
        set(Joint::kRightAnkle, ankle[1]);
        return pose;
    }
};

const Measure& at(const std::array<Measure, BodyShape::kLegRows>& measures, double t) {
    return measures[static_cast<std::size_t>(std::lround(t * 8))];
}

}  // namespace

TEST_CASE("half widths of legs are perpendicular to their bones") {
    for (const Place& place : {Place{}, Place{.degrees = 40, .scale = 1.7, .at = {900, 400}}}) {
        const BodyShape shape = shape_of(Legs{}.drawn(place));
        for (const BodyShape::Leg& leg : shape.leg) {
            for (const double t : {0.625, 1.25, 1.5, 1.75}) {
                CAPTURE(t);
                for (const Measure& measure : {at(leg.outer, t), at(leg.inner, t)}) {
                    CHECK(measure.certainty > 0.9F);
                    CHECK(std::abs(measure.value - kLegRadius / kUnit) < 0.012);
                }
            }
            CHECK(at(leg.inner, 0).certainty == 0);
        }
    }
}

TEST_CASE("legs that touch have no inner side, and what is not known is not measured") {
    Legs legs;
    legs.knee = {{{13, 230}, {-13, 230}}};
    legs.ankle = {{{13, 320}, {-13, 320}}};
    const BodyShape closed = shape_of(legs.drawn());
    for (const BodyShape::Leg& leg : closed.leg) {
        CHECK(at(leg.inner, 1.5).certainty < 0.05F);
        CHECK(at(leg.outer, 1.5).certainty > 0.5F);
    }
    Pose pose = Legs{}.drawn();
    pose.at(Joint::kLeftAnkle).score = 0.1F;
    const BodyShape blind = shape_of(pose);
    CHECK(at(blind.leg[0].outer, 1.5).certainty == 0);
    CHECK(at(blind.leg[0].outer, 0.75).certainty > 0.9F);
    CHECK(at(blind.leg[1].outer, 1.5).certainty > 0.9F);
}

TEST_CASE("a hand on the thigh hides the leg's edge") {
    Figure figure;
    figure.arm[0] = {{{70, 90}, {52, 175}}};
    const BodyShape shape = shape_of(Legs{}.drawn({}, figure));
    CHECK(at(shape.leg[0].outer, 0.5).certainty < 0.1F);
    CHECK(at(shape.leg[1].outer, 0.5).certainty > 0.9F);
}
