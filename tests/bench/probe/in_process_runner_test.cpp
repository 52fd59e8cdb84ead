#include "bench/probe/in_process_runner.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "bench/probe/quality_judge.h"
#include "bench/probe/sample_meter.h"
#include "core/error.h"
#include "support/clips.h"
#include "support/demo_clip.h"
#include "support/doctest_with_torch.h"
#include "support/frame_hash.h"

namespace closet::bench {
namespace {

namespace fs = std::filesystem;

/// A third of a second of the demo's clip, small, and a red sheet to put on; nothing, with a
/// SKIPPED line, where scripts/setup has not fetched clip and models.
struct Material {
    test::TemporaryFolder folder;
    std::string clip, garment;

    static std::unique_ptr<Material> make() {
        const auto demo = test::demo_clip();
        if (!demo || !test::have_ffmpeg()) {
            return nullptr;
        }
        auto material = std::make_unique<Material>();
        material->clip = material->folder / "person.mp4";
        material->garment = material->folder / "garment.png";
        test::ffmpeg("-ss 0.5 -i " + demo->string() +
                     " -t 0.33 -vf scale=180:320 -an -c:v libx264 -crf 18 " + material->clip);
        test::ffmpeg(
            "-f lavfi -i color=c=red@1.0:s=48x64,format=rgba,pad=64:80:8:8:black@0 -frames:v 1 " +
            material->garment);
        std::ofstream(material->folder / "garment.json") << R"({"kind": "top"})";
        return material;
    }

