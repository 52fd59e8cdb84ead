#include "bench/report/formats.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/report/exports.h"
#include "bench/report/html.h"
#include "bench/report/text_report.h"
#include "bench/result/result_file.h"
#include "bench/result/result_json.h"
#include "core/error.h"

namespace closet::bench {
namespace {

/// The format that a file's ending stands for.
std::string format_of_ending(const std::string& path) {
    std::string ending = std::filesystem::path(path).extension().string();
    if (!ending.empty()) {
        ending.erase(0, 1);
    }
    return ending == "txt" ? "table" : ending == "htm" ? "html" : ending;
}

/// The format that is named before the file; empty where none is.
std::string format_before(const std::string& text) {
    const std::string name = text.substr(0, text.find(':'));
    const auto& names = result_formats();
    const bool is_format = std::find(names.begin(), names.end(), name) != names.end();
    return is_format && name.size() < text.size() ? name : std::string();
}

}  // namespace

const std::vector<std::string>& result_formats() {
    static const std::vector<std::string> kNames{
        "table", "md", "csv", "json", "jsonl", "html", "github-action-benchmark", "bencher"};
    return kNames;
}

std::string sweep_text(const std::string& format, const Sweep& sweep,
                       const Constraints& constraints, double level) {
    if (format == "json") {
        return json_text(sweep);
    }
    if (format == "jsonl") {
        std::string text = context_line(sweep);
        for (const Case& measured : sweep.cases) {
            text += case_line(measured);
        }
        return text;
    }
    if (format == "csv") {
        return csv(sweep);
    }
    if (format == "github-action-benchmark") {
        return github_action_benchmark_json(sweep);
    }
    if (format == "bencher") {
        return bencher_json(sweep);
    }
    const Ranking ranking = rank_cases(sweep, constraints, level);
    if (format == "html") {
        return html_page(sweep, ranking, judge_published(sweep, level));
    }
    return format == "md" ? markdown(sweep, ranking) : text_table(sweep, ranking);
}

std::string output_path(const std::string& text) {
    const std::string format = format_before(text);
    return format.empty() ? text : text.substr(format.size() + 1);
}

std::unique_ptr<SweepSink> make_output(const std::string& text, const Constraints& constraints,
                                       double level, const Clock& clock) {
    const std::string path = output_path(text), named = format_before(text);
    const std::string format = named.empty() ? format_of_ending(text) : named;
    const auto& names = result_formats();
    if (std::find(names.begin(), names.end(), format) == names.end()) {
        throw ConfigError(
            fmt::format("{} {}: the ending tells no format; give FORMAT:FILE with one of {}",
                        flags::kOut, text, fmt::join(names, ", ")));
    }
    if (format == "jsonl") {
        return std::make_unique<JsonLinesFile>(path);
    }
    return std::make_unique<RewrittenFile>(
        path,
        [format, constraints, level](const Sweep& sweep) {
            return sweep_text(format, sweep, constraints, level);
        },
        clock);
}

}  // namespace closet::bench
