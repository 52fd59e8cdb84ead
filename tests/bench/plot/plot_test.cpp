#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "bench/plot/axes.h"
#include "bench/plot/axis_plots.h"
#include "bench/plot/plot.h"
#include "bench/report/made_report.h"
#include "bench/report/xml_check.h"

using namespace closet::bench;
using namespace closet::test;

namespace {

std::optional<Estimate> speed(const Case& measured) {
    return measured.frames_per_s;
}

XyPlot one_series(std::vector<PlotPoint> points) {
    XyPlot plot;
    plot.series = {{.name = "a", .style = 0, .points = std::move(points)}};
    return plot;
}

PlotPoint at(double x, double y, const std::string& label = "") {
    return {.x = {x, {}, {}}, .y = {y, {}, {}}, .label = label, .tooltip = ""};
}

}  // namespace

TEST_CASE("ticks are round numbers that enclose the range") {
    CHECK(nice_ticks(0, 100, 5) == std::vector<double>{0, 20, 40, 60, 80, 100});
    // Heckbert's own example of loose labels: 105 to 543 with 5 ticks.
    CHECK(nice_ticks(105, 543, 5) == std::vector<double>{100, 200, 300, 400, 500, 600});
    for (const double size : {1e-9, 0.02, 3.7, 8.1e6}) {
        const std::vector<double> ticks = nice_ticks(size, 2.3 * size, 6);
        REQUIRE(ticks.size() >= 3);
        CHECK(ticks.size() <= 12);
        CHECK(ticks.front() <= size);
        CHECK(ticks.back() >= 2.3 * size * (1 - 1e-12));
    }
    CHECK(nice_ticks(1, 1, 5).empty());
    CHECK(nice_ticks(0, kInfinity, 5).empty());
    CHECK(nice_ticks(1e300, 1e300 * (1 + 1e-15), 5).size() < 100);
}

TEST_CASE("ticks of a log axis are decades where there is no room for more") {
    CHECK(log_ticks(1, 100, 10) == std::vector<double>{1, 2, 5, 10, 20, 50, 100});
    CHECK(log_ticks(1, 1e6, 8).size() == 7);
}

TEST_CASE("an axis holds every value and maps its ends to its ends") {
    const std::vector<double> values{3, 7, 11};
    const AxisScale scale({.label = "x"}, values, 5);
    for (const double value : values) {
        CHECK(scale.place_of(value) >= 0);
        CHECK(scale.place_of(value) <= 1);
    }
    CHECK(scale.place_of(7) == doctest::Approx((scale.place_of(3) + scale.place_of(11)) / 2));
    CHECK(scale.clamped_place_of(kInfinity) == 1);
    CHECK(scale.clamped_place_of(-kInfinity) == 0);
    const AxisScale zero({.label = "x", .from_zero = true}, values, 5);
    CHECK(zero.place_of(0) == doctest::Approx(0));
    const AxisScale log({.label = "x", .scale = Scale::kLog}, std::vector<double>{1, 10, 100}, 5);
    CHECK(log.place_of(10) == doctest::Approx((log.place_of(1) + log.place_of(100)) / 2));
    CHECK_FALSE(log.can_show(0));
}

TEST_CASE("an axis of one value or of none is still one") {
    const AxisScale same({.label = "x"}, std::vector<double>{5, 5}, 5);
    CHECK(same.place_of(5) > 0);
    CHECK(same.place_of(5) < 1);
    const AxisScale none({.label = "x"}, std::vector<double>{}, 5);
    CHECK(std::isfinite(none.place_of(1)));
    const AxisScale nonsense({.label = "x"}, std::vector<double>{kInfinity, NAN}, 5);
    CHECK(std::isfinite(nonsense.place_of(1)));
}

TEST_CASE("each point has one marker and points that are none have none") {
    const Drawing drawing = draw(one_series({at(1, 1), at(2, 4), at(NAN, 1), at(3, kInfinity)}));
    CHECK(count_of(drawing.elements, "class=\"marker\"") == 2 + 1);  // and the legend's
    CHECK(drawing.elements.find("nan") == std::string::npos);
}

TEST_CASE("labels that would cover each other are left out") {
    const Drawing apart = draw(one_series({at(0, 0, "one"), at(10, 10, "two")}));
    CHECK(count_of(apart.elements, ">one<") == 1);
    CHECK(count_of(apart.elements, ">two<") == 1);
    std::vector<PlotPoint> crowd;
    for (int i = 0; i < 60; ++i) {
        crowd.push_back(at(1 + 1e-6 * i, 1, "crowded"));
    }
    crowd.push_back(at(0, 0));
    crowd.push_back(at(2, 2));
    CHECK(count_of(draw(one_series(crowd)).elements, ">crowded<") < 9);
}

TEST_CASE("tick labels that would cover each other are left out") {
    XyPlot plot = one_series({at(1, 1), at(1000, 1)});
    for (int i = 0; i < 200; ++i) {
        plot.x.marks.push_back(i * 5);
        plot.x.names.push_back("name");
    }
    const std::size_t labels = count_of(draw(plot).elements, ">name<");
    CHECK(labels > 2);
    CHECK(labels < 20);
}

