#include "bench/report/text_table.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include <fmt/format.h>

#include "bench/quality/case_figures.h"
#include "bench/report/columns.h"
#include "bench/report/notes.h"
#include "bench/report/result_words.h"
#include "bench/report/shown_text.h"
#include "bench/report/text_grid.h"

namespace closet::bench {
namespace {

std::string cases_table(const Sweep& sweep, const SweepVerdict& verdict) {
    const std::vector<Column> columns = short_columns_of(sweep, &verdict);
    // A case without figures shows what it was, then why.
    const std::size_t told = 1 + varying_axes(sweep).size();
    std::vector<bool> right;
    std::vector<std::string> headings;
    for (const Column& column : columns) {
        right.push_back(column.is_number);
        headings.push_back(column.heading);
    }
    TextGrid grid(std::move(right));
    grid.add(std::move(headings));
    for (std::size_t i = 0; i < sweep.cases.size(); ++i) {
        const std::string failure = failure_of(sweep.cases[i]);
        std::vector<std::string> cells;
        for (std::size_t c = 0; c < (failure.empty() ? columns.size() : told); ++c) {
            cells.push_back(columns[c].cells[i].text);
        }
        grid.add_open(std::move(cells), failure);
    }
    return grid.to_text();
}

std::string section(const std::string& heading, const std::vector<std::string>& sentences) {
    if (sentences.empty()) {
        return {};
    }
    std::string text = "\n" + heading + "\n";
    for (const std::string& sentence : sentences) {
        text += "  " + clean_text(sentence) + "\n";
    }
    return text;
}

struct Shares {
    double frames = 0, wall_s = 0;
};

Shares shares_of(const Case& measured) {
    Shares shares;
    for (const Sample& sample : measured.samples) {
        if (sample.counts()) {
            shares.frames += static_cast<double>(sample.work.frames_out);
            shares.wall_s += sample.wall_s;
        }
    }
    return shares;
}

}  // namespace

std::string text_table(const Sweep& sweep, const SweepVerdict& verdict) {
    std::string text = sweep.cases.empty() ? "no case was measured\n" : cases_table(sweep, verdict);
    text += section("verdict", verdict.sentences);
    text += section("doubts", doubts_of(sweep));
    if (!sweep.context.contains.empty()) {
        text += section("the time contains", {sweep.context.contains});
    }
    return text;
}

std::string stage_table(const Case& measured) {
    const std::vector<StageMetrics> stages = sum_stages(measured.samples);
    const Shares shares = shares_of(measured);
    if (stages.empty() || !(shares.frames > 0) || !(shares.wall_s > 0)) {
        return {};
    }
    const auto ms = [&](double seconds) {
        return fmt::format("{:.3f}", 1000 * seconds / shares.frames);
    };
    const auto percent = [&](double seconds) {
        return fmt::format("{:.1f}", 100 * seconds / shares.wall_s);
    };
    TextGrid grid({false, true, true, true, true, true, true});
    grid.add({"stage, ms a frame", "busy", "busy %", "wait for input", "wait for room behind",
              "CPU", "calls or items"});
    for (const StageMetrics& stage : stages) {
        grid.add({stage.name, ms(stage.busy_s), percent(stage.busy_s), ms(stage.wait_input_s),
                  ms(stage.wait_output_s), ms(stage.cpu_s), std::to_string(stage.items_out)});
        for (const PartTime& part : stage.parts) {
            grid.add({"  " + part.name, ms(part.total_s), percent(part.total_s), "", "", "",
                      std::to_string(part.calls)});
        }
    }
    return grid.to_text();
}

}  // namespace closet::bench
