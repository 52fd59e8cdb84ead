// Writes pages and plots of made-up sweeps into a folder, to be looked at.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/compare/ranking.h"
#include "bench/plot/sweep_plots.h"
#include "bench/report/exports.h"
#include "bench/report/html.h"
#include "bench/report/made_report.h"
#include "bench/report/text_report.h"
#include "bench/stats/estimate.h"

namespace {

void write(const std::filesystem::path& folder, const closet::bench::Sweep& sweep) {
    const closet::bench::Ranking ranking = closet::test::judged(sweep);
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "report.html")
        << closet::bench::html_page(sweep, ranking, closet::bench::judge_published(sweep));
    std::ofstream(folder / "report.md") << closet::bench::markdown(sweep, ranking);
    std::ofstream(folder / "report.csv") << closet::bench::csv(sweep);
    std::ofstream(folder / "report.txt") << closet::bench::text_table(sweep, ranking);
    closet::bench::write_plots(folder / "plots", sweep, ranking);
}

}  // namespace

namespace {

/// What is rare: a GPU, an axis of names, an interval that is not known, failed passes.
closet::bench::Sweep made_odd() {
    closet::bench::Sweep sweep =
        closet::test::made_product({{"batch", {"1", "2", "16"}}, {"scale", {"0.5", "1"}}});
    const std::vector<std::string> models{"blazepose-full", "rtmpose-m", "hrnet-w48-384x288"};
    sweep.axes[0] = "model";
    sweep.context.gpu = "NVIDIA H200, driver 570.86";
    for (std::size_t i = 0; i < sweep.cases.size(); ++i) {
        closet::bench::Case& measured = sweep.cases[i];
        measured.settings[0] = {"model", models[i / 2]};
        measured.id = "model=" + models[i / 2] + ",scale=" + measured.settings[1].second;
        for (closet::bench::Sample& sample : measured.samples) {
            sample.gpu = closet::bench::GpuUse{.device_time_s = 0.5,
                                               .utilisation_percent = 63,
                                               .power_w = 310,
                                               .temperature_c = 54,
                                               .clock_mhz = 1980,
                                               .peak_memory_bytes = 1'500'000'000};
        }
    }
    sweep.cases[1].frames_per_s = closet::bench::unknown_interval(31.5);
    sweep.cases[1].stopped = closet::bench::StopReason::kBudget;
    sweep.cases[2].samples[4].failure = "it gave 59 frames where others gave 60";
    closet::test::fail_case(sweep.cases[5], "the device is out of memory; use a smaller --batch");
    return sweep;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        fmt::print(stderr, "usage: write_reports FOLDER\n");
        return 2;
    }
    const std::filesystem::path folder = arguments[1];
    using closet::test::made_product;
    closet::bench::Sweep few = made_product({{"batch", {"1", "4", "8"}}});
    few.context.warnings = {"this is a debug build, so that all figures are too slow"};
    write(folder / "3", few);
    closet::bench::Sweep reference = closet::test::made_reference_sweep();
    closet::test::fail_case(reference.cases[5],
                            "the model file missing.tflite cannot be read: no "
                            "such file; fetch it with closet models fetch");
    write(folder / "22", reference);
    write(folder / "64", made_product({{"batch", {"1", "2", "4", "8"}},
                                       {"scale", {"0.3", "0.5", "0.7", "1"}},
                                       {"interval", {"0.03", "0.04", "0.06", "0.1"}}}));
    write(folder / "odd", made_odd());
    return 0;
}
