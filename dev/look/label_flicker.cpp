// How restless the labels of people are, and what they cost:
//   label_flicker [--parser NAME] [--parse-every S] [--every N] [--sheet OUT.png] [--frames
//   FIRST:STEP] CLIP
// For each person, of the pixels that hardly change from one frame to the next (kStill), the share
// whose label changes: the best of the seven parts of the body on the person, else ground; and
// skin, clothes or hair, the likeliest that is over a half. Once with the labels of each key frame
// moved to the frames up to the next one as they are ("raw"), once as `closet fit` has them.
// --sheet: a row of frames with their labels painted on, raw below smoothed.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "batch/batch.h"
#include "batch/view.h"
#include "core/picture_geometry.h"
#include "decode/decode.h"
#include "infer/infer.h"
#include "infer/pose_models.h"
#include "interpolate/interpolate.h"
#include "interpolate/labels.h"
#include "pipeline/serial.h"

namespace {

using namespace closet;

constexpr double kStill = 4;    ///< levels that each of R, G, B may change by
constexpr double kScale = 0.5;  ///< of the frames that are compared

/// What parser and network take.
class TimedParser : public PersonParser {
  public:
    explicit TimedParser(std::shared_ptr<PersonParser> inner) : inner_(std::move(inner)) {}
    std::string name() const override { return inner_->name(); }
    std::vector<PersonLabels> look(std::span<const ParseInput> inputs) override {
        const auto start = std::chrono::steady_clock::now();
        auto labels = inner_->look(inputs);
        const std::chrono::duration<double, std::milli> took =
            std::chrono::steady_clock::now() - start;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            ms.push_back(took.count() / static_cast<double>(inputs.size()));
        }
        return labels;
    }
    std::vector<double> ms;

  private:
    std::shared_ptr<PersonParser> inner_;
};

/// 0 ground, 1..7 the parts from kFace on; and 0 nothing, 1..3 skin, clothes, hair.
struct Named {
    cv::Mat part, surface;
};

cv::Mat in_frame(const PersonLabels& labels, Label label, const cv::Matx23d& shown_from_small,
                 cv::Size size) {
    cv::Mat plane;
    if (!labels.of(label).empty()) {
        cv::warpAffine(labels.of(label), plane, compose(labels.labels_from_shown, shown_from_small),
                       size, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT);
    }
    return plane;
}

/// The number of the largest plane of `first`.. where it is at least `least`, plus 1; else 0.
cv::Mat best_of(const PersonLabels& labels, Label first, std::size_t count, int least,
                const cv::Matx23d& shown_from_small, cv::Size size) {
    cv::Mat best(size, CV_8UC1, cv::Scalar(0));
    cv::Mat most(size, CV_8UC1, cv::Scalar(least));
    for (std::size_t i = 0; i < count; ++i) {
        const auto label = static_cast<Label>(static_cast<std::size_t>(first) + i);
        const cv::Mat plane = in_frame(labels, label, shown_from_small, size);
        if (!plane.empty()) {
            const cv::Mat wins = plane > most;
            best.setTo(static_cast<double>(i + 1), wins);
            plane.copyTo(most, wins);
        }
    }
    return best;
}

Named names_of(const PersonLabels& labels, const cv::Matx23d& shown_from_small, cv::Size size) {
    constexpr std::size_t kParts = 7, kSurfaces = 3;
    Named named{best_of(labels, Label::kFace, kParts, 0, shown_from_small, size),
                best_of(labels, Label::kSkin, kSurfaces, 127, shown_from_small, size)};
    const cv::Mat person = in_frame(labels, Label::kPerson, shown_from_small, size);
    if (!person.empty()) {
        named.part.setTo(0, person <= 127);
    }
    return named;
}

struct Changes {
    std::int64_t still = 0, part = 0, surface = 0;
    std::map<int, Named> before;  ///< by person

