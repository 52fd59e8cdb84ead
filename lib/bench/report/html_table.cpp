#include "bench/report/html_table.h"

#include <cstddef>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/report/columns.h"
#include "bench/report/result_words.h"
#include "bench/report/shown_text.h"

namespace closet::bench {
namespace {

std::string marks(const Case& measured, const SweepVerdict& verdict) {
    std::string html;
    for (const std::string& mark : marks_of(measured, verdict)) {
        const bool is_best = mark == "best" || mark == "cheapest";
        html += fmt::format("<span class=\"mark{}\">{}</span>", is_best ? " best" : "",
                            escape_xml(mark));
    }
    return html;
}

std::string row_heading(const Case& measured) {
    const std::string id = escape_xml(measured.id);
    // An id may be broken after its commas.
    std::string broken;
    for (const char c : id) {
        broken += c;
        if (c == ',') {
            broken += "<wbr/>";
        }
    }
    return "<th scope=\"row\">" + broken + "</th>";
}

/// Nothing for a column of texts.
std::string class_of(const Column& column) {
    std::vector<std::string_view> classes;
    if (column.is_number) {
        classes.push_back("number");
    }
    if (column.is_setting) {
        classes.push_back("setting");
    }
    return classes.empty() ? std::string() : fmt::format(" class=\"{}\"", fmt::join(classes, " "));
}

std::string cell(const Column& column, const Case& measured, std::size_t i,
                 const SweepVerdict& verdict) {
    if (column.name == "verdict") {
        return "<td class=\"marks\">" + marks(measured, verdict) + "</td>";
    }
    return fmt::format("<td{}>{}</td>", class_of(column), escape_xml(column.cells[i].text));
}

}  // namespace

std::string html_table(const Sweep& sweep, const SweepVerdict& verdict) {
    std::vector<Column> columns = columns_of(sweep, &verdict);
    // The reason stands in the row itself.
    std::erase_if(columns, [](const Column& column) { return column.name == "failure"; });
    const std::size_t told = 1 + varying_axes(sweep).size();
    std::string html =
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Figures of all "
        "cases\"><table>\n<thead><tr>";
    for (const Column& column : columns) {
        html += fmt::format("<th scope=\"col\"{} title=\"{}\">{}</th>", class_of(column),
                            escape_xml(column.description), escape_xml(column.heading));
    }
    html += "</tr></thead>\n<tbody>\n";
    for (std::size_t i = 0; i < sweep.cases.size(); ++i) {
        const Case& measured = sweep.cases[i];
        const std::string failure = failure_of(measured);
        html += (failure.empty() ? "<tr>" : "<tr class=\"failed\">") + row_heading(measured);
        for (std::size_t c = 1; c < (failure.empty() ? columns.size() : told); ++c) {
            html += cell(columns[c], measured, i, verdict);
        }
        if (!failure.empty()) {
            html += fmt::format("<td class=\"reason\" colspan=\"{}\">{}</td>",
                                columns.size() - told, escape_xml(failure));
        }
        html += "</tr>\n";
    }
    return html + "</tbody>\n</table></div>\n";
}

}  // namespace closet::bench
