#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "closet/command.h"
#include "closet/console.h"
#include "closet/interrupt.h"
#include "closet/option_binding.h"
#include "closet/progress.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json_string.h"
#include "core/log.h"
#include "core/new_file.h"
#include "similarity/clip_scores.h"

namespace closet {
namespace {

constexpr const char* kCompareExamples = R"(Examples:
  closet compare dressed.mp4 before.mp4
  closet compare a.png b.png --metrics ssim,lpips --json
  closet compare a.mp4 b.mp4 -o frames.csv --min-ssim 0.98 --max-lpips 0.05
The n-th frame of one goes with the n-th of the other; both are compared as they
are shown. SSIM and PSNR are of the luma, LPIPS of RGB. Exit codes: 0 done, 1 it
failed or a limit was crossed, 2 wrong usage, 130 interrupted.)";

/// A figure of the comparison: where it is in a frame's score, and what is best.
struct ScoreColumn {
    std::string_view name, heading;
    std::optional<double> FrameScore::*value;
    bool is_distance = false;  ///< less is better
    int decimals = 5;
};
constexpr std::array kScoreColumns{
    ScoreColumn{"ssim", "SSIM", &FrameScore::ssim},
    ScoreColumn{"psnr", "PSNR dB", &FrameScore::psnr_db, false, 2},
    ScoreColumn{"lpips", "LPIPS", &FrameScore::lpips, true},
};

struct CompareClipsOptions {
    std::string first, second;
    std::vector<std::string> metrics;  ///< empty: all, LPIPS where its model is there
    std::vector<std::string> lpips_models;
    std::string output;  ///< CSV
    std::optional<double> min_ssim, min_psnr, max_lpips;
    bool shortest = false, json = false, quiet = false;

    bool asks_for(std::string_view metric) const {
        return std::find(metrics.begin(), metrics.end(), metric) != metrics.end();
    }
};

/// Of all frames.
struct ColumnSummary {
    double mean = 0, worst = 0;
    const FrameScore* worst_frame = nullptr;
};

std::optional<ColumnSummary> summarize(const ScoreColumn& column,
                                       const std::vector<FrameScore>& frames) {
    ColumnSummary summary;
    double sum = 0;
    for (const FrameScore& frame : frames) {
        const std::optional<double>& value = frame.*column.value;
        if (!value) {
            return std::nullopt;
        }
        sum += *value;
        const bool is_worse = column.is_distance ? *value > summary.worst : *value < summary.worst;
        if (summary.worst_frame == nullptr || is_worse) {
            summary.worst = *value;
            summary.worst_frame = &frame;
        }
    }
    if (frames.empty()) {
        return std::nullopt;
    }
    summary.mean = sum / static_cast<double>(frames.size());
    return summary;
}

/// The network where LPIPS is asked for, or where nothing special is and it is there.
std::shared_ptr<const Lpips> find_lpips(const CompareClipsOptions& options) {
    const bool must =
        options.asks_for("lpips") || options.max_lpips.has_value() || !options.lpips_models.empty();
    if (!must && !options.metrics.empty()) {
        return nullptr;
    }
    try {
        return std::make_shared<const Lpips>(find_lpips_files(options.lpips_models));
    } catch (const ModelError& error) {
        if (must) {
            throw;
        }
        console::print_line(fmt::format("without LPIPS: {}", error.what()));
        return nullptr;
    }
}

ClipScores measure_clips(const CompareClipsOptions& options, std::shared_ptr<const Lpips> lpips) {
    ClipScoreOptions wanted;
    wanted.ssim = options.metrics.empty() || options.asks_for("ssim") || options.min_ssim;
    wanted.psnr = options.metrics.empty() || options.asks_for("psnr") || options.min_psnr;
    wanted.lpips = std::move(lpips);
    wanted.shortest = options.shortest;
    wanted.workers = std::max(1U, std::thread::hardware_concurrency()) - 1;
    std::unique_ptr<Progress> progress;
    return compare_clips(options.first, options.second, wanted,
                         [&](std::int64_t done, std::int64_t of) {
                             if (!progress) {
                                 progress = std::make_unique<Progress>("compare", of);
                             }
                             progress->update(done);
                             return !interrupt::requested();
                         });
}

std::string csv_of(const std::vector<FrameScore>& frames) {
    std::string text = "frame,seconds,ssim,psnr_db,lpips\n";
    for (const FrameScore& frame : frames) {
        text += fmt::format("{},{:.6f}", frame.index, frame.seconds);
        for (const ScoreColumn& column : kScoreColumns) {
            const std::optional<double>& value = frame.*column.value;
            text += value ? fmt::format(",{:.6f}", *value) : ",";
        }
        text += '\n';
    }
    return text;
}

/// What was crossed, a sentence each.
std::vector<std::string> crossed_limits(const CompareClipsOptions& options,
                                        const std::vector<FrameScore>& frames) {
    std::vector<std::string> crossed;
    const std::array limits{options.min_ssim, options.min_psnr, options.max_lpips};
    for (std::size_t i = 0; i < kScoreColumns.size(); ++i) {
        const ScoreColumn& column = kScoreColumns[i];
        const auto summary = summarize(column, frames);
        if (limits[i] && summary &&
            (column.is_distance ? summary->mean > *limits[i] : summary->mean < *limits[i])) {
            crossed.push_back(fmt::format("{} is {:.{}f} on average, {} {:g}", column.heading,
                                          summary->mean, column.decimals,
                                          column.is_distance ? "above" : "below", *limits[i]));
        }
    }
    return crossed;
}

nlohmann::json json_of(const CompareClipsOptions& options, const ClipScores& scores,
                       const std::string& network, const std::vector<std::string>& crossed) {
    nlohmann::json json{
        {"first", options.first},         {"second", options.second},
        {"frames", scores.frames.size()}, {"luma", scores.stored_luma ? "stored" : "of RGB"},
        {"lpips_network", nullptr},       {"limits_crossed", crossed}};
    if (!network.empty()) {
        json["lpips_network"] = network;
    }
    for (const ScoreColumn& column : kScoreColumns) {
        if (const auto summary = summarize(column, scores.frames)) {
            json[std::string(column.name)] = {{"mean", summary->mean},
                                              {"worst", summary->worst},
                                              {"worst_frame", summary->worst_frame->index},
                                              {"worst_s", summary->worst_frame->seconds}};
        }
    }
    return json;
}

void print_table(const ClipScores& scores, const std::string& network) {
    fmt::print("{} frame{}\n{:10}{:>10}{:>10}  at\n", scores.frames.size(),
               scores.frames.size() == 1 ? "" : "s", "", "mean", "worst");
    for (const ScoreColumn& column : kScoreColumns) {
        const auto summary = summarize(column, scores.frames);
        if (!summary) {
            continue;
        }
        const std::string basis = column.is_distance   ? network
                                  : scores.stored_luma ? "luma as stored"
                                                       : "luma of 8-bit RGB";
        fmt::print("{:10}{:>10.{}f}{:>10.{}f}  frame {} ({:.3f} s), {}\n", column.heading,
                   summary->mean, column.decimals, summary->worst, column.decimals,
                   summary->worst_frame->index, summary->worst_frame->seconds, basis);
    }
}

int run_compare_clips(const CompareClipsOptions& options) {
    console::set_style({.quiet = options.quiet});
    std::vector<NamedFile> reads{{"the first input", options.first},
                                 {"the second input", options.second}};
    for (const std::string& model : options.lpips_models) {
        reads.push_back({"the network of --lpips-model", model});
    }
    check_names(reads, {{"-o", options.output}});
    std::optional<NewFile> csv;
    if (!options.output.empty()) {
        csv.emplace(options.output);
    }
    const std::shared_ptr<const Lpips> lpips = find_lpips(options);
    interrupt::install();
    const ClipScores scores = measure_clips(options, lpips);
    if (!scores.is_complete && interrupt::requested()) {
        return kExitInterrupted;
    }
    if (csv) {
        csv->write(csv_of(scores.frames));
        csv->publish();
    }
    const std::string network = lpips != nullptr ? lpips->name() : "";
    const std::vector<std::string> crossed = crossed_limits(options, scores.frames);
    if (options.json) {
        fmt::print("{}\n", json_string(json_of(options, scores, network, crossed), 2));
    } else {
        print_table(scores, network);
    }
    for (const std::string& sentence : crossed) {
        log::error("{}", sentence);
    }
    return crossed.empty() ? kExitDone : kExitFailed;
}

}  // namespace

