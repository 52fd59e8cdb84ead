// How far predicted poses are from where people are, on poses of real clips; not a test.
//   measure_prediction POSES...
// Pose files: `closet fit CLIP --save-poses POSES --encoder none --every 1 --smooth 0`.

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "body/measure_body.h"
#include "core/body_frame.h"
#include "core/error.h"
#include "core/pose.h"
#include "interpolate/interpolate.h"
#include "interpolate/smooth.h"
#include "interpolate/trunk.h"
#include "poses/pose_file.h"
#include "predict/predict.h"

namespace closet {
namespace {

constexpr double kRenderRate = 30;  ///< frames shown a second, where the clip has as many
constexpr double kSettled = 0.5;    ///< seconds after the start or a splice that do not count
constexpr double kSplice = 0.3;     ///< trunk lengths between frames that nobody moves by
const float kMinScore = PredictOptions{}.min_score;
constexpr float kSeen = 0.5F;  ///< least score of keypoints that are judged
constexpr std::array kLimbs{Joint::kLeftElbow, Joint::kRightElbow, Joint::kLeftWrist,
                            Joint::kRightWrist};

struct TimedPose {
    double seconds = 0;
    bool scene_start = false;
    std::optional<Pose> measured;  ///< as the network found it
    std::optional<Pose> truth;     ///< smoothed without lag
};

struct Recording {
    std::string name;
    cv::Size2f size;
    std::vector<TimedPose> frames;
};

Frame blank_frame(const PoseFileInfo& info, const PoseReader::FramePoses& line) {
    Frame frame;
    frame.index = line.index;
    frame.pts = line.pts;
    frame.time_base = info.time_base;
    frame.scene_start = line.scene_start;
    frame.image = make_av_frame();
    frame.image->width = info.width;
    frame.image->height = info.height;
    return frame;
}

/// The clip is spliced here, or it is somebody else from here on.
bool is_splice(const Pose& before, const Pose& after) {
    const Keypoint& a = before.at(Joint::kLeftShoulder);
    const Keypoint& b = after.at(Joint::kLeftShoulder);
    return before.person_id != after.person_id ||
           std::hypot(a.x - b.x, a.y - b.y) > kSplice * body_scale(before);
}

/// Reads a file; the truth is what `closet fit` makes of the same poses with its default smoothing.
Recording read(const std::filesystem::path& path) {
    PoseReader reader(path);
    Recording recording{
        path.stem().string(), cv::Size(reader.info().width, reader.info().height), {}};
    InterpolateOptions options;
    options.shape_sigma_s = 0;
    Interpolate smooth_all(options);
    std::size_t next = 0;
    const Emit<PosedFrame> keep = [&](PosedFrame posed) {
        if (!posed.poses.empty()) {
            recording.frames[next].truth = std::move(posed.poses.front());
        }
        ++next;
        return true;
    };
    while (auto line = reader.next()) {
        Frame frame = blank_frame(reader.info(), *line);
        TimedPose& at = recording.frames.emplace_back();
        at.seconds = frame.seconds();
        at.scene_start = frame.scene_start;
        if (!line->poses.empty()) {
            at.measured = line->poses.front();
            at.measured->shape = nullptr;  // PredictPoses measures it in the mask
        }
        PosedBatch batch;
        batch.frames.push_back(std::move(frame));
        batch.keys.push_back({0, {}});
        if (at.measured) {
            batch.keys[0].poses = {*at.measured};
            batch.keys[0].poses[0].mask = nullptr;
        }
        smooth_all.process(std::move(batch), keep);
    }
    smooth_all.flush(keep);
    return recording;
}

/// What gives poses for frames from results that come late.
class Predictor {
  public:
    virtual ~Predictor() = default;
    virtual void observe(const TimedPose& result, cv::Size picture) = 0;
    /// Of several people the one nearest to the truth.
    virtual std::optional<Pose> at(double seconds, const Pose& truth) const = 0;
};

/// Repeats the last result, or continues the motion between the last two.
class Simple final : public Predictor {
  public:
    explicit Simple(bool moves) : moves_(moves) {}

