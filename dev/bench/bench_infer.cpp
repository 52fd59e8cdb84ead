/// What inference costs and what batching does to it, on a real clip. Not a test.
///   bench_infer lag CLIP [EVERY]  keypoint error of batch sizes against batch 1, key frames every
///                                 EVERY frames (1)
///   bench_infer time CLIP         milliseconds of each part and crops a second, by workers

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "batch/batch.h"
#include "core/error.h"
#include "decode/decode.h"
#include "infer/blazepose/blazepose.h"
#include "infer/blazepose/detection.h"
#include "infer/blazepose/landmarks.h"
#include "infer/infer.h"
#include "infer/pose_models.h"
#include "pipeline/worker_pool.h"

namespace closet {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<Frame> read_clip(const std::string& path) {
    Decode decode(path);
    std::vector<Frame> frames;
    while (auto frame = decode.next()) {
        frames.push_back(std::move(*frame));
    }
    return frames;
}

Frame copy_of(const Frame& frame) {
    Frame copy;
    copy.index = frame.index;
    copy.pts = frame.pts;
    copy.duration = frame.duration;
    copy.time_base = frame.time_base;
    copy.orientation = frame.orientation;
    copy.image = reference(*frame.image);
    return copy;
}

struct Run {
    std::vector<std::vector<Pose>> poses;  ///< of each frame
    TrackerCounts counts;
    double seconds = 0;
};

Run run(const std::vector<Frame>& frames, std::shared_ptr<PoseModel> model, BatchOptions options) {
    Batch batch(options);
    Infer infer(std::move(model), InferOptions{});
    Run result;
    const Emit<PosedBatch> collect = [&](PosedBatch posed) {
        for (auto& key : posed.keys) {
            result.poses.push_back(std::move(key.poses));
        }
        return true;
    };
    const Emit<FrameBatch> forward = [&](FrameBatch collected) {
        infer.process(std::move(collected), collect);
        return true;
    };
    const auto start = Clock::now();
    for (const Frame& frame : frames) {
        batch.process(copy_of(frame), forward);
    }
    batch.flush(forward);
    result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    result.counts = infer.counts();
    return result;
}

void print_lag(const std::vector<Frame>& frames, const std::shared_ptr<PoseModel>& model,
               int every) {
    const auto settings = [every](int size) {
        BatchOptions options;
        options.size = size;
        options.every = every;
        return options;
    };
    const Run truth = run(frames, model, settings(1));
    for (const int size : {1, 2, 4, 5, 8, 16}) {
        const Run other = run(frames, model, settings(size));
        std::vector<double> errors;  // mean of a frame's keypoints, share of the trunk
        std::vector<double> points;  // each of the 12 of arms, legs and trunk
        std::size_t one_sided = 0;
        for (std::size_t i = 0; i < truth.poses.size(); ++i) {
            if (truth.poses[i].empty() || other.poses[i].empty()) {
                one_sided += truth.poses[i].empty() != other.poses[i].empty() ? 1 : 0;
                continue;
            }
            const Pose& a = truth.poses[i][0];
            const Pose& b = other.poses[i][0];
            double sum = 0;
            for (int joint = static_cast<int>(Joint::kLeftShoulder); joint < kJointCount; ++joint) {
                const Keypoint& p = a.at(static_cast<Joint>(joint));
                const Keypoint& q = b.at(static_cast<Joint>(joint));
                const double error = std::hypot(p.x - q.x, p.y - q.y) / torso_length(a);
                points.push_back(error);
                sum += error / 12;
            }
            errors.push_back(sum);
        }
        std::sort(points.begin(), points.end());
        const double mean =
            std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
        std::printf(
            "batch %2d: error mean %.3f %% p95 %.3f %% largest %.2f %% of the trunk; %zu frames, "
            "%zu on one side only; %lld readings, %lld second looks, %lld opinions, %lld "
            "detections; %.2f s\n",
            size, 100 * mean, 100 * points[points.size() * 95 / 100], 100 * points.back(),
            errors.size(), one_sided, static_cast<long long>(other.counts.estimates),
            static_cast<long long>(other.counts.corrections),
            static_cast<long long>(other.counts.retries),
            static_cast<long long>(other.counts.detections), other.seconds);
    }
}

/// Median milliseconds of a call.
template <class Work>
double median_ms(int repeats, Work&& work) {
    std::vector<double> times;
    for (int i = 0; i < repeats; ++i) {
        const auto start = Clock::now();
        work();
        times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    std::nth_element(times.begin(), times.begin() + repeats / 2, times.end());
    return times[static_cast<std::size_t>(repeats / 2)];
}

/// The parts behind the network, on made-up outputs.
void print_decode_times() {
    std::vector<float> values(kLandmarkCount * kLandmarkValues, 100.0F);
    const std::vector<float> heat(
        static_cast<std::size_t>(kHeatMapSize * kHeatMapSize) * kLandmarkCount, 0.5F);
    const std::vector<float> mask(static_cast<std::size_t>(kLandmarkCropSize * kLandmarkCropSize),
                                  0.5F);
    const std::vector<float> boxes(kAnchorCount * kDetectionValues, 1.0F);
    const std::vector<float> scores(kAnchorCount, -5.0F);
    std::printf("landmark decode and refinement %.3f ms, mask %.3f ms, detection decode %.3f ms\n",
                median_ms(51,
                          [&] {
                              Landmarks landmarks = decode_landmarks(values);
                              refine_landmarks(landmarks, heat);
                          }),
                median_ms(51, [&] { person_probability(mask, kLandmarkCropSize); }),
                median_ms(51, [&] { decode_detections(boxes, scores, 0.5F); }));
}

void print_times(const std::vector<Frame>& frames) {
    print_decode_times();
    for (const unsigned helpers : {0U, 1U, 3U}) {
        WorkerPool workers(helpers);
        const std::shared_ptr<PoseModel> model = make_pose_model({}, workers);
        ViewMaker views(0.5);
        const View view = views.make(frames.back());
        const auto people = model->find(std::vector{view.rgb});
        const Region region = people[0].empty() ? letterbox(view.rgb.size()) : people[0].front();
        cv::Mat crop(256, 256, CV_8UC3);
        std::printf("%u worker(s): view %.3f ms, crop %.3f ms\n", workers.concurrency(),
                    median_ms(51, [&] { views.make(frames.back()); }), median_ms(51, [&] {
                        crop_region(view.rgb, region, Border::kReplicate, crop);
                    }));
        for (const std::size_t size : {1U, 2U, 4U, 8U}) {
            const std::vector<PoseInput> inputs(size, PoseInput{&view.rgb, region});
            const std::vector<cv::Mat> pictures(size, view.rgb);
            const double read = median_ms(31, [&] { model->estimate(inputs); });
            const double find = median_ms(31, [&] { model->find(pictures); });
            std::printf(
                "  batch %zu: landmarks %.2f ms a crop, %.0f crops/s; detector %.2f ms a "
                "picture\n",
                size, read / static_cast<double>(size), 1000.0 * static_cast<double>(size) / read,
                find / static_cast<double>(size));
        }
        BatchOptions options;
        options.size = 4;
        options.every = 1;
        const Run whole = run(frames, model, options);
        std::printf("  whole clip, batch and infer, every frame: %.1f frames/s\n",
                    static_cast<double>(frames.size()) / whole.seconds);
    }
}

}  // namespace
}  // namespace closet

int main(int argc, char** argv) {
    using namespace closet;
    if (argc < 3 || argc > 4) {
        std::fprintf(stderr, "usage: bench_infer lag|time CLIP [EVERY]\n");
        return 2;
    }
    try {
        cv::setNumThreads(1);
        const auto frames = read_clip(argv[2]);
        if (std::strcmp(argv[1], "lag") == 0) {
            WorkerPool workers(1);
            print_lag(frames, make_pose_model({}, workers), argc == 4 ? std::atoi(argv[3]) : 1);
        } else {
            print_times(frames);
        }
    } catch (const Error& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return 1;
    }
}
