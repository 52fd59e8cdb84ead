#include "closet/fit/clip_report.h"

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "closet/console.h"
#include "closet/fit/fit_summary.h"
#include "closet/progress.h"
#include "core/json_string.h"
#include "core/log.h"
#include "pipeline/process_usage.h"

namespace closet {
namespace {

using State = ClipOutcome::State;
constexpr std::array kStates{State::kDone, State::kInterrupted, State::kSkipped, State::kFailed,
                             State::kNotBegun};

/// The sentence of a failure, with the clip and where that was asked for.
std::string failure_text(const ClipOutcome& outcome, const Job& job) {
    const bool is_named = outcome.failure.find(job.input) != std::string::npos;
    const std::string text =
        is_named ? outcome.failure : fmt::format("{}: {}", job.input, outcome.failure);
    return job.look.source.empty() ? text : fmt::format("{} ({})", text, job.look.source);
}

bool is_without_people(const FitReport& report) {
    return report.frames_out > 0 && report.poses.missing == report.frames_out &&
           !report.interrupted;
}

/// "clip.mp4: 300 frames in 0:05 (58.2 frames/s), wrote out/clip.mp4".
std::string line_of(const ClipOutcome& outcome, const Job& job) {
    if (outcome.state == State::kFailed) {
        return "failed: " + failure_text(outcome, job);
    }
    const FitReport& report = *outcome.report;
    std::string text =
        fmt::format("{}: {} frames in {} ({:.1f} frames/s)", job.input, report.frames_out,
                    format_duration(report.wall_s), frame_rate(report.frames_out, report.wall_s));
    if (!report.written.empty()) {
        text += fmt::format(", {}{}",
                            report.interrupted ? "interrupted; what was rendered is in " : "wrote ",
                            report.written.string());
    }
    if (is_without_people(report)) {
        text += "; nobody to dress was found";
    }
    return text;
}

void warn_where_nobody_is(const FitReport& report, const Job& job) {
    if (is_without_people(report)) {
        log::warning(
            "{}: nobody to dress was found in the picture, so it passed through unchanged; the "
            "chest "
            "must be in it, and who shows no head is found with bodypix (closet models fetch "
            "parser)",
            job.input);
    }
}

}  // namespace

void tell_clip(const ClipOutcome& outcome, const Job& job, bool is_alone) {
    if (console::style().json) {
        nlohmann::json event = to_json(outcome, job);
        event["event"] = outcome.state == State::kFailed ? "error" : "done";
        if (outcome.state == State::kFailed) {
            event["message"] = failure_text(outcome, job);
        }
        console::print_event(json_string(event));
    } else if (is_alone) {
        console::print_line(to_text(*outcome.report, job.input));
        if (outcome.state == State::kFailed) {
            log::error("{}", outcome.failure);
        }
    } else {
        console::print_line(line_of(outcome, job));
    }
    if (outcome.state != State::kFailed && (is_alone || console::style().json)) {
        warn_where_nobody_is(*outcome.report, job);
    }
}

void tell_all(const std::vector<ClipOutcome>& outcomes, const std::vector<Job>& jobs,
              std::size_t slots, double wall_s) {
    std::array<std::size_t, kStates.size()> counts{};
    std::int64_t frames = 0;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        ++counts[static_cast<std::size_t>(outcomes[i].state)];
        frames += outcomes[i].report ? outcomes[i].report->frames_out : 0;
        if (outcomes[i].state == State::kFailed && !console::style().json) {
            log::error("{}", failure_text(outcomes[i], jobs[i]));
        }
    }
    const std::int64_t memory = process_usage().peak_memory_bytes;
    if (console::style().json) {
        nlohmann::json event{{"event", "finished"},      {"clips", jobs.size()},
                             {"frames", frames},         {"wall_s", wall_s},
                             {"clips_at_a_time", slots}, {"peak_memory_bytes", memory}};
        for (const State state : kStates) {
            event[to_string(state)] = counts[static_cast<std::size_t>(state)];
        }
        console::print_event(json_string(event));
        return;
    }
    std::string text = fmt::format("{} clips in {}", jobs.size(), format_duration(wall_s));
    const char* separator = ": ";
    for (const State state : kStates) {
        if (const std::size_t count = counts[static_cast<std::size_t>(state)]; count > 0) {
            text += fmt::format("{}{} {}", std::exchange(separator, ", "), count, to_string(state));
        }
    }
    if (frames > 0) {
        constexpr double kMegabyte = 1e6;
        text += fmt::format("; {} frames ({:.1f} frames/s), {} at a time, memory up to {:.0f} MB",
                            frames, frame_rate(frames, wall_s), slots,
                            static_cast<double>(memory) / kMegabyte);
    }
    console::print_line(text);
}

nlohmann::json to_json(const ClipOutcome& outcome, const Job& job) {
    nlohmann::json clip = outcome.report ? to_json(*outcome.report, job.input, outcome.lost)
                                         : summary_of(job.input, job.output);
    clip["status"] = to_string(outcome.state);
    if (!outcome.failure.empty()) {
        clip["error"] = outcome.failure;
    }
    if (!job.look.source.empty()) {
        clip["look"] = {{"source", job.look.source},
                        {"garments", job.look.garments},
                        {"person", job.look.person ? to_string(*job.look.person) : ""}};
    }
    return clip;
}

}  // namespace closet