Command add_compare_command(CLI::App& app) {
    const auto options = std::make_shared<CompareClipsOptions>();
    CLI::App* compare =
        app.add_subcommand("compare", "tell how alike two clips or pictures are, frame by frame");
    compare->footer(kCompareExamples);
    compare->add_option("first", options->first, "a clip or picture")
        ->required()
        ->type_name("FILE");
    compare->add_option("second", options->second, "another one of the same size")
        ->required()
        ->type_name("FILE");
    compare
        ->add_option("--metrics", options->metrics,
                     "some of ssim, psnr and lpips, separated by commas")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"ssim", "psnr", "lpips"}))
        ->default_str("all, lpips where its model is there");
    add_option(*compare, lpips_model_option(options->lpips_models));
    compare->add_flag(flags::kShortest, options->shortest,
                      "leave out what the longer clip has more");
    const char* limits = "Limits of the average, else exit code 1";
    compare->add_option("--min-ssim", options->min_ssim, "-1..1")
        ->group(limits)
        ->check(CLI::Range(-1.0, 1.0));
    compare->add_option("--min-psnr", options->min_psnr, "dB; identical frames count as 100")
        ->group(limits)
        ->check(CLI::NonNegativeNumber);
    compare
        ->add_option("--max-lpips", options->max_lpips, "0 for the same pictures, about 1 for any")
        ->group(limits)
        ->check(CLI::NonNegativeNumber);
    compare->add_option("-o,--output", options->output, "figures of each frame, CSV")
        ->type_name("FILE");
    compare->add_flag("--json", options->json, "the result as JSON");
    compare->add_flag("-q,--quiet", options->quiet, "errors only");
    return {compare, [options] { return run_compare_clips(*options); }};
}

}  // namespace closet
