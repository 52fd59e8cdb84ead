/// What --precision bf16 and int8 do to keypoints: people are read with them and with float32 in
/// the same regions of the same pictures. Not a test. results/engines.md
///   measure_int8 MODEL PRECISION,... FILE...
/// MODEL: as --model. FILE: clips and pictures; of a clip 40 frames spread over it are taken.
/// Prints the distance of 12 joints as a share of the torso, of all files and of each by itself.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "batch/batch.h"
#include "decode/decode.h"
#include "dev/program.h"
#include "infer/pose_models.h"
#include "pipeline/worker_pool.h"

namespace closet {
namespace {

constexpr std::size_t kMostOfClip = 40;

struct Person {
    cv::Mat picture;
    Region region;
};

std::vector<cv::Mat> pictures_of(const std::string& file) {
    Decode decode(file);
    Batch batch({.every = 1});
    std::vector<cv::Mat> all;
    const Emit<FrameBatch> keep = [&](FrameBatch frames) {
        for (const auto& key : frames.keys) {
            all.push_back(key.view.rgb.clone());
        }
        return true;
    };
    while (auto frame = decode.next()) {
        batch.process(std::move(*frame), keep);
    }
    batch.flush(keep);
    std::vector<cv::Mat> some;
    const std::size_t count = std::min(kMostOfClip, all.size());
    for (std::size_t i = 0; i < count; ++i) {
        some.push_back(all[i * all.size() / count]);
    }
    return some;
}

/// The most prominent person of each picture, in the region where estimates settle.
std::vector<Person> people_of(PoseModel& model, const std::string& file) {
    constexpr int kLooks = 3;
    std::vector<Person> people;
    for (const cv::Mat& picture : pictures_of(file)) {
        std::vector<std::vector<Region>> found = model.find({&picture, 1});
        find_headless(model, {&picture, 1}, found);
        bool is_there = !found[0].empty();
        for (int look = 0; look < kLooks && is_there; ++look) {
            const PoseInput input{.picture = &picture, .region = found[0][0]};
            const PoseEstimate estimate = model.estimate({&input, 1})[0];
            found[0][0] = estimate.region;
            is_there = estimate.presence >= model.least_presence() &&
                       is_usable(estimate.region, picture.size());
        }
        if (is_there) {
            people.push_back({picture, found[0][0]});
        }
    }
    return people;
}

std::vector<Pose> read(PoseModel& model, const std::vector<Person>& people) {
    std::vector<PoseInput> inputs;
    for (const Person& person : people) {
        inputs.push_back({.picture = &person.picture, .region = person.region});
    }
    std::vector<Pose> poses;
    for (const PoseEstimate& estimate : model.estimate(inputs)) {
        Pose& pose = poses.emplace_back();
        pose.skeleton = model.skeleton();
        pose.keypoints = estimate.keypoints;
    }
    return poses;
}

/// Percent of the torso.
std::vector<double> distances(const std::vector<Pose>& truth, const std::vector<Pose>& other) {
    std::vector<double> all;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        for (int joint = static_cast<int>(Joint::kLeftShoulder); joint < kJointCount; ++joint) {
            const Keypoint& p = truth[i].at(static_cast<Joint>(joint));
            const Keypoint& q = other[i].at(static_cast<Joint>(joint));
            all.push_back(100 * std::hypot(p.x - q.x, p.y - q.y) / torso_length(truth[i]));
        }
    }
    return all;
}

void print(const std::string& what, std::vector<double> errors) {
    if (errors.empty()) {
        return;
    }
    std::sort(errors.begin(), errors.end());
    const auto at = [&](double share) {
        return errors[static_cast<std::size_t>(share * static_cast<double>(errors.size() - 1))];
    };
    std::printf(
        "%-50s %4zu joints: mean %.2f %%, median %.2f, p95 %.2f, largest %.0f\n", what.c_str(),
        errors.size(),
        std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size()),
        at(0.5), at(0.95), at(1));
}

int run(const std::vector<std::string>& arguments) {
    WorkerPool workers(0);
    InferOptions options;
    options.model = arguments[0];
    options.device = "cpu";
    const auto exact = make_pose_model(options, workers);
    std::vector<std::vector<Person>> people;
    std::vector<std::vector<Pose>> truth;
    for (std::size_t i = 2; i < arguments.size(); ++i) {
        people.push_back(people_of(*exact, arguments[i]));
        truth.push_back(read(*exact, people.back()));
    }
    std::istringstream precisions(arguments[1]);
    while (std::getline(precisions, options.precision, ',')) {
        const auto model = make_pose_model(options, workers);
        std::vector<double> all;
        for (std::size_t i = 0; i < people.size(); ++i) {
            const std::vector<double> errors = distances(truth[i], read(*model, people[i]));
            print(options.precision + " " + arguments[i + 2], errors);
            all.insert(all.end(), errors.begin(), errors.end());
        }
        print(options.precision + ", all", all);
    }
    return EXIT_SUCCESS;
}

}  // namespace
}  // namespace closet

int main(int argc, char** argv) {
    return closet::dev::program(argc, argv, 3, "measure_int8 MODEL PRECISION,... FILE...",
                                closet::run);
}
