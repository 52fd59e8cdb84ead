#include "closet/fit/fit_summary.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "closet/progress.h"
#include "pipeline/stage_json.h"

namespace closet {
namespace {

constexpr int kSummaryVersion = 1;

double rate(std::int64_t count, double seconds) {
    return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

}  // namespace

nlohmann::json to_json(const FitReport& report, const std::string& input,
                       const std::vector<std::string>& lost) {
    nlohmann::json stages = nlohmann::json::array();
    for (const StageMetrics& stage : report.stages) {
        stages.push_back(nlohmann::json(stage_json(stage)));
    }
    return {{"schema", "closet.fit.summary"},
            {"version", kSummaryVersion},
            {"input", input},
            {"output", report.written.string()},
            {"matte", report.matte.string()},
            {"poses_file", report.poses_file.string()},
            {"interrupted", report.interrupted},
            {"lost", lost},
            {"frames_in", report.frames_in},
            {"frames_out", report.frames_out},
            {"key_frames", report.inference.views},
            {"inference",
             {{"detections", report.inference.detections},
              {"readings", report.inference.estimates},
              {"second_looks", report.inference.corrections},
              {"opinions", report.inference.retries},
              {"parsed", report.parsed}}},
            {"poses",
             {{"measured", report.poses.measured},
              {"interpolated", report.poses.interpolated},
              {"held", report.poses.held},
              {"predicted", report.poses.predicted},
              {"missing", report.poses.missing}}},
            {"wall_s", report.wall_s},
            {"cpu_s", report.cpu_s},
            {"first_frame_s", report.first_frame_s},
            {"frames_per_s", rate(report.frames_out, report.wall_s)},
            {"key_frames_per_s", rate(report.inference.views, report.wall_s)},
            {"peak_memory_bytes", report.peak_memory_bytes},
            {"stages", std::move(stages)},
            {"bottleneck", report.bottleneck}};
}

std::string to_text(const FitReport& report, const std::string& input) {
    std::string text = fmt::format(
        "{}: {} frames in {} ({:.1f} frames/s), {} key frames; poses: {} measured, {} "
        "interpolated, "
        "{} held, {} missing",
        input, report.frames_out, format_duration(report.wall_s),
        rate(report.frames_out, report.wall_s), report.inference.views, report.poses.measured,
        report.poses.interpolated, report.poses.held, report.poses.missing);
    if (!report.bottleneck.empty()) {
        text += fmt::format("\nspeed is bound by {}", report.bottleneck);
    }
    for (const std::filesystem::path& path : {report.written, report.matte, report.poses_file}) {
        if (!path.empty()) {
            text += fmt::format(
                "\n{}{}", report.interrupted ? "interrupted; what was rendered is in " : "wrote ",
                path.string());
        }
    }
    return text;
}

}  // namespace closet
