#include "fit/calibrate.h"

#include <filesystem>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "batch/batch.h"
#include "core/error.h"
#include "core/new_file.h"
#include "decode/decode.h"
#include "infer/pose_models.h"
#include "models/ranges/known_ranges.h"
#include "models/ranges/range_collector.h"

namespace closet {
namespace {

constexpr double kInterval = 0.2;  // seconds between views

/// Shows pictures to a pose model, and to a detector beside it.
class Reader {
  public:
    Reader(const InferOptions& options, WorkerPool& workers)
        : model_(make_pose_model(options, workers)),
          detector_(options.detector.empty()
                        ? nullptr
                        : make_person_detector(options.detector, options, workers)) {}

    /// Everybody in the picture is looked at twice: the second time as a tracker would.
    void read(const cv::Mat& picture) {
        std::vector<std::vector<Region>> found = model_->find({&picture, 1});
        find_headless(*model_, {&picture, 1}, found);
        if (detector_ != nullptr) {
            auto more = regions_of_people(*detector_, *model_, {&picture, 1});
            found[0].insert(found[0].end(), more[0].begin(), more[0].end());
        }
        for (Region region : found[0]) {
            for (int look = 0; look < 2 && is_usable(region, picture.size()); ++look) {
                const PoseInput input{.picture = &picture, .region = region};
                const PoseEstimate estimate = model_->estimate({&input, 1}).at(0);
                if (estimate.presence < model_->least_presence()) {
                    break;
                }
                region = estimate.region;
                ++people_;
            }
        }
    }

    int people() const { return people_; }

  private:
    std::unique_ptr<PoseModel> model_;
    std::unique_ptr<PersonDetector> detector_;
    int people_ = 0;
};

/// False where `tick` ended it.
bool read_clip(const std::string& clip, Reader& reader, const std::function<bool()>& tick) {
    Decode decode(clip);
    Batch batch({.interval_s = kInterval});
    bool goes_on = true;
    const Emit<FrameBatch> see = [&](const FrameBatch& frames) {
        for (const FrameBatch::Key& key : frames.keys) {
            goes_on = goes_on && (!tick || tick());
            if (goes_on) {
                reader.read(key.view.rgb);
            }
        }
        return goes_on;
    };
    while (goes_on) {
        auto frame = decode.next();
        if (!frame) {
            batch.flush(see);
            break;
        }
        batch.process(std::move(*frame), see);
    }
    return goes_on;
}

}  // namespace

std::optional<std::vector<CalibratedNetwork>> calibrate(const std::vector<std::string>& clips,
                                                        InferOptions options,
                                                        const std::function<bool()>& tick) {
    const auto collector = std::make_shared<RangeCollector>();
    options.device = "cpu";
    options.precision = "fp32";
    options.masks = true;  // the layers that give them are measured too
    options.watcher = collector;
    RangeTable table = own_ranges();  // told before the work if it is damaged
    WorkerPool workers(0);
    Reader reader(options, workers);
    for (const std::string& clip : clips) {
        if (!read_clip(clip, reader, tick)) {
            return std::nullopt;
        }
    }
    if (reader.people() == 0) {
        throw ModelError("nobody was seen in these clips, so there is nothing to calibrate with");
    }
    std::vector<CalibratedNetwork> networks;
    for (const RangeCollector::Measured& measured : collector->measured()) {
        networks.push_back({measured.network, measured.pictures});
        for (const auto& [key, range] : measured.ranges) {
            table.insert_or_assign(key, range);
        }
    }
    const std::filesystem::path path = own_ranges_file();
    std::filesystem::create_directories(path.parent_path());
    NewFile file(path);
    file.write(
        fmt::format("# Written by 'closet models calibrate', for {} int8.\n", flags::kPrecision));
    file.write(to_text(table));
    file.publish();
    return networks;
}

}  // namespace closet
