#include "bench/report/html.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/plot/sweep_plots.h"
#include "bench/report/columns.h"
#include "bench/report/html_style.h"
#include "bench/report/notes.h"
#include "bench/report/text_report.h"
#include "bench/text/number_text.h"
#include "bench/text/shown_text.h"

namespace closet::bench {
namespace {

/// Plots are drawn about as wide as a phone, so that their text is as large as the page's; on a
/// wide screen they stand side by side.
constexpr double kPlotWidth = 400;

using Facts = std::vector<std::pair<std::string, std::string>>;

/// With a capital and a full stop. What begins with a name ("batch=4 ...") keeps its small letter.
std::string as_sentence(std::string_view text) {
    std::string sentence(text);
    const std::string first = sentence.substr(0, sentence.find(' '));
    const bool is_word = !first.empty() &&
                         first.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos;
    if (is_word && first.size() < sentence.size()) {
        sentence.front() = static_cast<char>(std::toupper(sentence.front()));
    }
    if (!sentence.empty() &&
        std::string_view(".!?").find(sentence.back()) == std::string_view::npos) {
        sentence += '.';
    }
    return sentence;
}

std::string list_of(const std::vector<std::string>& sentences) {
    std::string html = "<ul>\n";
    for (const std::string& sentence : sentences) {
        html += "<li>" + escape_xml(as_sentence(sentence)) + "</li>\n";
    }
    return html + "</ul>\n";
}

std::string folded(std::string_view summary, const std::string& content) {
    return fmt::format("<details><summary>{}</summary>\n{}</details>\n", escape_xml(summary),
                       content);
}

/// A sentence that names dozens of cases is folded behind its beginning.
std::string paragraphs_of(const std::vector<std::string>& sentences) {
    constexpr std::size_t kLongSentence = 500, kBeginning = 120;
    std::string html;
    for (const std::string& sentence : sentences) {
        const std::string text = as_sentence(sentence);
        const std::string paragraph = "<p>" + escape_xml(text) + "</p>\n";
        html +=
            text.size() < kLongSentence ? paragraph : folded(shorten(text, kBeginning), paragraph);
    }
    return html;
}

std::string facts_list(const Facts& facts) {
    std::string html = "<dl>\n";
    for (const auto& [name, value] : facts) {
        html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", escape_xml(name), escape_xml(value));
    }
    return html + "</dl>\n";
}

std::string html_section(std::string_view heading, const std::string& content) {
    return content.empty()
               ? std::string()
               : fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", heading, content);
}

std::string verdict_box(const Ranking& ranking,
                        const std::vector<std::string>& published_sentences) {
    std::string html;
    if (!ranking.sentences.empty()) {
        html += "<div class=\"verdict\">\n" + paragraphs_of(ranking.sentences) + "</div>\n";
    }
    if (!published_sentences.empty()) {
        html +=
            "<h3>The values that were published as optimal</h3>\n" + list_of(published_sentences);
    }
    return html;
}

std::string plots_of(const Sweep& sweep, const Ranking& ranking) {
    std::string html;
    for (const SweepPlot& plot : sweep_plots(sweep, ranking, kPlotWidth)) {
        html += fmt::format("<figure>\n<h3>{}</h3>\n{}<figcaption>{}</figcaption>\n</figure>\n",
                            escape_xml(plot.title), to_svg(plot.drawing, plot.title, plot.caption),
                            escape_xml(plot.caption));
    }
    return html.empty() ? html : "<div class=\"plots\">\n" + html + "</div>\n";
}

std::string stages_of(const Sweep& sweep) {
    std::string html;
    for (const Case& measured : sweep.cases) {
        if (const std::string table = stage_table(measured); !table.empty()) {
            html += folded(measured.id,
                           fmt::format("<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                                       "aria-label=\"Stages of {}\"><pre>{}</pre></div>\n",
                                       escape_xml(measured.id), escape_lines(table)));
        }
    }
    constexpr std::size_t kMany = 8;
    return sweep.cases.size() > kMany && !html.empty() ? folded("Stages of every case", html)
                                                       : html;
}

std::string failed_passes_of(const Sweep& sweep) {
    std::vector<std::string> sentences;
    for (const Case& measured : sweep.cases) {
        for (const Sample& sample : measured.samples) {
            if (!sample.failure.empty()) {
                sentences.push_back(
                    fmt::format("{}, pass {}: {}", measured.id, sample.order, sample.failure));
            }
        }
    }
    return sentences.empty() ? std::string() : folded("Passes that failed", list_of(sentences));
}

/// The values of each axis, and what the others are meanwhile.
void add_swept(Facts& facts, const Sweep& sweep) {
    for (const std::string& axis : varying_axes(sweep)) {
        std::vector<std::string> values;
        for (const Case& measured : sweep.cases) {
            const std::optional<std::string> value = setting_of(measured, axis);
            if (value && std::find(values.begin(), values.end(), *value) == values.end()) {
                values.push_back(*value);
            }
        }
        if (std::all_of(values.begin(), values.end(),
                        [](const std::string& v) { return number_in(v).has_value(); })) {
            std::stable_sort(values.begin(), values.end(),
                             [](const std::string& a, const std::string& b) {
                                 return *number_in(a) < *number_in(b);
                             });
        }
        facts.emplace_back("swept " + axis, fmt::format("{}", fmt::join(values, ", ")));
    }
    for (const Case& measured : sweep.cases) {
        if (measured.id == kDefaultCase && !measured.settings.empty()) {
            std::vector<std::string> settings;
            for (const auto& [name, value] : measured.settings) {
                settings.push_back(name + " " + value);
            }
            facts.emplace_back("the default case", fmt::format("{}", fmt::join(settings, ", ")));
        }
    }
}

std::string whole_context(const Context& context) {
    Facts facts = facts_of(context);
    const auto add = [&](const char* name, std::string value) {
        if (!value.empty()) {
            facts.emplace_back(name, std::move(value));
        }
    };
    for (const ClipFacts& clip : context.clips) {
        add("clip's SHA-256", clip.sha256);
    }
    add("garment's SHA-256", context.garment_sha256);
    add("seed of the order", std::to_string(context.seed));
    add("command line", fmt::format("{}", fmt::join(context.arguments, " ")));
    for (const auto& [name, version] : context.libraries) {
        facts.emplace_back(name, version);
    }
    std::string html = folded("Machine, build and libraries", facts_list(facts));
    if (!context.settings.empty()) {
        html += folded("Settings that were not swept",
                       facts_list(Facts(context.settings.begin(), context.settings.end())));
    }
    return html;
}

std::string head(const std::string& title) {
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
        "<meta charset=\"utf-8\"/>\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta name=\"generator\" content=\"closet bench\"/>\n"
        "<title>{}</title>\n<style>{}</style>\n</head>\n",
        escape_xml(title), html_style());
}

constexpr const char* kHowToRead =
    "<p class=\"soft\">Speeds are medians over passes. ± and brackets are intervals that hold the "
    "true value at the level they were computed for (95 % unless chosen otherwise); cases whose "
    "speed cannot be told from the fastest are marked best, all of them. Nothing here ranks two "
    "cases that the samples do not tell apart.</p>\n";

std::string marks(const Case& measured, const Ranking& ranking) {
    std::string html;
    for (const std::string& mark : marks_of(measured, ranking)) {
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
                 const Ranking& ranking) {
    if (column.name == "verdict") {
        return "<td class=\"marks\">" + marks(measured, ranking) + "</td>";
    }
    return fmt::format("<td{}>{}</td>", class_of(column), escape_xml(column.cells[i].text));
}

/// The columns as a <table> in a box that scrolls by itself. A case without figures shows the first
/// `told` columns, what it was, then why.
std::string html_table(const Sweep& sweep, const Ranking& ranking,
                       const std::vector<Column>& columns, std::size_t told,
                       std::string_view label) {
    std::string html = fmt::format(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
        "aria-label=\"{}\"><table>\n<thead><tr>",
        label);
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
            html += cell(columns[c], measured, i, ranking);
        }
        if (!failure.empty()) {
            html += fmt::format("<td class=\"reason\" colspan=\"{}\">{}</td>",
                                columns.size() - told, escape_xml(failure));
        }
        html += "</tr>\n";
    }
    return html + "</tbody>\n</table></div>\n";
}

