#include "bench/probe/sample_meter.h"

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include <malloc.h>

#include "support/doctest_with_torch.h"

#include "pipeline/process_usage.h"

namespace closet::bench {

TEST_CASE("process memory: the peak begins anew after a reset") {
    constexpr std::size_t kLarge = std::size_t{128} << 20;
    if (!reset_peak_memory()) {
        std::cout << "SKIPPED: this system does not let a process reset its peak memory\n";
        return;
    }
    const std::int64_t before = peak_resident_bytes();
    {
        const std::vector<char> touched(kLarge, 'x');
        CHECK(touched.back() == 'x');
    }
    const std::int64_t with = peak_resident_bytes();
    CHECK(with - before > static_cast<std::int64_t>(kLarge) * 9 / 10);
    malloc_trim(0);
    REQUIRE(reset_peak_memory());
    CHECK(with - peak_resident_bytes() > static_cast<std::int64_t>(kLarge) * 9 / 10);
    CHECK(process_usage().memory_bytes > 0);
}

namespace {

/// What was measured of a clip of `frames` frames in `wall_s`.
Sample clip_sample(std::int64_t frames, double wall_s, const std::string& digest) {
    Sample sample;
    sample.wall_s = wall_s;
    sample.cpu_s = 2 * wall_s;
    sample.first_batch_s = wall_s / 10;
    sample.peak_memory_bytes = 1000 * frames;
    sample.work = {frames, frames, frames / 2, frames - 1, digest};
    sample.latency_ms.assign(static_cast<std::size_t>(frames), static_cast<float>(frames));
    StageMetrics& stage = sample.stages.emplace_back();
    stage.name = "infer";
    stage.busy_s = wall_s;
    GpuUse& gpu = sample.gpu.emplace();
    gpu.device_time_s = 1;
    gpu.utilisation_percent = 10 * wall_s;
    return sample;
}

}  // namespace

TEST_CASE("several clips: a pass is what was measured of each together") {
    const Sample a = clip_sample(10, 1, "aa"), b = clip_sample(4, 3, "bb");
    const Sample pass = join_samples({a, b});
    CHECK(pass.wall_s == 4);
    CHECK(pass.clip_wall_s == std::vector<double>{1, 3});
    CHECK(pass.cpu_s == 8);
    CHECK(pass.first_batch_s == doctest::Approx(0.1));
    CHECK(pass.peak_memory_bytes == 10000);
    CHECK(pass.work.frames_in == 14);
    CHECK(pass.work.frames_out == 14);
    CHECK(pass.work.key_frames == 7);
    CHECK(pass.work.poses == 12);
    REQUIRE(pass.latency_ms.size() == 14);
    CHECK(pass.latency_ms[9] == 10);
    CHECK(pass.latency_ms[10] == 4);
    REQUIRE(pass.stages.size() == 1);
    CHECK(pass.stages[0].busy_s == 4);
    CHECK(pass.gpu->device_time_s == 2);
    CHECK(pass.gpu->utilisation_percent == doctest::Approx((10.0 * 1 + 30.0 * 3) / 4));
    CHECK(find_fault(pass, nullptr, 14).empty());

    // The order of clips and what was found on each are part of the work.
    CHECK(join_samples({b, a}).work.poses_digest != pass.work.poses_digest);
    CHECK(join_samples({a, clip_sample(4, 3, "bc")}).work.poses_digest != pass.work.poses_digest);
    CHECK_FALSE(find_fault(join_samples({b, a}), &pass.work, 14).empty());

    Sample broken = b;
    broken.failure = "the pass was interrupted";
    CHECK(join_samples({a, broken}).failure == "the pass was interrupted");
}

TEST_CASE("several clips: a pass over one is as it was measured") {
    const Sample pass = join_samples({clip_sample(10, 1, "aa")});
    CHECK(pass.work.poses_digest == "aa");
    CHECK(pass.clip_wall_s.empty());
    CHECK(pass.gpu->utilisation_percent == 10);
}

}  // namespace closet::bench
