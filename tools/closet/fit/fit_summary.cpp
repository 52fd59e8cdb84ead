#include "closet/fit/fit_summary.h"

#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "closet/progress.h"
#include "pipeline/stage_json.h"

namespace closet {
namespace {

constexpr int kSummaryVersion = 1;

std::int64_t left_of(const RemovalCounts& counts, LeftClothes what) {
    return counts.left[static_cast<std::size_t>(what)];
}

/// "removed in 187 frames; left: sleeves (...) in 20"; empty where none showed.
std::string to_text(const RemovalCounts& counts) {
    std::string text =
        counts.removed > 0 ? fmt::format("removed in {} frames", counts.removed) : std::string();
    std::string left;
    for (const auto& [what, words] :
         {std::pair(LeftClothes::kSleeves,
                    "sleeves (no bare skin to learn from, or the arm is not where the pose is)"),
          std::pair(LeftClothes::kBelowHem,
                    "below the hem (no trousers or skirt found under them)"),
          std::pair(LeftClothes::kBeside,
                    "beside (what is behind them was never seen, or the pose "
                    "is off)")}) {
        if (const std::int64_t frames = left_of(counts, what); frames > 0) {
            left += fmt::format("{}{} in {} frames", left.empty() ? "" : ", ", words, frames);
        }
    }
    if (!left.empty()) {
        text += fmt::format("{}partly left: {}", text.empty() ? "" : "; ", left);
    }
    return text;
}

/// "187 restored; left: 3 too small"; empty where none was looked for.
std::string to_text(const RestoreCounts& counts) {
    std::string left;
    for (const auto& [count, words] :
         {std::pair(counts.large, "with more detail than the network gives"),
          std::pair(counts.small, "too small"), std::pair(counts.unseen, "not seen"),
          std::pair(counts.failed, "of which the network gave no numbers")}) {
        if (count > 0) {
            left += fmt::format("{}{} {}", left.empty() ? "" : ", ", count, words);
        }
    }
    if (counts.restored == 0 && left.empty()) {
        return {};
    }
    return fmt::format("{} restored{}{}", counts.restored, left.empty() ? "" : "; left: ", left);
}

}  // namespace

double frame_rate(std::int64_t frames, double seconds) {
    return seconds > 0 ? static_cast<double>(frames) / seconds : 0;
}

nlohmann::json summary_of(const std::string& input, const std::filesystem::path& output) {
    return {{"schema", "closet.fit.summary"},
            {"version", kSummaryVersion},
            {"input", input},
            {"output", output.string()}};
}

nlohmann::json to_json(const FitReport& report, const std::string& input,
                       const std::vector<std::string>& lost) {
    nlohmann::json stages = nlohmann::json::array();
    for (const StageMetrics& stage : report.stages) {
        stages.push_back(nlohmann::json(stage_json(stage)));
    }
    nlohmann::json face;
    if (report.face) {
        face = {{"photo", report.face->photo},
                {"network", report.face->network},
                {"threshold", report.face->threshold},
                {"similarity",
                 report.face->best ? nlohmann::json(*report.face->best) : nlohmann::json(nullptr)},
                {"looks", report.face->looks},
                {"faces", report.face->faces},
                {"found", report.face->found}};
    }
    nlohmann::json summary = summary_of(input, report.written);
    summary.update({{"matte", report.matte.string()},
                    {"poses_file", report.poses_file.string()},
                    {"interrupted", report.interrupted},
                    {"lost", lost},
                    {"frames_in", report.frames_in},
                    {"frames_out", report.frames_out},
                    {"frames_kept", report.frames_kept},
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
                    {"try_on",
                     {{"asked", report.try_on.asked},
                      {"compared", report.try_on.compared},
                      {"flicker", report.try_on.flicker()}}},
                    {"old_clothes",
                     {{"removed", report.old_clothes.removed},
                      {"left_sleeves", left_of(report.old_clothes, LeftClothes::kSleeves)},
                      {"left_below_hem", left_of(report.old_clothes, LeftClothes::kBelowHem)},
                      {"left_beside", left_of(report.old_clothes, LeftClothes::kBeside)}}},
                    {"restored_faces",
                     {{"restored", report.restored.restored},
                      {"left_large", report.restored.large},
                      {"left_small", report.restored.small},
                      {"left_unseen", report.restored.unseen},
                      {"failed", report.restored.failed}}},
                    {"face", std::move(face)},
                    {"wall_s", report.wall_s},
                    {"cpu_s", report.cpu_s},
                    {"first_frame_s", report.first_frame_s},
                    {"frames_per_s", frame_rate(report.frames_out, report.wall_s)},
                    {"key_frames_per_s", frame_rate(report.inference.views, report.wall_s)},
                    {"peak_memory_bytes", report.peak_memory_bytes},
                    {"peak_frame_bytes", report.peak_frame_bytes},
                    {"stages", std::move(stages)},
                    {"bottleneck", report.bottleneck}});
    return summary;
}

std::string to_text(const FaceReport& face) {
    const std::string seen =
        fmt::format("{} of {} looks at heads saw a face", face.faces, face.looks);
    if (!face.best) {
        return fmt::format("nobody's face was seen ({})", seen);
    }
    return fmt::format("{} with similarity up to {:.2f}, where {:.2f} is needed ({})",
                       face.found ? "found" : "nobody is like it,", *face.best, face.threshold,
                       seen);
}

std::string to_text(const FitReport& report, const std::string& input) {
    std::string text = fmt::format(
        "{}: {} frames in {} ({:.1f} frames/s), {} key frames; poses: {} measured, {} "
        "interpolated, "
        "{} held, {} missing",
        input, report.frames_out, format_duration(report.wall_s),
        frame_rate(report.frames_out, report.wall_s), report.inference.views, report.poses.measured,
        report.poses.interpolated, report.poses.held, report.poses.missing);
    if (report.frames_kept > 0) {
        text += fmt::format("; {} frames were there from the run before", report.frames_kept);
    }
    if (report.face) {
        text += fmt::format("\nthe face of {}: {}", report.face->photo, to_text(*report.face));
    }
    if (report.try_on.asked > 0) {
        text += fmt::format("\ntry-on networks: asked {} times", report.try_on.asked);
        if (report.try_on.compared > 0) {
            text += fmt::format(", flicker {:.1f} of 255 levels", report.try_on.flicker());
        }
    }
    if (const std::string clothes = to_text(report.old_clothes); !clothes.empty()) {
        text += fmt::format("\nold clothes: {}", clothes);
    }
    if (const std::string faces = to_text(report.restored); !faces.empty()) {
        text += fmt::format("\nfaces: {}", faces);
    }
    if (report.peak_frame_bytes > 0) {
        constexpr double kMegabyte = 1e6;
        text += fmt::format("\nmemory: up to {:.0f} MB, of these frames on their way {:.0f} MB",
                            static_cast<double>(report.peak_memory_bytes) / kMegabyte,
                            static_cast<double>(report.peak_frame_bytes) / kMegabyte);
    }
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
    if (report.units_kept > 0) {
        text += fmt::format("\n{} units are kept: the same command with {} goes on",
                            report.units_kept, flags::kResumeUnits);
    }
    return text;
}

}  // namespace closet
