#include "people/find_people.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <memory>
#include <regex>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/files.h"
#include "core/new_file.h"
#include "fit/fit_networks.h"
#include "infer/faces/face_reader.h"
#include "infer/infer.h"
#include "infer/run/device.h"
#include "people/contact_sheet.h"
#include "people/identities.h"
#include "people/people_json.h"
#include "people/read_people.h"
#include "people/segments.h"
#include "picture/picture_codec.h"
#include "pipeline/pipeline.h"

namespace closet {
namespace {

using namespace std::chrono_literals;

constexpr auto kTickPeriod = 100ms;
/// Appearances that are shorter get no clip.
constexpr double kShortestSegmentS = 0.4;

unsigned helpers() {
    return std::max(1U, std::thread::hardware_concurrency()) - 1;
}

/// Decoded frames that wait: the reference system's 512, fewer where they are large.
std::size_t frames_queue(const MediaInfo& media) {
    constexpr std::size_t kMost = 512, kLeast = 4, kMostBytes = 256U << 20U;
    const AVCodecParameters& codec = *media.video().codec;
    const auto pixels = static_cast<std::size_t>(std::max(1, codec.width)) *
                        static_cast<std::size_t>(std::max(1, codec.height));
    return std::clamp(kMostBytes / (pixels * 3 / 2), kLeast, kMost);
}

/// The first reading; nothing where it was ended.
std::optional<People> read_clip(const std::string& clip, const FindPeopleOptions& options,
                                const PeopleTick& tick) {
    WorkerPool workers(helpers());
    // Faces first: what is missing is told before anything is opened for long.
    const auto faces = std::make_shared<const FaceReader>(options.infer, workers);
    InferOptions without_parser = options.infer;
    without_parser.parser = parser_names::kNone;  // labels are of no use here
    const FitNetworks networks(without_parser, /*serial=*/false);
    Decode decode(clip, options.decode);
    Infer infer(networks.model(), networks.detector(), options.infer);
    EmbedFaces embedded(faces, choose_device(options.infer.device).is_cuda(),
                        workers.concurrency());
    ReadPeople reader(options.batch, infer, embedded);
    const std::shared_ptr<const MediaInfo> media = decode.info();
    bool interrupted = false;
    {
        Pipeline pipeline({.queue_capacity = frames_queue(*media)}, decode, reader);
        while (!pipeline.wait_for(kTickPeriod)) {
            // Of the batches taken so far, a key frame an interval.
            const std::int64_t done = pipeline.metrics().front().items_out;
            if (!interrupted && tick && !tick(done, media->estimated_frames)) {
                interrupted = true;
                pipeline.stop();
            }
        }
        pipeline.wait();
    }
    if (interrupted) {
        return std::nullopt;
    }
    People people;
    people.clip = clip;
    people.network = faces->embedder().name();
    people.threshold = options.similarity ? static_cast<float>(*options.similarity)
                                          : faces->embedder().threshold();
    people.frames = reader.frames();
    people.duration_s = media->duration_s;
    people.picture = reader.picture();
    people.scenes = reader.scenes();
    people.tracklets = reader.take_tracklets(embedded.finish());
    people.identities = find_identities(people.tracklets, people.threshold);
    return people;
}

/// One plan for each appearance that is long enough, whose `segment` gets the file's name.
std::vector<SegmentPlan> plan_segments(People& people, const std::filesystem::path& folder) {
    std::vector<SegmentPlan> plans;
    for (std::size_t i = 0; i < people.identities.size(); ++i) {
        std::size_t number = 0;
        for (Appearance& appearance : people.identities[i].appearances) {
            if (appearance.end_s() - appearance.start_s() < kShortestSegmentS) {
                continue;
            }
            appearance.segment = fmt::format("person-{}-{:02}.mp4", i + 1, ++number);
            plans.push_back(
                {folder / appearance.segment, SegmentWindow(appearance.sightings, people.picture)});
        }
    }
    return plans;
}

std::vector<std::uint8_t> png_of(const cv::Mat& rgb) {
    cv::Mat bgr;
    cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
    return encode_png(bgr);
}

void make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!std::filesystem::is_directory(folder, error)) {
        throw MediaError(fmt::format("cannot make the folder {}{}", folder.string(),
                                     error ? ": " + error.message() : std::string()));
    }
}

/// Whether a file's name is one that plan_segments gives.
bool is_segment_name(const std::string& name) {
    static const std::regex kPattern(R"(person-[0-9]{1,9}-[0-9]{2,9}\.mp4)");
    return std::regex_match(name, kPattern);
}

