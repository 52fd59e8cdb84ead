#include "bench/report/markdown.h"

#include <cstddef>
#include <vector>

#include <fmt/format.h>

#include "bench/report/columns.h"
#include "bench/report/notes.h"
#include "bench/report/result_words.h"
#include "bench/report/shown_text.h"

namespace closet::bench {
namespace {

std::string table_of(const Sweep& sweep, const SweepVerdict& verdict) {
    const std::vector<Column> columns = short_columns_of(sweep, &verdict);
    const std::size_t told = 1 + varying_axes(sweep).size();
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

std::string list_of(const std::string& heading, const std::vector<std::string>& sentences) {
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

std::string markdown(const Sweep& sweep, const SweepVerdict& verdict) {
    std::string text = sweep.cases.empty() ? "No case was measured.\n" : table_of(sweep, verdict);
    text += list_of("Verdict", verdict.sentences);
    text += list_of("Doubts", doubts_of(sweep));
    std::vector<std::string> facts;
    for (const auto& [name, value] : facts_of(sweep.context)) {
        facts.push_back(name + ": " + value);
    }
    text += list_of("Measured", facts);
    return text;
}

}  // namespace closet::bench
