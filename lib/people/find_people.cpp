#include "people/find_people.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/files.h"
#include "core/new_file.h"
#include "fit/fit_networks.h"
#include "infer/faces/face_reader.h"
#include "infer/infer.h"
#include "people/contact_sheet.h"
#include "people/identities.h"
#include "people/people_json.h"
#include "people/read_people.h"
#include "people/segments.h"
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

/// The first reading; nothing where it was ended.
std::optional<People> read_clip(const std::string& clip, const FindPeopleOptions& options,
                                const PeopleTick& tick) {
    WorkerPool workers(helpers());
    // Faces first: what is missing is told before anything is opened for long.
    const auto faces = std::make_shared<const FaceReader>(options.infer, workers);
    const FitNetworks networks(options.infer, /*serial=*/false);
    Decode decode(clip, options.decode);
    Batch batch(options.batch);
    Infer infer(networks.model(), networks.detector(), options.infer);
    ReadPeople reader(infer, faces);
    const std::shared_ptr<const MediaInfo> media = decode.info();
    bool interrupted = false;
    {
        Pipeline pipeline({}, decode, batch, reader);
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
    people.tracklets = reader.take_tracklets();
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
    std::vector<std::uint8_t> bytes;
    if (!cv::imencode(".png", bgr, bytes)) {
        throw MediaError("the contact sheet cannot be written as PNG");
    }
    return bytes;
}

void make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!std::filesystem::is_directory(folder, error)) {
        throw MediaError(fmt::format("cannot make the folder {}{}", folder.string(),
                                     error ? ": " + error.message() : std::string()));
    }
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
    std::optional<People> people = read_clip(clip, options, tick);
    if (!people) {
        return std::nullopt;
    }
    make_folder(folder);
    std::vector<SegmentPlan> plans;
    if (options.segments) {
        plans = plan_segments(*people, folder);
    }
    check_names({{"the clip", clip}},
                {{"people.json", folder / kPeopleJson}, {"people.png", folder / kContactSheet}});
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
    NewFile::publish_all(files);
    return people;
}

}  // namespace closet