    void add(int person, const PersonLabels* labels, const cv::Matx23d& shown_from_small,
             const cv::Mat& still_pixels, Named* shown) {
        if (labels == nullptr) {
            before.erase(person);
            return;
        }
        Named now = names_of(*labels, shown_from_small, still_pixels.size());
        if (const auto last = before.find(person); last != before.end()) {
            const cv::Mat body = (now.part > 0) | (now.surface > 0) | (last->second.part > 0) |
                                 (last->second.surface > 0);
            const cv::Mat looked_at = still_pixels & body;
            still += cv::countNonZero(looked_at);
            part += cv::countNonZero((now.part != last->second.part) & looked_at);
            surface += cv::countNonZero((now.surface != last->second.surface) & looked_at);
        }
        *shown = now;
        before[person] = std::move(now);
    }
};

void paint(cv::Mat& picture, const Named& named) {
    static const std::array<cv::Scalar, 8> kColors{
        cv::Scalar(0, 0, 0), {80, 180, 255}, {60, 220, 60}, {220, 220, 40},
        {255, 80, 255},      {200, 60, 60},  {60, 60, 230}, {160, 160, 160}};
    cv::Mat color(picture.size(), CV_8UC3, cv::Scalar(0, 0, 0));
    for (int i = 1; i < 8; ++i) {
        color.setTo(kColors[static_cast<std::size_t>(i)], named.part == i);
    }
    cv::Mat mixed;
    cv::addWeighted(picture, 0.5, color, 0.5, 0, mixed);
    mixed.copyTo(picture, named.part > 0);
    for (int i = 1; i < 4; ++i) {  // outlines of skin, clothes, hair
        std::vector<std::vector<cv::Point>> outlines;
        cv::findContours(named.surface == i, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
        cv::drawContours(picture, outlines, -1,
                         i == 1   ? cv::Scalar(255, 255, 255)
                         : i == 2 ? cv::Scalar(0, 0, 0)
                                  : cv::Scalar(0, 255, 255),
                         1);
    }
}

/// Remembers the labels of the key frames, as they were measured.
class KeepRaw {
  public:
    using Input = PosedBatch;
    using Output = PosedBatch;
    static constexpr std::string_view kName = "keep raw";
    void process(PosedBatch batch, const Emit<PosedBatch>& emit) {
        for (const PosedBatch::Key& key : batch.keys) {
            for (const Pose& pose : key.poses) {
                if (pose.labels) {
                    raw[batch.frames[key.frame].index].push_back(pose);
                }
            }
        }
        emit(std::move(batch));
    }
    void flush(const Emit<PosedBatch>&) {}
    std::map<std::int64_t, std::vector<Pose>> raw;
};

struct Settings {
    InferOptions infer;
    BatchOptions batch;
    std::string sheet, clip;
    int first = 0, step = 30;
};

class Judge {
  public:
    using Input = PosedFrame;
    static constexpr std::string_view kName = "judge";
    Judge(const Settings& settings, const KeepRaw& keep) : settings_(settings), keep_(keep) {}

    void consume(PosedFrame posed) {
        const View view = maker_.make(posed.frame);
        cv::Mat still(view.rgb.size(), CV_8UC1, cv::Scalar(0));
        if (before_.size() == view.rgb.size()) {
            cv::Mat change;
            cv::absdiff(view.rgb, before_, change);
            cv::inRange(change, cv::Scalar::all(0), cv::Scalar::all(kStill), still);
        }
        before_ = view.rgb.clone();
        if (const auto key = keep_.raw.find(posed.frame.index); key != keep_.raw.end()) {
            for (const Pose& pose : key->second) {
                last_ = pose;
            }
        }
        cv::Mat shown[2]{view.rgb.clone(), view.rgb.clone()};
        for (const Pose& pose : posed.poses) {
            labeled_ += pose.labels ? 1 : 0;
            ++people_;
            Named named;
            smooth.add(pose.person_id, pose.labels.get(), view.shown_from_view, still, &named);
            if (!named.part.empty()) {
                paint(shown[0], named);
            }
            const SharedLabels moved = last_ ? moved_labels(*last_, pose) : nullptr;
            raw.add(pose.person_id, moved.get(), view.shown_from_view, still, &named);
            if (!named.part.empty()) {
                paint(shown[1], named);
            }
        }
        const auto index = posed.frame.index;
        if (!settings_.sheet.empty() && index >= settings_.first &&
            (index - settings_.first) % settings_.step == 0) {
            cv::vconcat(shown[0], shown[1], shown[0]);
            tiles_.push_back(shown[0]);
        }
    }
    void finish() {
        if (!tiles_.empty()) {
            cv::Mat sheet;
            cv::hconcat(tiles_, sheet);
            cv::cvtColor(sheet, sheet, cv::COLOR_RGB2BGR);
            cv::imwrite(settings_.sheet, sheet);
        }
        fmt::print("people on frames: {}, with labels: {}\n", people_, labeled_);
    }
    Changes raw, smooth;

  private:
    const Settings& settings_;
    const KeepRaw& keep_;
    ViewMaker maker_{kScale};
    cv::Mat before_;
    std::optional<Pose> last_;  ///< measured; one person is followed
    std::vector<cv::Mat> tiles_;
    std::int64_t people_ = 0, labeled_ = 0;
};

double share(std::int64_t part, std::int64_t all) {
    return all > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(all) : 0.0;
}

int run(const Settings& settings) {
    WorkerPool workers(0);
    const std::shared_ptr<PersonParser> parser = make_parser(settings.infer, workers);
    if (parser == nullptr) {
        fmt::print(stderr, "error: no parser; `closet models fetch parser`\n");
        return 1;
    }
    const auto timed = std::make_shared<TimedParser>(parser);
    const std::shared_ptr<PoseModel> model = make_pose_model(settings.infer, workers);
    Decode decode(settings.clip);
    Batch batch(settings.batch);
    Infer infer(model, nullptr, timed, settings.infer);
    KeepRaw keep;
    Interpolate interpolate;
    Judge judge(settings, keep);
    run_serial({}, decode, batch, infer, keep, interpolate, judge);
    std::sort(timed->ms.begin(), timed->ms.end());
    if (!timed->ms.empty()) {
        fmt::print("{}: {} looks, ms each: least {:.1f}, median {:.1f}\n", timed->name(),
                   timed->ms.size(), timed->ms.front(), timed->ms[timed->ms.size() / 2]);
    }
    for (const auto& [name, changes] :
         {std::pair{"raw", &judge.raw}, {"smoothed", &judge.smooth}}) {
        fmt::print(
            "{:<9} parts {:.3f} %, skin/clothes/hair {:.3f} % of {} still pixels of people\n", name,
            share(changes->part, changes->still), share(changes->surface, changes->still),
            changes->still);
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    settings.infer.masks = true;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        const std::string value = i + 1 < argc ? argv[i + 1] : "";
        const bool is_option = argument.starts_with("--");
        if (argument == "--parser") {
            settings.infer.parser = value;
        } else if (argument == "--parse-every") {
            settings.infer.parse_every_s = std::atof(value.c_str());
        } else if (argument == "--every") {
            settings.batch.every = std::atoi(value.c_str());
        } else if (argument == "--sheet") {
            settings.sheet = value;
        } else if (argument == "--frames") {
            settings.first = std::atoi(value.c_str());
            const auto colon = value.find(':');
            settings.step =
                colon == std::string::npos ? 30 : std::max(1, std::atoi(value.c_str() + colon + 1));
        } else if (!is_option) {
            settings.clip = argument;
        }
        i += is_option ? 1 : 0;
    }
    if (settings.clip.empty()) {
        fmt::print(stderr,
                   "usage: label_flicker [--parser NAME] [--parse-every S] [--every N] "
                   "[--sheet OUT.png] [--frames FIRST:STEP] CLIP\n");
        return 2;
    }
    try {
        return run(settings);
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 1;
    }
}
