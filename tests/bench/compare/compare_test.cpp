#include "bench/compare/compare.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/error.h"
#include "made_sweeps.h"

using namespace closet;
using namespace closet::bench;
using closet::test::give_quality;
using closet::test::measured_case;

namespace {

Sweep sweep_of(const std::vector<double>& rates, unsigned seed, double noise = 0.01) {
    Sweep sweep;
    sweep.context.cpu = "a processor";
    sweep.context.clips = {{.path = "c.mp4", .sha256 = "c11b"}};
    for (std::size_t i = 0; i < rates.size(); ++i) {
        sweep.cases.push_back(measured_case(fmt::format("batch={}", i), {}, rates[i], noise,
                                            seed + static_cast<unsigned>(i)));
    }
    return sweep;
}

std::string refusal(const Sweep& base, const Sweep& next) {
    try {
        compare_results(base, next, {});
    } catch (const ConfigError& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("a slowdown beyond what is allowed is worse") {
    const Comparison comparison =
        compare_results(sweep_of({100, 100, 100}, 1), sweep_of({100, 90, 110}, 50), {});
    CHECK(comparison.cases[0].verdict() == Verdict::kSame);
    CHECK(comparison.cases[1].verdict() == Verdict::kWorse);
    CHECK(comparison.cases[2].verdict() == Verdict::kBetter);
    CHECK(comparison.verdict() == Verdict::kWorse);
    CHECK(comparison.cases[1].speed.change.change.value == doctest::Approx(-0.1).epsilon(0.1));
    const std::string text = to_text(comparison, {});
    CHECK(text.find("worse         batch=1") != std::string::npos);
    CHECK(text.find("3 cases compared") != std::string::npos);
}

TEST_CASE("a small slowdown is the same and noise is inconclusive") {
    CHECK(compare_results(sweep_of({100}, 1), sweep_of({98}, 50), {}).verdict() == Verdict::kSame);
    CHECK(compare_results(sweep_of({100}, 1, 0.2), sweep_of({97}, 50, 0.2), {}).verdict() ==
          Verdict::kInconclusive);
}

TEST_CASE("lost quality is worse even where speed is better") {
    Sweep base = sweep_of({100}, 1), next = sweep_of({200}, 50);
    give_quality(base.cases[0], 0.01, 0.99);
    give_quality(next.cases[0], 0.01, 0.93);
    CHECK(compare_results(base, next, {}).verdict() == Verdict::kWorse);
    give_quality(next.cases[0], 0.04, 0.99);
    const Comparison comparison = compare_results(base, next, {});
    CHECK(comparison.verdict() == Verdict::kWorse);
    CHECK(comparison.cases[0].keypoint_error->change.verdict == Verdict::kWorse);
    CHECK(to_text(comparison, {}).find("keypoint error 0.0100 -> 0.0400, worse") !=
          std::string::npos);
    give_quality(next.cases[0], 0.01, 0.99);
    CHECK(compare_results(base, next, {}).verdict() == Verdict::kSame);
}

TEST_CASE("the very same poses are of the same quality whatever its interval") {
    Sweep base = sweep_of({100}, 1), next = sweep_of({100}, 50);
    for (Sweep* sweep : {&base, &next}) {
        give_quality(sweep->cases[0], 0.05, 0.9);
        sweep->cases[0].quality->pck = closet::test::about(0.9, 0.1);
    }
    CHECK(compare_results(base, next, {}).verdict() == Verdict::kInconclusive);
    for (Sweep* sweep : {&base, &next}) {
        for (Sample& sample : sweep->cases[0].samples) {
            sample.work.poses_digest = "0123456789abcdef";
        }
    }
    CHECK(compare_results(base, next, {}).verdict() == Verdict::kSame);
}

TEST_CASE("results of other machines clips and settings are refused unless forced") {
    const Sweep base = sweep_of({100}, 1);
    Sweep next = base;
    next.context.cpu = "another";
    CHECK(refusal(base, next).find("processor: a processor in the base, another in the new") !=
          std::string::npos);
    next = base;
    next.context.clips.at(0).sha256 = "d";
    CHECK_FALSE(refusal(base, next).empty());
    next = base;
    next.context.settings["crf"] = "20";
    CHECK(refusal(base, next).find("--crf: none in the base") != std::string::npos);
    CHECK(compare_results(base, next, {.force = true}).differences.size() == 1);
    next = base;
    next.context.revision = "other";  // what is compared is just that
    CHECK(refusal(base, next).empty());
}

TEST_CASE("cases of one result only are told and none in common is refused") {
    Sweep base = sweep_of({100, 100}, 1), next = sweep_of({100}, 1);
    Comparison comparison = compare_results(base, next, {});
    CHECK(comparison.only_base == std::vector<std::string>{"batch=1"});
    comparison = compare_results(next, base, {});
    CHECK(comparison.only_next == std::vector<std::string>{"batch=1"});
    next.cases[0].id = "else";
    CHECK_FALSE(refusal(base, next).empty());
}

TEST_CASE("a case that failed in one result is inconclusive and says why") {
    const Sweep base = sweep_of({100, 100}, 1);
    Sweep next = base;
    next.cases[1].frames_per_s.reset();
    next.cases[1].failure = "the model is missing";
    const Comparison comparison = compare_results(base, next, {});
    CHECK(comparison.cases[1].verdict() == Verdict::kInconclusive);
    CHECK(comparison.cases[1].note.find("in the new: the model is missing") != std::string::npos);
    CHECK(comparison.verdict() == Verdict::kInconclusive);
}

TEST_CASE("one sample a side proves nothing") {
    Sweep base, next;
    base.cases = {measured_case("default", {}, 100, 0, 1, 1)};
    next.cases = {measured_case("default", {}, 50, 0, 1, 1)};
    CHECK(compare_results(base, next, {}).verdict() == Verdict::kInconclusive);
}

TEST_CASE("what was called slower holds only when it is seen again") {
    const auto compared = [](double rate, unsigned seed) {
        return compare_results(sweep_of({100, 100}, seed), sweep_of({100, rate}, seed + 50), {});
    };
    Comparison first = compared(90, 1);
    REQUIRE(cases_to_confirm(first) == std::vector<std::string>{"batch=1"});

    Comparison confirmed = first;
    confirm(confirmed, compared(90, 7));
    CHECK(confirmed.verdict() == Verdict::kWorse);

    confirm(first, compared(100, 7));
    CHECK(first.cases[0].verdict() == Verdict::kSame);
    CHECK(first.cases[1].verdict() == Verdict::kInconclusive);
    CHECK(to_text(first, {}).find("measured again") != std::string::npos);
}

TEST_CASE("a case that fails when it is measured again cannot be told") {
    Comparison first = compare_results(sweep_of({100}, 1), sweep_of({80}, 50), {});
    Comparison again = first;
    again.cases[0].note = "no figures in the new: killed";
    confirm(first, again);
    CHECK(first.verdict() == Verdict::kInconclusive);
    CHECK(to_text(first, {}).find("killed") != std::string::npos);
}
