#include <algorithm>
#include <filesystem>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "bench/plot/sweep_plots.h"
#include "bench/report/html.h"
#include "bench/report/made_report.h"
#include "bench/report/text_report.h"
#include "bench/report/xml_check.h"
#include "core/error.h"
#include "support/shell.h"
#include "support/temporary_folder.h"

using namespace closet::bench;
using namespace closet::test;

namespace {

bool has_plot(const Sweep& sweep, const std::string& name) {
    const std::vector<SweepPlot> plots = sweep_plots(sweep, judged(sweep), 400);
    return std::any_of(plots.begin(), plots.end(),
                       [&](const SweepPlot& plot) { return plot.name == name; });
}

/// Puts a text wherever a sweep holds one.
Sweep with_text_everywhere(const std::string& text) {
    Sweep sweep = made_product({{text, {"1" + text, "2" + text, "3" + text}}});
    Context& context = sweep.context;
    for (std::string* field :
         {&context.time_utc, &context.host, &context.system, &context.cpu, &context.cpu_path,
          &context.governor, &context.gpu, &context.closet_version, &context.revision,
          &context.build_type, &context.compiler, &context.clips[0].path, &context.clips[0].sha256,
          &context.garment_sha256, &context.contains}) {
        *field = text;
    }
    context.libraries = {{text, text}};
    context.settings = {{text, text}};
    context.arguments = {text};
    context.warnings = {text};
    for (Case& measured : sweep.cases) {
        measured.bottleneck = text;
        for (Sample& sample : measured.samples) {
            for (closet::StageMetrics& stage : sample.stages) {
                stage.name += text;
                for (closet::PartTime& part : stage.parts) {
                    part.name += text;
                }
            }
        }
        measured.samples.back().failure = text;
    }
    fail_case(sweep.cases[2], text);
    return sweep;
}

}  // namespace

TEST_CASE("the page is well-formed whatever was measured") {
    for (const Sweep& sweep : {Sweep{}, made_product({}),
                               made_product({{"batch", {"1", "4", "8"}}}), made_reference_sweep(),
                               made_product({{"batch", {"1", "2", "4", "8"}},
                                             {"scale", {"0.3", "0.5", "0.7", "1"}},
                                             {"interval", {"0.03", "0.04", "0.06", "0.1"}}})}) {
        const std::string page = page_of(sweep);
        CHECK(xml_fault(page) == "");
        for (const Case& measured : sweep.cases) {
            CHECK(xml_text(page).find(measured.id.substr(0, measured.id.find(','))) !=
                  std::string::npos);
        }
        CHECK(count_of(page, "<th scope=\"row\">") == sweep.cases.size());
    }
}

TEST_CASE("no text of a sweep becomes markup or script") {
    const std::string hostile =
        "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&\x01\xFF";
    const Sweep sweep = with_text_everywhere(hostile);
    const Ranking ranking = judged(sweep);
    const std::string page = html_page(sweep, ranking, {hostile});
    CHECK(xml_fault(page) == "");
    CHECK(page.find("<script") == std::string::npos);
    CHECK(page.find("<img") == std::string::npos);
    CHECK(page.find('\x01') == std::string::npos);
    CHECK(xml_text(page).find("<script>alert(1)</script>") != std::string::npos);  // as text
    CHECK(markdown(sweep, ranking).find("<script") == std::string::npos);
    CHECK(markdown(sweep, ranking).find("<img") == std::string::npos);
    CHECK(text_table(sweep, ranking).find('\x01') == std::string::npos);
    for (const SweepPlot& plot : sweep_plots(sweep, ranking, 400)) {
        const std::string svg = to_svg(plot.drawing, plot.title, plot.caption, plot_css(false));
        CHECK_MESSAGE(xml_fault(svg) == "", plot.name);
        CHECK(svg.find("<script") == std::string::npos);
        CHECK(plot.name.find_first_of("/<>\"' ") == std::string::npos);
    }
}