    void observe(const TimedPose& result, cv::Size picture) override {
        if (result.measured) {
            before_ = std::exchange(last_, {result.seconds, *result.measured});
            if (const auto shape =
                    measure_body(*result.measured, {.min_score = kMinScore, .frame = picture})) {
                last_.second->shape = std::make_shared<BodyShape>(*shape);
            }
        }
    }
    std::optional<Pose> at(double seconds, const Pose&) const override {
        if (!last_.second) {
            return std::nullopt;
        }
        Pose pose = *last_.second;
        if (moves_ && before_.second) {
            const double share = std::min(seconds - last_.first, PredictOptions{}.max_lead_s) /
                                 (last_.first - before_.first);
            for (std::size_t i = 0; i < pose.keypoints.size(); ++i) {
                Keypoint& point = pose.keypoints[i];
                const Keypoint& old = before_.second->keypoints[i];
                point.x += static_cast<float>(share) * (point.x - old.x);
                point.y += static_cast<float>(share) * (point.y - old.y);
            }
        }
        return pose;
    }

  private:
    bool moves_;
    std::pair<double, std::optional<Pose>> last_, before_;
};

class Filtered final : public Predictor {
  public:
    void observe(const TimedPose& result, cv::Size picture) override {
        std::vector<Pose> poses;
        if (result.measured) {
            poses.push_back(*result.measured);
        }
        predict_.observe(result.seconds, std::move(poses), picture, result.scene_start);
    }
    std::optional<Pose> at(double seconds, const Pose& truth) const override {
        const std::vector<Pose> poses = predict_.at(seconds);
        const auto off = [&](const Pose& pose) {
            const Keypoint& a = pose.at(Joint::kLeftShoulder);
            const Keypoint& b = truth.at(Joint::kLeftShoulder);
            return std::hypot(a.x - b.x, a.y - b.y);
        };
        const auto nearest =
            std::min_element(poses.begin(), poses.end(),
                             [&](const Pose& a, const Pose& b) { return off(a) < off(b); });
        return nearest == poses.end() ? std::nullopt : std::optional(*nearest);
    }

  private:
    PredictPoses predict_{PredictOptions{.person = {.kind = PersonRule::Kind::kAll}}};
};

struct Samples {
    std::vector<double> values;
    void add(double value) { values.push_back(value); }
    double mean() const {
        double sum = 0;
        for (const double value : values) {
            sum += value;
        }
        return values.empty() ? 0 : sum / static_cast<double>(values.size());
    }
    double p95() const {
        if (values.empty()) {
            return 0;
        }
        std::vector<double> sorted = values;
        std::sort(sorted.begin(), sorted.end());
        return sorted[(sorted.size() - 1) * 95 / 100];
    }
};

/// Errors in trunk lengths; jitter in shoulder widths.
struct Figures {
    Samples trunk, limbs;
    Samples shake;   ///< second difference of the trunk's joints, beyond the truth's, on the screen
    Samples jitter;  ///< second difference of the torso's outline in the body's own coordinates
};

using Points = std::map<int, cv::Point2d>;

void add_second_differences(std::deque<Points>& last, Points now, Samples& samples) {
    last.push_back(std::move(now));
    if (last.size() < 3) {
        return;
    }
    for (const auto& [number, c] : last[2]) {
        const auto a = last[0].find(number), b = last[1].find(number);
        if (a != last[0].end() && b != last[1].end()) {
            samples.add(cv::norm(a->second - 2 * b->second + c));
        }
    }
    last.pop_front();
}

/// Where the torso's outline is in the body's own coordinates, as tests/figures measure a garment.
Points outline(const Pose& pose, const BodyFrame& body) {
    Points points;
    for (std::size_t side = 0; side < 2 && pose.shape; ++side) {
        for (std::size_t i = 0; i < BodyShape::kRows; i += 4) {
            const Measure& width = pose.shape->half_width[side][i];
            const double level = BodyShape::row_level(i);
            if (width.certainty > 0.2F && level >= 0 && level <= 1.6) {
                const double sign = side == 0 ? 1 : -1;
                const cv::Point2d at = body.spine(level) - body.middle +
                                       body.row(level) * (sign * width.value * body.unit);
                points[static_cast<int>(100 * side + i)] =
                    cv::Point2d(at.dot(body.across), at.dot(body.down)) / body.unit;
            }
        }
    }
    return points;
}

class Judge {
  public:
    void add(const Pose& pose, const Pose& truth) {
        const double scale = body_scale(truth);
        const auto error = [&](Joint joint) {
            const Keypoint& a = pose.at(joint);
            const Keypoint& b = truth.at(joint);
            return std::hypot(a.x - b.x, a.y - b.y) / scale;
        };
        for (const Joint joint : kTrunk) {
            figures_.trunk.add(error(joint));
        }
        for (const Joint joint : kLimbs) {
            if (truth.at(joint).score >= kSeen) {
                figures_.limbs.add(error(joint));
            }
        }
        const auto body = body_frame(pose, 0);
        const auto true_body = body_frame(truth, 0);
        if (!body || !true_body) {
            return;
        }
        Points off;
        for (const Joint joint : kTrunk) {
            const Keypoint& a = pose.at(joint);
            const Keypoint& b = truth.at(joint);
            off[static_cast<int>(joint)] = cv::Point2d(a.x - b.x, a.y - b.y) / true_body->unit;
        }
        add_second_differences(off_, std::move(off), figures_.shake);
        add_second_differences(outline_, outline(pose, *body), figures_.jitter);
    }
    const Figures& figures() const { return figures_; }

