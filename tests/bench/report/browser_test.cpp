#include <cstddef>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "bench/report/html.h"
#include "bench/report/made_report.h"
#include "bench/report/xml_check.h"
#include "bench/text/shown_text.h"
#include "support/process.h"
#include "support/shell.h"
#include "support/temporary_folder.h"

using namespace closet::bench;
using namespace closet::test;

namespace {

/// The headless browser; empty, with the line that ctest counts as a skip, where there is none.
std::string browser() {
    for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
        if (std::system(fmt::format("command -v {} >/dev/null 2>&1", name).c_str()) == 0) {
            return name;
        }
    }
    fmt::print("SKIPPED: chromium, which shows the pages, is absent\n");
    return {};
}

/// Lays out pages in frames of given widths and writes what is wrong with them into #findings. The
/// pages run no scripts themselves; this one looks at them from outside.
constexpr const char* kInspector = R"(
function inspect(frame) {
    const page = frame.contentDocument, width = page.documentElement.clientWidth;
    const findings = [];
    if (width !== +frame.getAttribute('width'))
        findings.push('is laid out ' + width + ' px wide');
    if (page.documentElement.scrollWidth > width)
        findings.push('scrolls sideways');
    for (const details of page.querySelectorAll('details')) details.open = true;
    if (page.documentElement.scrollWidth > width)
        findings.push('scrolls sideways once all is unfolded');
    let seen = 0;
    for (const element of page.body.querySelectorAll('*')) {
        const box = element.getBoundingClientRect();
        if (box.width === 0 || element.closest('.scroll') !== element && element.closest('.scroll'))
            continue;
        ++seen;
        if (box.right > width + 0.5 || box.left < -0.5)
            findings.push(element.tagName + ' reaches ' + box.left + ' to ' + box.right);
    }
    for (const text of page.querySelectorAll('svg text')) {
        const box = text.getBoundingClientRect(), plot = text.closest('svg').getBoundingClientRect();
        if (box.right > plot.right + 2 || box.left < plot.left - 2)
            findings.push('text of a plot is cut: ' + text.textContent);
        const size = 11 * plot.width / text.closest('svg').viewBox.baseVal.width;
        if (size < 8)
            findings.push('text of a plot is ' + size + ' px high');
    }
    if (seen < 20)
        findings.push('only ' + seen + ' elements');
    return frame.title + ': ' + (findings.length ? findings.slice(0, 9).join(', ') : 'fine');
}
window.onload = () => {
    const frames = [...document.querySelectorAll('iframe')];
    document.getElementById('findings').textContent = frames.map(inspect).join('\n') + '\nend';
};
)";

std::string frame(const std::string& name, int width, const std::string& page) {
    return fmt::format(
        "<iframe title=\"{} at {} px\" width=\"{}\" height=\"900\" frameborder=\"0\" "
        "srcdoc=\"{}\"></iframe>\n",
        name, width, width, escape_lines(page));
}

/// What the browser shows after the frames were inspected.
Finished inspect(const std::string& frames) {
    const TemporaryFolder folder;
    write_file(folder / "pages.html",
               fmt::format("<!DOCTYPE html><meta charset=\"utf-8\"/><link rel=\"icon\" "
                           "href=\"data:,\"/><pre id=\"findings\"></pre>{}<script>{}</script>",
                           frames, kInspector));
    return run({browser(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--hide-scrollbars", "--enable-logging=stderr",
                "--user-data-dir=" + folder / "profile", "--dump-dom",
                "--virtual-time-budget=10000", "file://" + folder / "pages.html"});
}

/// Names that have no place to break.
Sweep with_long_names() {
    const std::string name(180, 'w');
    Sweep sweep = made_product({{"model", {"1", "2"}}});
    sweep.context.clips.at(0).path = name + ".mp4";
    sweep.context.warnings = {name};
    sweep.context.arguments = {name, name};
    sweep.cases[0].id = name;
    sweep.cases[0].settings[0].second = name;
    fail_case(sweep.cases[1], name);
    return sweep;
}

}  // namespace

TEST_CASE("pages fit a phone and a wide screen and the browser complains of nothing") {
    if (browser().empty()) {
        return;
    }
    const std::vector<std::pair<std::string, Sweep>> sweeps{
        {"three cases", made_product({{"batch", {"1", "4", "8"}}})},
        {"the reference's cases", made_reference_sweep()},
        {"64 cases", made_product({{"batch", {"1", "2", "4", "8"}},
                                   {"scale", {"0.3", "0.5", "0.7", "1"}},
                                   {"interval", {"0.03", "0.04", "0.06", "0.1"}}})},
        {"long names", with_long_names()}};
    std::string frames;
    for (const auto& [name, sweep] : sweeps) {
        const std::string page = page_of(sweep);
        for (const int width : {390, 1280}) {
            frames += frame(name, width, page);
        }
    }
    const Finished finished = inspect(frames);
    CHECK(finished.exit_code == 0);
    CHECK(finished.out.find("\nend</pre>") != std::string::npos);
    for (const auto& [name, sweep] : sweeps) {
        for (const int width : {390, 1280}) {
            const std::string line = fmt::format("{} at {} px: ", name, width);
            const std::size_t found = finished.out.find(line);
            REQUIRE(found != std::string::npos);
            const std::size_t end = finished.out.find('\n', found);
            CHECK(finished.out.substr(found, end - found) == line + "fine");
        }
    }
    CHECK_MESSAGE(finished.err.find("CONSOLE") == std::string::npos, finished.err);
}

TEST_CASE("the inspection finds a page that is too wide and one that runs a script") {
    if (browser().empty()) {
        return;
    }
    std::string wide = page_of(made_product({{"batch", {"1", "4", "8"}}}));
    wide.insert(wide.find("<main>"), "<div style=\"width:700px\">x</div><script>alert(1)</script>");
    const Finished finished = inspect(frame("wide", 390, wide));
    CHECK(finished.out.find("wide at 390 px: scrolls sideways") != std::string::npos);
    CHECK(finished.out.find("DIV reaches") != std::string::npos);
    CHECK(finished.err.find("CONSOLE") != std::string::npos);  // its own policy forbids the script
}
