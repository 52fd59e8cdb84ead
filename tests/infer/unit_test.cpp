// A run that is taken up where a unit begins: batch, infer and interpolate give the same poses.
#include <filesystem>
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
#include "models/fixtures.h"
#include "pipeline/worker_pool.h"
#include "support/environment.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"

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
    Result whole = run(make, nullptr, frames_of(frame, 0, count));
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
        return std::unique_ptr<Chain>(new Chain{
            .batch = Batch(settings.batch),
            .infer =
                Infer(std::make_shared<test::ErringPoseModel>(), detector, parser, settings.infer),
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

TEST_CASE("a unit that is taken up has the same poses: masks now and then") {
    Settings settings;
    settings.batch.every = 1;
    settings.infer.masks_every_s = 0.1;
    settings.has_parser = true;
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

/// Networks for poses and clothes in a folder; false, with a SKIPPED line, where they are absent.
bool link_networks(const std::filesystem::path& folder) {
    for (const auto& file :
         {test::model_file("pose_detection"), test::model_file("pose_landmark_full"),
          test::shared_file("weights/bodypix_mnv1_x050_s8.onnx"),
          test::shared_file("weights/pan_mnv3s_skin_clothes_hair.onnx")}) {
        if (!file) {
            return false;
        }
        std::filesystem::create_symlink(std::filesystem::absolute(*file),
                                        folder / file->filename());
    }
    return true;
}

TEST_CASE("a unit that is taken up has the same poses: a clip, networks, and a face") {
    const test::TemporaryFolder folder;
    const auto clip = test::shared_file("media/clips/sit_stand_walk.mp4");
    const auto mtcnn = test::shared_file("fixtures/zoo-pose-face/mtcnn_weights.safetensors");
    const auto embedder = test::shared_file("weights/MobileFaceNet.tflite");
    if (!link_networks(folder.path()) || !clip || !mtcnn || !embedder) {
        return;
    }
    const test::Variable models("CLOSET_MODELS", folder.path().string());
    InferOptions options{.device = "cpu",
                         .parser = "skin-clothes-hair+bodypix",
                         .masks = true,
                         .face_model = embedder->string()};
    std::vector<Frame> frames;
    Decode decode(*clip, {.start_s = 4.0});
    while (std::optional<Frame> frame = decode.next()) {
        frames.push_back(std::move(*frame));
    }
    const auto frame = [&](int i) { return share_picture(frames.at(static_cast<std::size_t>(i))); };
    WorkerPool workers(1);
    const auto reader =
        std::make_shared<FaceReader>(std::vector(3, read_checkpoint(*mtcnn)), options, workers);
    const auto face = std::make_shared<FaceQuery>();
    face->reader = reader;
    ViewMaker views(1);
    for (std::size_t i = frames.size(); i-- > 0 && face->embedding.empty();) {
        const View view = views.make(frames[i]);
        if (const auto faces = reader->read_all(view.rgb); !faces.empty()) {
            face->embedding = faces.front().embedding;
        }
    }
    REQUIRE_FALSE(face->embedding.empty());
    const std::shared_ptr<PoseModel> model = make_pose_model(options, workers);
    const std::shared_ptr<PersonParser> parser = make_parser(options, workers);
    const MakeChain make = [&] {
        InterpolateOptions interpolate;
        interpolate.person.kind = PersonRule::Kind::kFace;
        return std::unique_ptr<Chain>(
            new Chain{.batch = Batch({.adaptive = true, .interval_s = 0.05, .unit_s = 1}),
                      .infer = Infer(model, nullptr, parser, options, face),
                      .interpolate = Interpolate(interpolate)});
    };
    const Result whole = check_units(make, frame, static_cast<int>(frames.size()));
    CHECK(whole.units.size() >= 4);
    CHECK(whole.poses >= 50);
}

}  // namespace
}  // namespace closet
