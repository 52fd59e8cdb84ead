#include "bench/sweep/verify.h"

#include <cmath>
#include <cstddef>

#include <fmt/format.h>

namespace closet::bench {

std::string find_fault(const Sample& sample, const Work* reference, std::int64_t frames) {
    const Work& work = sample.work;
    if (work.frames_in <= 0) {
        return "no frame was taken in";
    }
    if (work.frames_in != work.frames_out) {
        return fmt::format("{} frames were taken in and {} given out", work.frames_in,
                           work.frames_out);
    }
    if (work.key_frames <= 0 || work.key_frames > work.frames_in) {
        return fmt::format("{} key frames of {} frames were inferred", work.key_frames,
                           work.frames_in);
    }
    if (work.poses < 0 || work.poses > work.frames_out) {
        return fmt::format("{} of {} frames have poses", work.poses, work.frames_out);
    }
    if (frames > 0 && work.frames_in != frames) {
        return fmt::format("{} frames were taken in where other cases took in {}", work.frames_in,
                           frames);
    }
    if (!std::isfinite(sample.wall_s) || sample.wall_s <= 0) {
        return fmt::format("it claims to have taken {} s", sample.wall_s);
    }
    if (!sample.latency_ms.empty() &&
        sample.latency_ms.size() != static_cast<std::size_t>(work.frames_out)) {
        return fmt::format("latencies of {} frames were taken where {} were given out",
                           sample.latency_ms.size(), work.frames_out);
    }
    if (reference == nullptr || work == *reference) {
        return {};
    }
    if (work.key_frames != reference->key_frames) {
        return fmt::format("{} key frames were inferred where the case's first good pass had {}",
                           work.key_frames, reference->key_frames);
    }
    if (work.frames_in != reference->frames_in) {
        return fmt::format("{} frames were taken in where the case's first good pass took in {}",
                           work.frames_in, reference->frames_in);
    }
    if (work.poses != reference->poses) {
        return fmt::format("{} frames have poses where the case's first good pass had {}",
                           work.poses, reference->poses);
    }
    return "its poses differ from those of the case's first good pass";
}

}  // namespace closet::bench
