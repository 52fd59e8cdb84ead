#include "fit/units/resumed_source.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {

ResumedSource::ResumedSource(const std::string& path, const DecodeOptions& options,
                             const UnitBegin& begin)
    : path_(path), passed_(begin.index), next_index_(begin.index) {
    info_ = Decode(path, options).info();
    DecodeOptions later = options;
    const double seconds = static_cast<double>(begin.pts) * av_q2d(begin.time_base) -
                           static_cast<double>(info_->start_us) / AV_TIME_BASE;
    constexpr double kMargin = 0.001;  // above rounding; what comes too early is dropped
    later.start_s = std::max(options.start_s.value_or(0), seconds - kMargin);
    const auto find_by_time = [&] {
        try {
            decode_.emplace(path, later);
            return find(begin, false);
        } catch (const Error&) {
            return false;  // what fails from the beginning as well tells so there
        }
    };
    if (!find_by_time()) {
        // Time stamps that had to be mended are other ones from elsewhere: count the frames.
        decode_.emplace(path, options);
        if (!find(begin, true)) {
            throw MediaError(fmt::format(
                "cannot resume the rendering of {}: it has no frame {} at {:.3f} s, as it had "
                "before; leave {} out to begin anew",
                path, begin.index, seconds, flags::kResumeUnits));
        }
    }
    first_->scene_start = begin.scene_start;
}

bool ResumedSource::find(const UnitBegin& begin, bool by_number) {
    do {
        first_ = decode_->next();
    } while (first_ && (by_number ? first_->index < begin.index : first_->pts < begin.pts));
    return first_ && first_->pts == begin.pts && av_cmp_q(first_->time_base, begin.time_base) == 0;
}

std::optional<Frame> ResumedSource::next() {
    std::optional<Frame> frame = first_ ? std::exchange(first_, std::nullopt) : decode_->next();
    if (frame) {
        frame->index = next_index_++;
    }
    return frame;
}

}  // namespace closet