/// Throws where what is written would be a file that is read. Which segments there will be is known
/// late, so that every name that one may have counts.
void check_files(const std::string& clip, const std::filesystem::path& folder,
                 const FindPeopleOptions& options) {
    std::vector<NamedFile> reads{{"the clip", clip}};
    for (const auto& [flag, name] :
         {std::pair<const char*, const std::string&>{flags::kModel, options.infer.model},
          {flags::kDetector, options.infer.detector},
          {flags::kFaceModel, options.infer.face_model}}) {
        std::error_code ignored;
        if (std::filesystem::is_regular_file(name, ignored)) {  // else a model's name
            reads.push_back({fmt::format("the file of {}", flag), name});
        }
    }
    check_names(reads,
                {{kPeopleJson, folder / kPeopleJson}, {kContactSheet, folder / kContactSheet}});
    for (const NamedFile& read : reads) {
        const std::filesystem::path path = read.path;
        std::error_code ignored;
        if (options.segments && is_segment_name(path.filename().string()) &&
            std::filesystem::equivalent(std::filesystem::absolute(path).parent_path(), folder,
                                        ignored)) {
            throw ConfigError(
                fmt::format("{} {} may be overwritten by the clips of {} in that folder: give "
                            "another folder",
                            read.what, path.string(), flags::kSegments));
        }
    }
}

/// The segments that the people.json of an earlier run names, of those that lie beside it; none
/// where there is no such file, or it is damaged.
std::vector<std::filesystem::path> earlier_segments(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> segments;
    std::ifstream file(folder / kPeopleJson);
    const nlohmann::json told = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
    if (!told.is_object() || !told.contains("identities") || !told["identities"].is_array()) {
        return segments;
    }
    for (const nlohmann::json& identity : told["identities"]) {
        if (!identity.is_object() || !identity.contains("intervals")) {
            continue;
        }
        for (const nlohmann::json& interval : identity["intervals"]) {
            if (interval.is_object() && interval.contains("segment") &&
                interval["segment"].is_string() &&
                is_segment_name(interval["segment"].get<std::string>())) {
                segments.push_back(folder / interval["segment"].get<std::string>());
            }
        }
    }
    return segments;
}

}  // namespace

std::vector<Option> people_options(FindPeopleOptions& o) {
    return {{.names = flags::kSegments,
             .group = "Output",
             .help = "write each appearance of everybody as a clip, cut to the person",
             .value = &o.segments},
            {.names = "--similarity",
             .group = "Pose",
             .help = "least similarity of one person's faces; else the network's own",
             .value = &o.similarity,
             .range = {-1, 1}}};
}

std::optional<People> find_people(const std::string& clip, const std::filesystem::path& folder,
                                  const FindPeopleOptions& options, const PeopleTick& tick) {
    std::error_code ignored;
    if (options.segments && !std::filesystem::is_regular_file(clip, ignored)) {
        throw ConfigError(
            fmt::format("{} reads the clip twice, and {} can be read once only: save it to a file "
                        "first",
                        flags::kSegments, clip));
    }
    check_files(clip, folder, options);
    std::optional<People> people = read_clip(clip, options, tick);
    if (!people) {
        return std::nullopt;
    }
    make_folder(folder);
    std::vector<SegmentPlan> plans;
    if (options.segments) {
        plans = plan_segments(*people, folder);
    }
    std::vector<std::unique_ptr<Encode>> segments;
    if (!plans.empty()) {
        segments = encode_segments(clip, options.decode, plans, options.encode,
                                   std::thread::hardware_concurrency(), tick);
        if (segments.empty()) {
            return std::nullopt;
        }
    }
    NewFile json(folder / kPeopleJson), sheet(folder / kContactSheet);
    json.write(people_json(*people));
    const std::vector<std::uint8_t> picture = png_of(draw_contact_sheet(*people));
    sheet.write(picture.data(), picture.size());
    std::vector<NewFile*> files;
    for (const auto& segment : segments) {
        files.push_back(&segment->file());
    }
    files.push_back(&sheet);
    files.push_back(&json);
    const std::vector<std::filesystem::path> earlier = earlier_segments(folder);
    NewFile::publish_all(files);
    for (const std::filesystem::path& old : earlier) {
        if (!is_same_file(old, clip) &&
            std::none_of(plans.begin(), plans.end(),
                         [&](const SegmentPlan& plan) { return plan.file == old; })) {
            std::filesystem::remove(old, ignored);
        }
    }
    return people;
}

}  // namespace closet