/// All columns, details too.
std::string cases_table(const Sweep& sweep, const Ranking& ranking) {
    std::vector<Column> columns = columns_of(sweep, &ranking);
    // The reason stands in the row itself.
    std::erase_if(columns, [](const Column& column) { return column.name == "failure"; });
    return html_table(sweep, ranking, columns, 1 + varying_axes(sweep).size(),
                      "Figures of all cases");
}

/// Nothing for one clip.
std::string clips_table(const Sweep& sweep, const Ranking& ranking) {
    constexpr const char* kAboutClips =
        "<p class=\"soft\">Intervals and marks above are about these clips together, each of them "
        "resampled by itself; how far clips differ, and whether a case is best on all of them, is "
        "seen here.</p>\n";
    const std::vector<Column> columns = clip_columns_of(sweep);
    return columns.size() > 1
               ? kAboutClips + html_table(sweep, ranking, columns, 1, "Figures of each clip")
               : std::string();
}

std::string title_of(const std::vector<ClipFacts>& clips) {
    if (clips.empty() || clips.front().path.empty()) {
        return "a clip";
    }
    const std::string& path = clips.front().path;
    std::string title = path.substr(path.find_last_of('/') + 1);
    if (clips.size() > 1) {
        title += fmt::format(" and {} more clip{}", clips.size() - 1, clips.size() > 2 ? "s" : "");
    }
    return title;
}

}  // namespace

std::string html_page(const Sweep& sweep, const Ranking& ranking,
                      const std::vector<std::string>& published_sentences) {
    const Context& context = sweep.context;
    const std::string title = "What settings cost and gain: " + title_of(context.clips);
    std::vector<std::string> doubts = doubts_of(sweep);
    std::string html =
        head(title) + "<body>\n<main>\n<header>\n<h1>" + escape_xml(title) + "</h1>\n";
    html += fmt::format("<p class=\"soft\">{} {}, measured by closet bench{}</p>\n</header>\n",
                        sweep.cases.size(), sweep.cases.size() == 1 ? "case" : "cases",
                        escape_xml(context.time_utc.empty() ? "" : " on " + context.time_utc));
    html += html_section("Verdict", verdict_box(ranking, published_sentences));
    html += html_section("Doubts", doubts.empty() ? std::string()
                                                  : "<div class=\"verdict doubts\">\n" +
                                                        list_of(doubts) + "</div>\n");
    Facts facts = facts_of(context);
    add_swept(facts, sweep);
    html += html_section("What was measured", facts_list(facts));
    html += html_section("Cases", sweep.cases.empty() ? "<p>No case was measured.</p>\n"
                                                      : kHowToRead + cases_table(sweep, ranking));
    html += html_section("Clip by clip", clips_table(sweep, ranking));
    html += html_section("Plots", plots_of(sweep, ranking));
    html += html_section("Where the time goes, case by case", stages_of(sweep));
    html += html_section("Everything else", failed_passes_of(sweep) + whole_context(context));
    return html + "</main>\n</body>\n</html>\n";
}

}  // namespace closet::bench