  private:
    Figures figures_;
    std::deque<Points> off_, outline_;
};

struct Late {
    double rate = 0;   ///< results a second
    double lag_s = 0;  ///< from a frame to its result
};

Figures play(const Recording& recording, const Late& late, Predictor& predictor) {
    Judge judge;
    double next_view = 0, next_shown = 0, judged_from = kSettled;
    const Pose* before = nullptr;
    std::deque<const TimedPose*> under_way;
    const cv::Size picture = recording.size;
    constexpr double kSame = 1e-6;
    for (const TimedPose& frame : recording.frames) {
        if (frame.seconds + kSame >= next_view) {
            under_way.push_back(&frame);
            next_view = std::max(next_view + 1 / late.rate, frame.seconds);
        }
        if (frame.measured) {
            if (before != nullptr && is_splice(*before, *frame.measured)) {
                judged_from = frame.seconds + kSettled;
            }
            before = &*frame.measured;
        }
        while (!under_way.empty() &&
               under_way.front()->seconds + late.lag_s <= frame.seconds + kSame) {
            predictor.observe(*under_way.front(), picture);
            under_way.pop_front();
        }
        if (frame.seconds + kSame < next_shown) {
            continue;
        }
        next_shown += 1 / kRenderRate;
        if (frame.seconds < judged_from || !frame.truth) {
            continue;
        }
        if (const auto pose = predictor.at(frame.seconds, *frame.truth)) {
            judge.add(*pose, *frame.truth);
        }
    }
    return judge.figures();
}

void print_row(const std::string& clip, const Late& late, const char* name, const Figures& f) {
    const auto percent = [](double share) { return 100 * share; };
    fmt::print("| {} | {:.0f} | {:.0f} | {} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:.2f} | {} |\n",
               clip, late.rate, 1000 * late.lag_s, name, percent(f.trunk.mean()),
               percent(f.trunk.p95()), percent(f.limbs.mean()), percent(f.limbs.p95()),
               percent(f.shake.mean()),
               f.jitter.values.empty() ? "-" : fmt::format("{:.2f}", percent(f.jitter.mean())));
}

void measure(const Recording& recording) {
    for (const double rate : {10.0, 15.0, 25.0, 30.0}) {
        for (const double lag_s : {0.03, 0.05, 0.1}) {
            const Late late{rate, lag_s};
            Simple held(false), linear(true);
            Filtered filtered;
            print_row(recording.name, late, "held", play(recording, late, held));
            print_row(recording.name, late, "linear", play(recording, late, linear));
            print_row(recording.name, late, "predicted", play(recording, late, filtered));
        }
    }
}

}  // namespace
}  // namespace closet

int main(int argc, char** argv) {
    try {
        fmt::print(
            "| clip | results/s | lag, ms | poses | trunk | p95 | arms | p95 | shake | jitter |\n"
            "|---|---|---|---|---|---|---|---|---|---|\n");
        for (int i = 1; i < argc; ++i) {
            closet::measure(closet::read(argv[i]));
        }
        return argc > 1 ? 0 : 2;
    } catch (const closet::Error& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 1;
    }
}
