#include "bench/report/text_report.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bench/quality/case_statistics.h"
#include "bench/report/columns.h"
#include "bench/report/notes.h"
#include "bench/text/shown_text.h"

namespace closet::bench {
namespace {

constexpr std::size_t kGap = 2;  ///< between columns
/// Columns of a cell; a name from outside may be of any length.
constexpr std::size_t kWidest = 120;

/// Rows of cells set as columns, two spaces apart. Cells are cleaned (see clean_text)
/// and cut where they are very long.
class TextGrid {
  public:
    /// `right` tells which columns are flush right.
    explicit TextGrid(std::vector<bool> right) : right_(std::move(right)) {}

    void add(std::vector<std::string> cells) { add_open(std::move(cells), {}); }

    /// As many cells as `cells` has, then a text that may be as long as it likes.
    void add_open(std::vector<std::string> cells, const std::string& rest) {
        for (std::string& cell : cells) {
            cell = shorten(clean_text(cell), kWidest);
        }
        rows_.push_back({std::move(cells), clean_text(rest)});
    }

    /// A line for each row, without spaces at its end.
    std::string to_text() const {
        std::vector<std::size_t> widths(right_.size(), 0);
        for (const Row& row : rows_) {
            for (std::size_t c = 0; c < row.cells.size() && c < widths.size(); ++c) {
                widths[c] = std::max(widths[c], display_width(row.cells[c]));
            }
        }
        std::string text;
        for (const Row& row : rows_) {
            std::string line;
            for (std::size_t c = 0; c < row.cells.size() && c < widths.size(); ++c) {
                const std::string padding(widths[c] - display_width(row.cells[c]), ' ');
                line += right_[c] ? padding + row.cells[c] : row.cells[c] + padding;
                line.append(kGap, ' ');
            }
            line += row.rest;
            line.erase(line.find_last_not_of(' ') + 1);
            text += line + '\n';
        }
        return text;
    }

  private:
    struct Row {
        std::vector<std::string> cells;
        std::string rest;
    };
    std::vector<bool> right_;
    std::vector<Row> rows_;
};

/// A case without figures shows its first `told` columns, what it was, then why.
std::string text_cases(const Sweep& sweep, const std::vector<Column>& columns, std::size_t told) {
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

std::string text_section(const std::string& heading, const std::vector<std::string>& sentences) {
    if (sentences.empty()) {
        return {};
    }
    std::string text = "\n" + heading + "\n";
    for (const std::string& sentence : sentences) {
        text += "  " + clean_text(sentence) + "\n";
    }
    return text;
}

/// Columns of the table of cases that tell what a case was: its id and settings.
std::size_t told_of(const Sweep& sweep) {
    return 1 + varying_axes(sweep).size();
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

/// As text_cases.
std::string markdown_table(const Sweep& sweep, const std::vector<Column>& columns,
                           std::size_t told) {
    std::string head = "|", rule = "|", rows;
    for (const Column& column : columns) {
        head += fmt::format(" {} |", escape_markdown(column.heading));
        rule += column.is_number ? "---:|" : "---|";
    }
    for (std::size_t i = 0; i < sweep.cases.size(); ++i) {
        const std::string failure = failure_of(sweep.cases[i]);
        rows += "|";
        for (std::size_t c = 0; c < columns.size(); ++c) {
            // Markdown has no cells that span: the reason takes the place of the first figure.
            const std::string& cell = failure.empty() || c < told ? columns[c].cells[i].text
                                      : c == told                 ? failure
                                                                  : std::string();
            rows += fmt::format(" {} |", escape_markdown(cell));
        }
        rows += "\n";
    }
    return head + "\n" + rule + "\n" + rows;
}

std::string markdown_list(const std::string& heading, const std::vector<std::string>& sentences) {
    if (sentences.empty()) {
        return {};
    }
    std::string text = "\n**" + heading + "**\n\n";
    for (const std::string& sentence : sentences) {
        text += "- " + escape_markdown(sentence) + "\n";
    }
    return text;
}

}  // namespace

std::string text_table(const Sweep& sweep, const Ranking& ranking) {
    std::string text = sweep.cases.empty()
                           ? "no case was measured\n"
                           : text_cases(sweep, short_columns_of(sweep, &ranking), told_of(sweep));
    if (const auto of_clips = clip_columns_of(sweep); of_clips.size() > 1) {
        text += "\nclip by clip\n" + text_cases(sweep, of_clips, 1);
    }
    text += text_section("verdict", ranking.sentences);
    text += text_section("doubts", doubts_of(sweep));
    if (!sweep.context.contains.empty()) {
        text += text_section("the time contains", {sweep.context.contains});
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

std::string markdown(const Sweep& sweep, const Ranking& ranking) {
    std::string text =
        sweep.cases.empty()
            ? "No case was measured.\n"
            : markdown_table(sweep, short_columns_of(sweep, &ranking), told_of(sweep));
    if (const auto of_clips = clip_columns_of(sweep); of_clips.size() > 1) {
        text += "\n**Clip by clip**\n\n" + markdown_table(sweep, of_clips, 1);
    }
    text += markdown_list("Verdict", ranking.sentences);
    text += markdown_list("Doubts", doubts_of(sweep));
    std::vector<std::string> facts;
    for (const auto& [name, value] : facts_of(sweep.context)) {
        facts.push_back(name + ": " + value);
    }
    text += markdown_list("Measured", facts);
    return text;
}

}  // namespace closet::bench
