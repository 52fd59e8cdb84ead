// A run that is taken up where a unit begins: batch, infer and interpolate give the same poses.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "support/doctest_with_torch.h"

#include "batch/batch.h"
#include "core/state.h"
#include "decode/decode.h"
#include "infer/faces/face_reader.h"
#include "infer/infer.h"
#include "infer/pose_models.h"
#include "infer/unit_world.h"
#include "interpolate/interpolate.h"
#include "models/checkpoint/checkpoint.h"
#include "support/shared_data.h"

namespace closet {
namespace {

/// The stages of a run, as they are made anew in each process.
struct Chain {
    Batch batch;
    Infer infer;
    Interpolate interpolate;
    /// What is done to poses between inference and interpolation.
    std::function<void(PosedBatch&)> mark = [](PosedBatch&) {};
};
using MakeChain = std::function<std::unique_ptr<Chain>()>;

/// What the stages remembered where a unit began.
struct States {
    std::string batch, infer, interpolate;
};
struct Result {
    std::map<std::int64_t, States> units;        ///< by the unit's first frame
    std::map<std::int64_t, std::string> frames;  ///< all bits of a frame's poses, and its marks
    std::size_t poses = 0;
};

template <class Stage>
std::string state_of(const Stage& stage) {
    std::ostringstream to;
    stage.save_state(to);
    return to.str();
}

std::string bits_of(const PosedFrame& posed) {
    std::ostringstream to;
    write_state(to, posed.frame);
    for (const Pose& pose : posed.poses) {
        write_state(to, pose);
    }
    return to.str();
}

using NextFrame = std::function<std::optional<Frame>()>;

/// The run from a unit's first frame on; `from`: what was remembered there, null at the beginning.
Result run(const MakeChain& make, const States* from, const NextFrame& next) {
    const std::unique_ptr<Chain> chain = make();
    if (from != nullptr) {
        std::istringstream batch(from->batch), infer(from->infer), interpolate(from->interpolate);
        chain->batch.load_state(batch);
        chain->infer.load_state(infer);
        chain->interpolate.load_state(interpolate);
    }
    Result result;
    const Emit<PosedFrame> take = [&](PosedFrame posed) {
        if (!is_placeholder(posed.frame)) {
            result.poses += posed.poses.size();
            result.frames[posed.frame.index] = bits_of(posed);
        }
        return true;
    };
    const Emit<PosedBatch> interpolate = [&](PosedBatch posed) {
        if (is_placeholder(posed.frames.front())) {
            return true;
        }
        if (const Frame& first = posed.frames.front(); first.unit_start) {
            result.units[first.index].interpolate = state_of(chain->interpolate);
        }
        chain->mark(posed);
        chain->interpolate.process(std::move(posed), take);
        return true;
    };
    const Emit<FrameBatch> infer = [&](FrameBatch batch) {
        if (const Frame& first = batch.frames.front(); first.unit_start) {
            result.units[first.index].batch = state_of(chain->batch);
            result.units[first.index].infer = state_of(chain->infer);
        }
        chain->infer.process(std::move(batch), interpolate);
        return true;
    };
    while (std::optional<Frame> frame = next()) {
        chain->batch.process(std::move(*frame), infer);
    }
    chain->batch.flush(infer);
    chain->infer.flush(interpolate);
    chain->interpolate.flush(take);
    return result;
}

/// Frames `from` .. `end` of a clip whose frames are all there.
NextFrame frames_of(const std::function<Frame(int)>& frame, std::int64_t from, int end) {
    return [&frame, next = static_cast<int>(from), end]() mutable {
        return next < end ? std::optional(frame(next++)) : std::nullopt;
    };
}

/// Takes the run up at each of its units. Returns the run that was not interrupted.
Result check_units(const MakeChain& make, const std::function<Frame(int)>& frame, int count) {
    const Result whole = run(make, nullptr, frames_of(frame, 0, count));
    CHECK(whole.frames.size() == static_cast<std::size_t>(count));
    for (const auto& [first, states] : whole.units) {
        CAPTURE(first);
        const Result resumed = run(make, &states, frames_of(frame, first, count));
        REQUIRE(resumed.frames.size() == static_cast<std::size_t>(count - first));
        std::optional<std::int64_t> differs;
        for (const auto& [index, bits] : resumed.frames) {
            if (!differs && whole.frames.at(index) != bits) {
                differs = index;
            }
        }
        CHECK_MESSAGE(!differs, "frame " << differs.value_or(-1));
        for (const auto& [unit, later] : resumed.units) {
            CAPTURE(unit);
            CHECK(later.batch == whole.units.at(unit).batch);
            CHECK(later.infer == whole.units.at(unit).infer);
        }
    }
    return whole;
}

constexpr double kUnitS = 0.35;

struct Settings {
    BatchOptions batch{.interval_s = 0.08, .scale = 1, .unit_s = kUnitS};
    InferOptions infer{.max_people = 5, .parse_every_s = 0.15};
    InterpolateOptions interpolate{};
    bool has_detector = false, has_parser = false;
};

MakeChain fakes(const Settings& settings) {
    return [settings] {
        std::shared_ptr<PersonDetector> detector;
        std::shared_ptr<PersonParser> parser;
        if (settings.has_detector) {
            detector = std::make_shared<test::ErringDetector>();
        }
        if (settings.has_parser) {
            parser = std::make_shared<test::ErringParser>();
        }
        return std::unique_ptr<Chain>(
            new Chain{.batch = Batch(settings.batch),
                      .infer = Infer(std::make_shared<test::ErringPoseModel>(), detector, parser,
                                     settings.infer),
                      .interpolate = Interpolate(settings.interpolate)});
    };
}

Result check_fakes(const Settings& settings) {
    const Result whole = check_units(fakes(settings), test::unit_frame, test::kUnitClip);
    CHECK(whole.units.size() >= 12);
    CHECK(whole.poses >= 90);
    return whole;
}

TEST_CASE("a unit that is taken up has the same poses: one person") {
    Settings settings;
    settings.infer.max_people = 1;
    check_fakes(settings);
}

TEST_CASE("a unit that is taken up has the same poses: several people, all dressed") {
    Settings settings;
    settings.interpolate.person.kind = PersonRule::Kind::kAll;
    check_fakes(settings);
    settings.has_detector = true;
    settings.batch.size = 3;
    check_fakes(settings);
}

TEST_CASE("a unit that is taken up has the same poses: the largest of several people") {
    Settings settings;
    settings.has_detector = true;
    check_fakes(settings);
}

TEST_CASE("a unit that is taken up has the same poses: people with labels") {
    Settings settings;
    settings.has_parser = true;
    settings.interpolate.person.kind = PersonRule::Kind::kAll;
    check_fakes(settings);
}

TEST_CASE("a unit that is taken up has the same poses: adaptive key frames") {
    Settings settings;
    settings.batch.adaptive = true;
    settings.batch.interval_s = 0.04;
    settings.has_parser = true;
    settings.interpolate.person.kind = PersonRule::Kind::kAll;
    check_fakes(settings);
    settings.infer.max_people = 1;
    check_fakes(settings);
}

TEST_CASE("a unit that is taken up has the same poses: somebody whose face is seen late") {
    Settings settings;
    settings.interpolate.person.kind = PersonRule::Kind::kFace;
    const MakeChain make = [&] {
        auto chain = fakes(settings)();
        chain->mark = [](PosedBatch& batch) {
            for (PosedBatch::Key& key : batch.keys) {
                const std::int64_t index = batch.frames[key.frame].index;
                for (Pose& pose : key.poses) {
                    pose.is_wanted = pose.person_id % 2 == 0 && index % 70 > 50;
                }
            }
        };
        return chain;
    };
    const Result whole = check_units(make, test::unit_frame, test::kUnitClip);
    CHECK(whole.poses >= 40);
}

}  // namespace
}  // namespace closet