TEST_CASE("the page fetches nothing and runs nothing") {
    const std::string page = page_of(made_reference_sweep());
    CHECK(page.find("default-src 'none'") != std::string::npos);
    for (const char* what : {"<script", "<link", "<img", "<iframe", "url(", "@import",
                             "src=", "href=", "onclick", "http://", "https://"}) {
        // Names of XML vocabularies are no addresses that are fetched.
        const std::size_t names =
            std::string(what) == "http://" ? count_of(page, "xmlns=\"http://www.w3.org/") : 0;
        CHECK_MESSAGE(count_of(page, what) == names, what);
    }
}

TEST_CASE("the page names the clip and the reference's values and what failed") {
    Sweep sweep = made_reference_sweep();
    fail_case(sweep.cases[3], "the model cannot be read");
    const std::string page = page_of(sweep);
    const std::string text = xml_text(page);
    CHECK(text.find("street.mp4") != std::string::npos);
    CHECK(text.find("failed: the model cannot be read") != std::string::npos);
    CHECK(count_of(page, "<tr class=\"failed\">") == 1);
    for (const std::string& sentence : judge_published(sweep)) {
        CHECK(text.find(sentence.substr(1)) != std::string::npos);
    }
}

TEST_CASE("the page tells each clip by itself where there are several") {
    Sweep sweep = made_product({{"batch", {"1", "2"}}});
    CHECK(page_of(sweep).find("Clip by clip") == std::string::npos);
    add_clip(sweep, "/videos/<park>.mp4");
    const std::string page = page_of(sweep);
    CHECK(xml_fault(page) == "");
    CHECK(page.find("street.mp4 and 1 more clip<") != std::string::npos);
    CHECK(page.find("<h2>Clip by clip</h2>") != std::string::npos);
    CHECK(page.find("&lt;park&gt;.mp4: error %") != std::string::npos);
}

TEST_CASE("the page tells which values were swept and what the default is") {
    const std::string text = xml_text(page_of(made_reference_sweep()));
    CHECK(text.find("0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1") != std::string::npos);
    CHECK(text.find("batch 1, scale 1, interval 0.04") != std::string::npos);
}

TEST_CASE("a sentence that names dozens of cases is folded and a short one is not") {
    Sweep sweep = made_product({{"batch", {"1", "4"}}});
    Ranking ranking = judged(sweep);
    ranking.sentences = {"short enough", "long " + std::string(2000, 'x') + " end"};
    const std::string page = html_page(sweep, ranking, {});
    CHECK(page.find("<p>Short enough.</p>") != std::string::npos);
    CHECK(page.find("<details><summary>Long xxx") != std::string::npos);
    CHECK(page.find("x end.</p>") != std::string::npos);
}

TEST_CASE("each plot tells those who do not see it what it is") {
    const std::string page = page_of(made_reference_sweep());
    const std::size_t plots = count_of(page, "<svg ");
    CHECK(plots >= 10);
    CHECK(count_of(page, "role=\"img\" aria-label=\"") == plots);
    CHECK(count_of(page, "<desc>") == plots);
    CHECK(count_of(page, "<figcaption>") == plots);
}

TEST_CASE("plots appear where there is something to plot") {
    const Sweep reference = made_reference_sweep();
    for (const char* name : {"frontier", "frames_per_s-batch", "frames_per_s-scale",
                             "keypoint_error-interval", "stages", "parts", "latency", "order"}) {
        CHECK_MESSAGE(has_plot(reference, name), name);
    }
    CHECK_FALSE(has_plot(reference, "latency-curve"));  // too many cases

    Sweep bare = made_product({{"batch", {"1", "4"}}});
    CHECK(has_plot(bare, "latency-curve"));
    for (Case& measured : bare.cases) {
        measured.quality.reset();
        for (Sample& sample : measured.samples) {
            sample.stages.clear();
            sample.latency_ms.clear();
        }
    }
    CHECK(has_plot(bare, "frames_per_s-batch"));
    CHECK(has_plot(bare, "order"));
    for (const char* name : {"frontier", "keypoint_error-batch", "stages", "parts", "latency"}) {
        CHECK_FALSE_MESSAGE(has_plot(bare, name), name);
    }
    CHECK(sweep_plots(Sweep{}, judged(Sweep{}), 400).empty());
}

