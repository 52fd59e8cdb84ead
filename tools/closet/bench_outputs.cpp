#include "bench_outputs.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/report/adapters.h"
#include "bench/report/csv.h"
#include "bench/report/html.h"
#include "bench/report/markdown.h"
#include "bench/report/text_table.h"
#include "bench/sweep/json_lines.h"
#include "bench/sweep/result_json.h"
#include "core/error.h"

namespace closet {
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
    const auto& names = bench_formats();
    const bool is_format = std::find(names.begin(), names.end(), name) != names.end();
    return is_format && name.size() < text.size() ? name : std::string();
}

}  // namespace

const std::vector<std::string>& bench_formats() {
    static const std::vector<std::string> kNames{
        "table", "md", "csv", "json", "jsonl", "html", "github-action-benchmark", "bencher"};
    return kNames;
}

std::string bench_text(const std::string& format, const bench::Sweep& sweep,
                       const bench::Constraints& constraints, double level) {
    if (format == "json") {
        return bench::json_text(sweep);
    }
    if (format == "jsonl") {
        std::string text = bench::context_line(sweep);
        for (const bench::Case& measured : sweep.cases) {
            text += bench::case_line(measured);
        }
        return text;
    }
    if (format == "csv") {
        return bench::csv(sweep);
    }
    if (format == "github-action-benchmark") {
        return bench::github_action_benchmark_json(sweep);
    }
    if (format == "bencher") {
        return bench::bencher_json(sweep);
    }
    const bench::SweepVerdict verdict = bench::judge_sweep(sweep, constraints, level);
    if (format == "html") {
        return bench::html_page(sweep, verdict, bench::judge_reference(sweep, level));
    }
    return format == "md" ? bench::markdown(sweep, verdict) : bench::text_table(sweep, verdict);
}

std::string bench_output_path(const std::string& text) {
    const std::string format = format_before(text);
    return format.empty() ? text : text.substr(format.size() + 1);
}

std::unique_ptr<bench::SweepSink> make_bench_output(const std::string& text,
                                                    const bench::Constraints& constraints,
                                                    double level, const bench::Clock& clock) {
    const std::string path = bench_output_path(text), named = format_before(text);
    const std::string format = named.empty() ? format_of_ending(text) : named;
    const auto& names = bench_formats();
    if (std::find(names.begin(), names.end(), format) == names.end()) {
        throw ConfigError(
            fmt::format("--out {}: the ending tells no format; give FORMAT:FILE with one of {}",
                        text, fmt::join(names, ", ")));
    }
    if (format == "jsonl") {
        return std::make_unique<bench::JsonLinesFile>(path);
    }
    return std::make_unique<bench::RewrittenFile>(
        path,
        [format, constraints, level](const bench::Sweep& sweep) {
            return bench_text(format, sweep, constraints, level);
        },
        clock);
}

}  // namespace closet
