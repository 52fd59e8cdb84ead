#include "pipeline/stage_metrics.h"

#include <doctest/doctest.h>

using namespace closet;
using namespace std::chrono_literals;

TEST_CASE("metrics: a clock adds up what its stage reports") {
    StageClock clock("warp");
    clock.add_busy(250ms);
    clock.add_busy(250ms);
    clock.add_wait_input(1s);
    clock.add_wait_output(2s);
    clock.count_in();
    clock.count_out();
    clock.count_out();
    const StageMetrics metrics = clock.read();
    CHECK(metrics.name == "warp");
    CHECK(metrics.busy_s == doctest::Approx(0.5));
    CHECK(metrics.wait_input_s == doctest::Approx(1));
    CHECK(metrics.wait_output_s == doctest::Approx(2));
    CHECK(metrics.items_in == 1);
    CHECK(metrics.items_out == 2);
}

TEST_CASE("metrics: the bottleneck is the busiest stage unless all cores are full") {
    StageMetrics decode;
    decode.name = "decode";
    decode.busy_s = 3;
    StageMetrics encode;
    encode.name = "encode";
    encode.busy_s = 9;
    const std::vector stages{decode, encode};
    CHECK(describe_bottleneck(stages, 10, 11, 2) ==
          "encode (busy 90 % of the time; the processor 55 %)");
    CHECK(describe_bottleneck(stages, 10, 19, 2) ==
          "the processor (2 cores 95 % busy); the busiest stage is encode (90 %)");
    CHECK(describe_bottleneck({}, 10, 19, 2) == "nothing was measured");
}

TEST_CASE("metrics: the bottleneck names the part that takes most of the stage") {
    StageMetrics infer;
    infer.name = "infer";
    infer.busy_s = 8;
    infer.parts = {{"batch wait", 9, 3}, {"network", 7, 3}, {"upscale", 1, 3}};
    CHECK(describe_bottleneck({infer}, 10, 5, 2) ==
          "infer (busy 80 % of the time, mostly network; the processor 25 %)");
    infer.parts[1].total_s = 3;
    CHECK(describe_bottleneck({infer}, 10, 5, 2) ==
          "infer (busy 80 % of the time; the processor 25 %)");
}
