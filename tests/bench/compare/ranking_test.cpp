#include "bench/compare/ranking.h"

#include <cmath>

#include <doctest/doctest.h>

#include "bench/compare/clip_errors.h"
#include "made_sweeps.h"

using namespace closet::bench;
using closet::test::give_quality;
using closet::test::measured_case;

namespace {

Case batch_case(const std::string& batch, double frames_per_s, unsigned seed) {
    return measured_case("batch=" + batch, {{"batch", batch}, {"scale", "0.5"}}, frames_per_s, 0.01,
                         seed);
}

Constraints least_quality(double pck) {
    Constraints constraints;
    constraints.min_quality = pck;
    return constraints;
}

Constraints most_memory(double megabytes) {
    Constraints constraints;
    constraints.max_memory_mb = megabytes;
    return constraints;
}

Constraints most_latency(double milliseconds) {
    Constraints constraints;
    constraints.max_latency_ms = milliseconds;
    return constraints;
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the best set holds what cannot be told apart and names the cheapest") {
    Sweep sweep;
    sweep.cases = {batch_case("1", 100, 1), batch_case("2", 130, 2), batch_case("4", 130, 3)};
    sweep.cases[2].cpu_s_per_frame = sweep.cases[1].cpu_s_per_frame / 2;
    const Ranking ranking = rank_cases(sweep, {});
    CHECK(ranking.best == std::vector<std::string>{"batch=2", "batch=4"});
    CHECK(ranking.cheapest == "batch=4");
    CHECK_FALSE(ranking.cases[0].may_be_best);
    CHECK(ranking.cases[0].lead.high < 1);
    REQUIRE_FALSE(ranking.sentences.empty());
    CHECK(holds(ranking.sentences[0], "2 cases cannot be told from the fastest"));
    CHECK_FALSE(ranking.cases[0].has_pareto);
}

TEST_CASE("identical cases are not ranked") {
    Sweep sweep;
    for (unsigned i = 0; i < 6; ++i) {
        sweep.cases.push_back(batch_case(std::to_string(i + 1), 100, 40 + i));
    }
    const Ranking ranking = rank_cases(sweep, {});
    CHECK(ranking.best.size() == 6);
    CHECK(holds(ranking.sentences[0], "no case can be told from the fastest"));
}

TEST_CASE("constraints leave cases out and say why") {
    Sweep sweep;
    sweep.cases = {batch_case("1", 100, 1), batch_case("2", 130, 2), batch_case("4", 90, 3),
                   batch_case("8", 90, 4)};
    for (Case& measured : sweep.cases) {
        give_quality(measured, 0.01);
    }
    give_quality(sweep.cases[1], 0.05, 0.90);
    sweep.cases[3].failure = "the model is missing";
    sweep.cases[3].frames_per_s.reset();
    const Ranking ranking = rank_cases(sweep, least_quality(0.95));
    CHECK(holds(ranking.cases[1].excluded, "0.900 is below 0.95"));
    CHECK(ranking.cases[3].excluded == "the model is missing");
    CHECK(ranking.best == std::vector<std::string>{"batch=1"});
    CHECK(rank_cases(sweep, most_memory(50)).best.empty());
    CHECK(rank_cases(sweep, most_latency(10)).best.empty());
    CHECK(rank_cases(sweep, most_latency(40)).best.size() == 1);
    CHECK(rank_cases(sweep, most_memory(200)).best.size() == 1);
}

TEST_CASE("a case that is slower and less accurate is dominated") {
    Sweep sweep;
    sweep.cases = {batch_case("1", 100, 1), batch_case("2", 130, 2), batch_case("4", 90, 3)};
    give_quality(sweep.cases[0], 0.01);
    give_quality(sweep.cases[1], 0.03);
    give_quality(sweep.cases[2], 0.05);
    const Ranking ranking = rank_cases(sweep, {});
    CHECK(ranking.cases[0].pareto == ParetoMark::kFrontier);
    CHECK(ranking.cases[1].pareto == ParetoMark::kFrontier);
    CHECK(ranking.cases[2].pareto == ParetoMark::kDominated);
    CHECK(holds(ranking.sentences[1], "on the frontier batch=1, batch=2"));
}

namespace {

/// Errors of frames on two clips, each a hard scene and an easy one that all cases share, and what
/// the case adds to them.
void give_frames(Case& measured, Sweep& sweep, double added) {
    constexpr std::size_t kFrames = 100;
    give_quality(measured, 0.05 + added);
    measured.quality->keypoint_error = closet::test::about(0.05 + added, 0.04);
    measured.quality->frame_errors.resize(2);
    for (FrameErrors& clip : measured.quality->frame_errors) {
        for (std::size_t i = 0; i < kFrames; ++i) {
            clip.error.push_back((i < kFrames / 2 ? 0.01 : 0.09) + added +
                                 0.001 * std::sin(static_cast<double>(i) + 100 * added));
            clip.joints.push_back(17);
        }
    }
    sweep.context.clips = {{.path = "a.mp4", .frames_per_s = 25, .frames = kFrames},
                           {.path = "b.mp4", .frames_per_s = 25, .frames = kFrames}};
}

}  // namespace

TEST_CASE("cases are told apart frame by frame where their intervals overlap") {
    Sweep sweep;
    sweep.cases = {batch_case("1", 100, 1), batch_case("2", 130, 2), batch_case("4", 90, 3)};
    double added = 0;
    for (Case& measured : sweep.cases) {
        give_frames(measured, sweep, added);
        added += 0.01;
    }
    const Ranking paired = rank_cases(sweep, {});
    CHECK(paired.cases[0].pareto == ParetoMark::kFrontier);
    CHECK(paired.cases[1].pareto == ParetoMark::kFrontier);
    CHECK(paired.cases[2].pareto == ParetoMark::kDominated);
    // A result without frames, as older ones are, leaves them undecided.
    for (Case& measured : sweep.cases) {
        measured.quality->frame_errors.clear();
    }
    const Ranking apart = rank_cases(sweep, {});
    CHECK(apart.cases[0].pareto == ParetoMark::kUndecided);
    CHECK(apart.cases[2].pareto == ParetoMark::kUndecided);
}

TEST_CASE("cases with the very same poses differ in speed alone") {
    Sweep sweep;
    sweep.cases = {batch_case("1", 100, 1), batch_case("2", 130, 2)};
    give_frames(sweep.cases[0], sweep, 0.01);
    give_frames(sweep.cases[1], sweep, 0.01);
    const Ranking ranking = rank_cases(sweep, {});
    CHECK(ranking.cases[0].pareto == ParetoMark::kDominated);
    CHECK(ranking.cases[1].pareto == ParetoMark::kFrontier);
    const auto errors = error_by_clip(sweep.cases[0], sweep.context.clips);
    REQUIRE(errors.size() == 2);
    CHECK(errors[1].value == doctest::Approx(0.06).epsilon(0.01));
    sweep.cases[0].quality->frame_errors[0].error.pop_back();  // of other clips
    sweep.cases[0].quality->frame_errors[0].joints.pop_back();
    CHECK(rank_cases(sweep, {}).cases[0].pareto == ParetoMark::kUndecided);
}

TEST_CASE("one case or none is no ranking") {
    Sweep sweep;
    CHECK(holds(rank_cases(sweep, {}).sentences[0], "no case has figures"));
    sweep.cases = {batch_case("1", 100, 1)};
    CHECK(holds(rank_cases(sweep, {}).sentences[0], "no comparison"));
    CHECK(rank_cases(sweep, {}).best.empty());
}

TEST_CASE("a published value that is slower does not stand") {
    Sweep sweep;
    sweep.cases = {batch_case("1", 100, 1), batch_case("2", 130, 2), batch_case("5", 110, 3)};
    for (Case& measured : sweep.cases) {
        give_quality(measured, 0.01);
    }
    const auto sentences = judge_published(sweep);
    REQUIRE(sentences.size() == 1);
    CHECK(holds(sentences[0], "batch 5 does not stand as the fastest: 2 is 1.1"));
    CHECK(holds(sentences[0], "keypoint error 1.00 %"));
}

TEST_CASE("a published value stands or cannot be told from others") {
    Sweep sweep;
    sweep.cases = {batch_case("1", 100, 1), batch_case("5", 130, 3)};
    CHECK(holds(judge_published(sweep)[0], "batch 5 stands"));
    sweep.cases.push_back(batch_case("8", 130, 9));
    CHECK(holds(judge_published(sweep)[0], "batch 5 cannot be told from the fastest"));
}

TEST_CASE("published values are judged on their own axis with the rest alike") {
    Sweep sweep;
    sweep.cases = {batch_case("1", 100, 1), batch_case("5", 110, 3)};
    sweep.cases.push_back(
        measured_case("scale=1", {{"batch", "1"}, {"scale", "1.0"}}, 50, 0.01, 5));
    sweep.cases.push_back(measured_case("other", {{"batch", "8"}, {"scale", "1.0"}}, 500, 0.01, 6));
    const auto sentences = judge_published(sweep);
    REQUIRE(sentences.size() == 2);
    CHECK(holds(sentences[0], "batch 5 stands"));
    CHECK(holds(sentences[1], "scale 0.5 stands"));
}