    ProbeOptions options() const {
        ProbeOptions options;
        options.clips = {clip};
        options.base = {{"garment", garment}};
        return options;
    }
};

/// The few settings that these tests use.
CaseOptions resolve(const std::vector<Setting>& settings) {
    CaseOptions options;
    options.fit.infer.device = "cpu";
    options.fit.encode.preset = "ultrafast";
    options.fit.batch.every = 3;
    for (const auto& [name, value] : settings) {
        if (name == "garment") {
            options.garments.clear();
            if (!value.empty()) {
                options.garments.push_back({value, {}});
            }
        } else if (name == "batch") {
            options.fit.batch.size = std::stoi(value);
        } else if (name == "every") {
            options.fit.batch.every = std::stoi(value);
        } else if (name == "serial") {
            options.fit.serial = true;
        } else if (name == "model") {
            options.fit.infer.model = value;
        } else if (name == "warp") {
            options.fit.warp.warp = value;
        } else if (name == "vcodec") {
            options.fit.discard = value == "none";
        }
    }
    return options;
}

std::shared_ptr<CasePlayer> player_of(const ProbeOptions& options) {
    return std::make_shared<CasePlayer>(options, resolve);
}

double parts_within_busy(const StageMetrics& stage) {
    return std::accumulate(stage.parts.begin(), stage.parts.end(), 0.0,
                           [](double sum, const PartTime& part) {
                               return sum + (part.name == "batch wait" ? 0.0 : part.total_s);
                           });
}

std::set<std::string> part_names(const Sample& sample) {
    std::set<std::string> names;
    for (const StageMetrics& stage : sample.stages) {
        for (const PartTime& part : stage.parts) {
            names.insert(part.name);
        }
    }
    return names;
}

}  // namespace

TEST_CASE("sample: tells of the same work as fit itself") {
    const auto material = Material::make();
    if (!material) {
        return;
    }
    FitOptions options = resolve({}).fit;
    options.discard = true;
    const FitReport report = Fit(options, nullptr).render(material->clip, {});

    ProbeOptions bare = material->options();
    bare.base.clear();
    InProcessRunner runner(player_of(bare));
    const Sample sample = runner.run({}, true);
    CHECK(sample.failure.empty());
    CHECK(report.frames_in > 5);
    CHECK(sample.work.frames_in == report.frames_in);
    CHECK(sample.work.frames_out == report.frames_out);
    CHECK(sample.work.key_frames == report.inference.views);
    CHECK(sample.work.poses == report.frames_out - report.poses.missing);
    CHECK(sample.work.poses > 0);
    CHECK(report.stream_s > 0);
    CHECK(report.stream_s < report.wall_s);
    CHECK(report.stream_cpu_s <= report.cpu_s);
    CHECK_FALSE(sample.gpu);
}

TEST_CASE("sample: serial and threaded and decoded and encoded passes do the same work") {
    const auto material = Material::make();
    if (!material) {
        return;
    }
    InProcessRunner memory(player_of(material->options()));
    const Sample threaded = memory.run({}, false);
    const Sample serial = memory.run({{"serial", "true"}}, false);
    CHECK(serial.work == threaded.work);
    CHECK(threaded.stages.front().name == "memory");
    CHECK(memory.run({{"every", "1"}}, false).work != threaded.work);

    ProbeOptions both = material->options();
    both.include_decode = both.include_encode = true;
    const test::TemporaryFolder scratch;
    setenv("TMPDIR", scratch.path().c_str(), 1);
    InProcessRunner files(player_of(both));
    const Sample decoded = files.run({}, false);
    unsetenv("TMPDIR");
    CHECK(decoded.work == threaded.work);
    CHECK(decoded.stages.front().name == "decode");
    CHECK(decoded.stages.back().name == "encode");
    CHECK(fs::is_empty(scratch.path()));
    CHECK_THROWS_AS(files.run({{"vcodec", "none"}}, false), ConfigError);
}

TEST_CASE("sample: a clip that is cut short is the same decoded and in memory") {
    const auto material = Material::make();
    if (!material) {
        return;
    }
    ProbeOptions options = material->options();
    options.max_frames = 4;
    const Sample memory = InProcessRunner(player_of(options)).run({}, true);
    options.include_decode = true;
    const Sample decoded = InProcessRunner(player_of(options)).run({}, true);
    CHECK(memory.work.frames_in == 4);
    CHECK(memory.work == decoded.work);
}

TEST_CASE("sample: latencies and parts and memory are those of one pass") {
    const auto material = Material::make();
    if (!material) {
        return;
    }
    InProcessRunner runner(player_of(material->options()));
    runner.run({}, true);
    CHECK(runner.model_load_s() > 0);
    for (const bool serial : {false, true}) {
        const Sample sample = runner.run(
            serial ? std::vector<Setting>{{"serial", "true"}} : std::vector<Setting>{}, false);
        REQUIRE(sample.latency_ms.size() == static_cast<std::size_t>(sample.work.frames_out));
        for (const float latency : sample.latency_ms) {
            CHECK(latency > 0);
            CHECK(latency <= 1e3 * sample.wall_s);
        }
        CHECK(sample.first_batch_s > 0);
        CHECK(sample.first_batch_s <= sample.wall_s);
        CHECK(sample.cpu_s > 0);
        for (const StageMetrics& stage : sample.stages) {
            CHECK_MESSAGE(parts_within_busy(stage) <= stage.busy_s, stage.name);
            CHECK_MESSAGE(stage.busy_s <= sample.wall_s, stage.name);
        }
        for (const char* name : {"batch wait", "downscale", "network", "upscale", "interpolate",
                                 "affine", "occlusion", "light", "blend"}) {
            CHECK_MESSAGE(part_names(sample).contains(name), name);
        }
    }
    CHECK(part_names(runner.run({{"warp", "affine"}}, false)).contains("resize"));
}

TEST_CASE("sample: the peak of one pass is not that of what was before it") {
    const auto material = Material::make();
    if (!material) {
        return;
    }
    constexpr std::size_t kLarge = std::size_t{256} << 20;
    InProcessRunner runner(player_of(material->options()));
    const std::int64_t before = runner.run({}, true).peak_memory_bytes;
    CHECK(before > 0);
    {
        const std::vector<char> touched(kLarge, 'x');
        CHECK(touched.back() == 'x');
    }
    const std::int64_t after = runner.run({}, false).peak_memory_bytes;
    CHECK(after - before < static_cast<std::int64_t>(kLarge) / 2);
}

TEST_CASE("sample: networks are loaded once for all cases that can share them") {
    const auto material = Material::make();
    if (!material) {
        return;
    }
    const auto player = player_of(material->options());
    InProcessRunner runner(player);
    runner.run({}, true);
    CHECK(runner.model_load_s() > 0);
    runner.run({{"batch", "4"}, {"every", "2"}}, false);
    CHECK(runner.model_load_s() == 0);
    runner.run({{"warp", "affine"}}, false);  // needs no masks
    CHECK(runner.model_load_s() > 0);
    runner.run({}, false);
    CHECK(runner.model_load_s() == 0);
    // Another start in the same process finds them too.
    InProcessRunner other(player);
    other.run({}, false);
    CHECK(other.model_load_s() == 0);
}

TEST_CASE("sample: a case that cannot run leaves the others alone") {
    const auto material = Material::make();
    if (!material) {
        return;
    }
    InProcessRunner runner(player_of(material->options()));
    CHECK_THROWS_AS(runner.run({{"model", "missing.safetensors"}}, true), Error);
    CHECK_THROWS_AS(runner.run({{"warp", "velvet"}}, true), ConfigError);
    CHECK_THROWS_AS(runner.run({{"garment", "missing.png"}}, true), Error);
    CHECK(runner.run({}, true).failure.empty());
    ProbeOptions missing = material->options();
    missing.clips = {"missing.mp4"};
    CHECK_THROWS_AS(InProcessRunner(player_of(missing)).run({}, true), MediaError);
}

TEST_CASE("sample: a pass over several clips is made of those over each") {
    const auto material = Material::make();
    if (!material) {
        return;
    }
    ProbeOptions options = material->options();
    const Sample person = InProcessRunner(player_of(options)).run({}, true);
    CHECK(person.clip_wall_s.empty());
    const std::string other = material->folder / "other.mp4";
    test::ffmpeg("-i " + material->clip + " -frames:v 5 -vf hflip,scale=120:214 -c:v libx264 " +
                 other);
    options.clips = {other};
    const Sample flipped = InProcessRunner(player_of(options)).run({}, true);
    options.clips = {material->clip, other};
    InProcessRunner both(player_of(options));
    const Sample sample = both.run({}, false);
    CHECK(sample.failure.empty());
    CHECK(sample.work.frames_in == person.work.frames_in + 5);
    CHECK(sample.work.frames_out == sample.work.frames_in);
    CHECK(sample.work.key_frames == person.work.key_frames + flipped.work.key_frames);
    CHECK(sample.work.poses == person.work.poses + flipped.work.poses);
    const std::vector<std::string> digests{person.work.poses_digest, flipped.work.poses_digest};
    CHECK(sample.work.poses_digest == join_digests(digests));
    CHECK(sample.latency_ms.size() == static_cast<std::size_t>(sample.work.frames_out));
    REQUIRE(sample.clip_wall_s.size() == 2);
    CHECK(sample.clip_wall_s[0] + sample.clip_wall_s[1] == doctest::Approx(sample.wall_s));
    CHECK(sample.stages.size() == person.stages.size());
    CHECK(both.model_load_s() > 0);
    CHECK(both.run({}, false).work == sample.work);
    CHECK(both.model_load_s() == 0);
    options.include_decode = true;
    CHECK(InProcessRunner(player_of(options)).run({}, true).work == sample.work);
    std::swap(options.clips[0], options.clips[1]);
    CHECK(InProcessRunner(player_of(options)).run({}, true).work != sample.work);

    // Frames of all clips share the room in memory.
    options.include_decode = false;
    options.max_bytes = MemoryClip(material->clip).bytes() + MemoryClip(other).bytes();
    CHECK(InProcessRunner(player_of(options)).run({}, true).failure.empty());
    --options.max_bytes;
    CHECK_THROWS_AS(InProcessRunner(player_of(options)).run({}, true), MediaError);
}

TEST_CASE("sample: a pass that is interrupted does not count") {
    const auto material = Material::make();
    if (!material) {
        return;
    }
    InProcessRunner runner(player_of(material->options()),
                           [](std::int64_t done, std::int64_t) { return done < 2; });
    const Sample sample = runner.run({{"serial", "true"}}, false);
    CHECK_FALSE(sample.failure.empty());
    CHECK(sample.work.frames_in < 5);
}

TEST_CASE("quality run: shows each frame with its poses and what was painted") {
    const auto material = Material::make();
    if (!material) {
        return;
    }
    const auto player = player_of(material->options());
    PosesDigest digest;
    std::int64_t frames = 0, painted = 0;
    for_each_frame(*player, 0, {}, [&](const QualityFrame& frame) {
        CHECK(frame.painted.index == frames);
        CHECK(frame.original.index == frames);
        ++frames;
        digest.add(frame.poses);
        REQUIRE(frame.matte != nullptr);
        CHECK(frame.matte->size() == cv::Size(frame.painted.width(), frame.painted.height()));
        const bool is_painted = cv::countNonZero(*frame.matte) > 0;
        painted += is_painted ? 1 : 0;
        const bool is_same =
            test::hash_frame(*frame.painted.image) == test::hash_frame(*frame.original.image);
        CHECK(is_same != is_painted);
    });
    CHECK(painted > 0);
    const Sample sample = InProcessRunner(player).run({}, false);
    CHECK(frames == sample.work.frames_out);
    CHECK(digest.hex() == sample.work.poses_digest);

    for_each_frame(*player, 0, {{"garment", ""}},
                   [&](const QualityFrame& frame) { CHECK(frame.matte == nullptr); });
    CHECK_THROWS_WITH_AS(
        for_each_frame(*player, 0, {}, [](const QualityFrame&) { throw Error("seen enough"); }),
        "seen enough", Error);
}

TEST_CASE("quality judge: it may move and its labels move with it") {
    const auto material = Material::make();
    if (!material) {
        return;
    }
    const auto player = player_of(material->options());
    const std::string labels = material->folder / "labels.json";
    std::string points;
    for (int i = 0; i < 17; ++i) {
        points += std::string(i == 0 ? "" : ",") + "90,160,2";
    }
    std::ofstream(labels) << R"({"images":[{"id":1,"frame_index":2}],"annotations":[{"image_id":1,)"
                          << R"("area":9000,"num_keypoints":17,"keypoints":[)" << points << "]}]}";
    Context context;
    context.clips = {{.width = 180, .height = 320, .frames_per_s = 30, .frames = 10}};
    std::optional<QualityJudge> judge;
    {
        auto made = std::make_unique<QualityJudge>(
            player, context, QualityWishes{{labels}, nullptr, 0.95}, FitTick());
        judge.emplace(std::move(*made));
    }
    Case measured;
    measured.samples = {InProcessRunner(player).run({}, false)};
    judge->judge(measured);
    REQUIRE(measured.quality);
    CHECK(measured.quality->ssim);
    REQUIRE(measured.quality->oks);
    CHECK(measured.quality->oks->value > 0);

    measured.samples.front().work.poses_digest = "another";
    CHECK_THROWS_AS(judge->judge(measured), Error);

    const QualityWishes two_files{{labels, labels}, nullptr, 0.95};
    CHECK_THROWS_WITH_AS(
        QualityJudge(player, context, two_files, FitTick()),
        "--labels: files given: 2, clips: 1; give one file for each clip, in their order",
        ConfigError);
}

}  // namespace closet::bench