TEST_CASE("a sweep in which everything failed has a page without plots") {
    Sweep sweep = made_product({{"batch", {"1", "4"}}});
    for (Case& measured : sweep.cases) {
        fail_case(measured, "no such file");
    }
    const std::string page = page_of(sweep);
    CHECK(xml_fault(page) == "");
    CHECK(page.find("<svg") == std::string::npos);
    CHECK(count_of(page, "no such file") == 2);
}

TEST_CASE("figures without bounds or without a value draw no numbers that are none") {
    Sweep sweep = made_product({{"batch", {"1", "4", "8"}}});
    sweep.cases[0].frames_per_s->low = -kInfinity;
    sweep.cases[0].frames_per_s->high = kInfinity;
    sweep.cases[1].quality->keypoint_error = {std::numeric_limits<double>::quiet_NaN(), -kInfinity,
                                              kInfinity, 0.95};
    sweep.cases[2].frames_per_s = Estimate{0, 0, 0, 0.95};
    sweep.cases[2].samples[3].latency_ms[5] = std::numeric_limits<float>::infinity();
    sweep.cases[2].samples[4].wall_s = 0;
    Ranking ranking;
    ranking.cases.resize(3);
    const std::string page = html_page(sweep, ranking, {});
    CHECK(xml_fault(page) == "");
    for (const SweepPlot& plot : sweep_plots(sweep, ranking, 400)) {
        CHECK_MESSAGE(plot.drawing.elements.find("nan") == std::string::npos, plot.name);
        CHECK_MESSAGE(plot.drawing.elements.find("inf\"") == std::string::npos, plot.name);
    }
    CHECK(count_of(page, "class=\"unknown\"") >= 2);
}

TEST_CASE("figures of a file that is not ours may be as wild as they like") {
    Sweep sweep = made_product({{"batch", {"1", "4", "8"}}});
    sweep.cases[2].settings[0].second = "1e300";
    sweep.cases[0].frames_per_s = Estimate{1e308, -1e308, 1e308, 0.95};
    sweep.cases[0].samples[2].wall_s = 1e-320;
    sweep.cases[1].frames_per_s = Estimate{-5, 7, -9, 0.95};
    sweep.cases[1].quality->keypoint_error = {1e-320, 0, 1e308, 0.95};
    for (Sample& sample : sweep.cases[2].samples) {
        sample.latency_ms = {-3e38F, 0, 3e38F};
        sample.stages[0].busy_s = -1;
        sample.stages[1].busy_s = 1e308;
        sample.work.frames_out = -4;
    }
    Ranking ranking;
    ranking.cases.resize(3);
    CHECK(xml_fault(html_page(sweep, ranking, {})) == "");
    CHECK_FALSE(text_table(sweep, ranking).empty());
    for (const SweepPlot& plot : sweep_plots(sweep, ranking, 400)) {
        CHECK_MESSAGE(plot.drawing.elements.find("nan ") == std::string::npos, plot.name);
        CHECK_MESSAGE(plot.drawing.elements.find("\"nan") == std::string::npos, plot.name);
        CHECK_MESSAGE(plot.drawing.elements.find("inf ") == std::string::npos, plot.name);
    }
}

TEST_CASE("plots are written as files of their own") {
    const TemporaryFolder folder;
    const Sweep sweep = made_reference_sweep();
    const auto paths = write_plots(folder.path() / "deep" / "plots", sweep, judged(sweep));
    CHECK(paths.size() == sweep_plots(sweep, judged(sweep), 400).size());
    for (const std::filesystem::path& path : paths) {
        CHECK(path.extension() == ".svg");
        const std::string svg = read_file(path.string());
        CHECK(xml_fault(svg) == "");
        CHECK(svg.find("<style>") != std::string::npos);
        CHECK(svg.find("var(") == std::string::npos);  // image viewers know no variables
    }
    write_file(folder / "file", "");
    CHECK_THROWS_AS(write_plots(folder.path() / "file" / "x", sweep, judged(sweep)), closet::Error);
}