TEST_CASE("a wild interval does not press the others together") {
    PlotPoint wild = at(1, 10);
    wild.y.low = -1e6;
    wild.y.high = 1e6;
    const Drawing drawing = draw(one_series({wild, at(2, 20)}));
    CHECK(drawing.elements.find("1000000") == std::string::npos);
}

TEST_CASE("bars add up and each segment has its letter") {
    BarPlot plot;
    plot.segments = {"infer", "warp"};
    plot.rows = {{"one", {30, 60}}, {"two", {NAN, 90}}, {"three", {}}};
    const Drawing drawing = draw(plot);
    CHECK(drawing.elements.find("one: infer 30 (33 %)") != std::string::npos);
    CHECK(drawing.elements.find("two: warp 90 (100 %)") != std::string::npos);
    CHECK(count_of(drawing.elements, "class=\"inside\"") == 2 + 3);  // the legend's, too
    CHECK(count_of(drawing.elements, ">three<") == 1);
}

TEST_CASE("one axis at a time draws one line for each axis") {
    const Sweep sweep = made_reference_sweep();
    const std::optional<XyPlot> plot = plot_against(sweep, "batch", speed, 400);
    REQUIRE(plot);
    REQUIRE(plot->series.size() == 1);
    CHECK(plot->series[0].points.size() == 8);  // the default case is its batch of 1
    CHECK(plot->series[0].points.front().x.value == 1);
    CHECK(plot->series[0].name.empty());
    CHECK(plot->x.scale == Scale::kLinear);
}

TEST_CASE("a product draws a line for each combination of the others") {
    const Sweep sweep =
        made_product({{"batch", {"1", "4", "32"}}, {"scale", {"0.5", "1"}}, {"warp", {"1", "2"}}});
    const std::optional<XyPlot> plot = plot_against(sweep, "batch", speed, 400);
    REQUIRE(plot);
    CHECK(plot->series.size() == 4);
    CHECK(plot->series[0].name == "scale=0.5, warp=1");
    CHECK(plot->x.scale == Scale::kLog);
}

TEST_CASE("a combination of which one case is left is a point still") {
    Sweep sweep = made_product({{"batch", {"1", "4"}}, {"scale", {"0.5", "1"}}});
    fail_case(sweep.cases[3], "no memory");
    const std::optional<XyPlot> plot = plot_against(sweep, "batch", speed, 400);
    REQUIRE(plot);
    REQUIRE(plot->series.size() == 2);
    CHECK(plot->series[0].points.size() == 2);
    CHECK(plot->series[1].points.size() == 1);
}

TEST_CASE("many combinations are told apart by one setting") {
    const Sweep sweep = made_product({{"batch", {"1", "4"}},
                                      {"scale", {"0.3", "0.5", "0.7"}},
                                      {"interval", {"0.03", "0.04", "0.06", "0.1"}}});
    const std::optional<XyPlot> plot = plot_against(sweep, "batch", speed, 400);
    REQUIRE(plot);
    CHECK(plot->series.size() == 12);
    std::size_t named = 0;
    for (const Series& series : plot->series) {
        named += series.name.empty() ? 0 : 1;
        CHECK(series.style < 4);
    }
    CHECK(named == 4);  // intervals: they make the largest difference to speed
}

TEST_CASE("values that are no numbers stand side by side") {
    Sweep sweep = made_product({{"batch", {"1", "2", "4"}}});
    for (std::size_t i = 0; i < 3; ++i) {
        sweep.axes = {"model"};
        sweep.cases[i].settings = {{"model", std::string(1, static_cast<char>('a' + i))}};
    }
    const std::optional<XyPlot> plot = plot_against(sweep, "model", speed, 400);
    REQUIRE(plot);
    CHECK(plot->x.names == std::vector<std::string>{"a", "b", "c"});
    CHECK(plot->series[0].line == Line::kNone);  // nothing lies between names
    CHECK_FALSE(plot_against(sweep, "batch", speed, 400));
}

TEST_CASE("colors of text and lines have a contrast of 4.5 with their ground") {
    const auto luminance = [](const std::string& hex) {
        const auto channel = [&](std::size_t i) {
            const double c = std::stoi(hex.substr(i, 2), nullptr, 16) / 255.0;
            return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);  // WCAG 2.2
        };
        return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
    };
    for (const bool dark : {false, true}) {
        const std::string style = plot_css(dark);
        const double ground = luminance(dark ? "#14181d" : "#ffffff");
        CHECK(style.find(dark ? "#14181d" : "#ffffff") != std::string::npos);
        std::size_t colors = 0;
        for (std::size_t i = style.find("color:#"); i != std::string::npos;
             i = style.find("color:#", i + 1)) {
            const double color = luminance(style.substr(i + 6, 7));
            const double contrast =
                (std::max(color, ground) + 0.05) / (std::min(color, ground) + 0.05);
            CHECK_MESSAGE(contrast >= 4.5, style.substr(i + 6, 7));
            ++colors;
        }
        CHECK(colors == kStyles + 1);
    }
}
