#include "bench_verdict.h"

#include <charconv>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "exit_code.h"

namespace closet {
namespace {

/// A flag that takes "5" or "5%" for 0.05.
void add_percent(CLI::App& app, const std::string& name, double& share, const std::string& help) {
    app.add_option_function<std::string>(
           name,
           [name, &share](const std::string& text) {
               double percent = -1;
               const char* end = text.data() + text.size();
               const auto [rest, error] = std::from_chars(text.data(), end, percent);
               const bool is_all = rest == end || std::string_view(rest, end) == "%";
               if (error != std::errc() || !is_all || !(percent >= 0 && percent <= 100)) {
                   throw CLI::ValidationError(name,
                                              fmt::format("{}: give a percentage, as 5%", text));
               }
               share = percent / 100;
           },
           help)
        ->default_str(fmt::format("{:g}%", share * 100))
        ->type_name("PERCENT");
}

}  // namespace

void add_judge_options(CLI::App& app, JudgeOptions& options) {
    add_percent(app, "--max-slowdown", options.compare.max_slowdown,
                "loss of frames a second that is allowed");
    add_percent(app, "--max-quality-drop", options.compare.max_quality_drop,
                "loss of PCK@0.1, and rise of the keypoint error, that is allowed, in percentage "
                "points");
    app.add_option_function<std::string>(
           "--fail-on",
           [&options](const std::string& what) {
               options.fail_on_inconclusive = what == "inconclusive";
           },
           "inconclusive: exit with 4 where the figures cannot tell; regression: they may")
        ->default_str("regression")
        ->check(CLI::IsMember({"regression", "inconclusive"}));
}

int exit_code_of(bench::Verdict verdict, const JudgeOptions& options) {
    if (verdict == bench::Verdict::kWorse) {
        return kExitRegression;
    }
    return verdict == bench::Verdict::kInconclusive && options.fail_on_inconclusive
               ? kExitInconclusive
               : kExitDone;
}

}  // namespace closet
