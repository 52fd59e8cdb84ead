#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <span>
#include <stdexcept>
#include <thread>
#include <vector>

#include <opencv2/core.hpp>

#include "infer/fake_pose_model.h"
#include "infer/pose_model.h"

namespace closet::test {

/// A door in a thread's way. It gives in after a while, so that no test hangs.
class Gate {
  public:
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    void open() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = false;
        }
        changed_.notify_all();
    }
    /// Waits until the gate is open.
    void pass() {
        std::unique_lock lock(mutex_);
        waiting_ = closed_;
        changed_.notify_all();
        changed_.wait_for(lock, kPatience, [this] { return !closed_; });
        waiting_ = false;
    }
    /// Waits until somebody stands before the gate.
    bool wait_for_somebody() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kPatience, [this] { return waiting_; });
    }

  private:
    static constexpr std::chrono::seconds kPatience{10};

    std::mutex mutex_;
    std::condition_variable changed_;
    bool closed_ = false, waiting_ = false;
};

/// A network that sees one person at a place of the picture that the test chooses, as slowly as the
/// test chooses.
class ScriptedModel : public PoseModel {
  public:
    Skeleton skeleton() const override { return Skeleton::kCoco17; }
    float least_presence() const override { return 0.5F; }

    Region region_of_box(const Box& box, cv::Size) const override {
        return {.center = {box.x + box.width / 2.0, box.y + box.height / 2.0},
                .side = std::max(box.width, box.height),
                .rotation = 0};
    }

    std::vector<std::vector<Region>> find(std::span<const cv::Mat> pictures) override {
        work(is_there ? 0 : pictures.size());  // a person who is there is read in any case
        std::vector<std::vector<Region>> result;
        for (const cv::Mat& picture : pictures) {
            result.emplace_back();
            if (is_there) {
                result.back().push_back(region_in(picture));
            }
        }
        return result;
    }

    std::vector<PoseEstimate> estimate(std::span<const PoseInput> inputs) override {
        work(inputs.size());
        std::vector<PoseEstimate> result;
        for (const PoseInput& input : inputs) {
            const Region region = region_in(*input.picture);
            PoseEstimate estimate;
            estimate.presence = is_there ? 0.97F : 0.02F;
            estimate.keypoints = figure({.center = region.center, .side = region.side});
            estimate.region = region;
            result.push_back(std::move(estimate));
        }
        return result;
    }

    std::atomic<bool> is_there{true};
    std::atomic<double> x{0.5};        ///< of the hips' middle, share of the picture's width
    std::atomic<int> ms_per_input{0};  ///< how slow it is; batches make it no faster
    std::atomic<bool> is_broken{false};
    std::atomic<int> calls{0};
    Gate gate;  ///< every call passes it

  private:
    Region region_in(const cv::Mat& picture) const {
        return {.center = {x * picture.cols, 0.6 * picture.rows},
                .side = 0.9 * picture.rows,
                .rotation = 0};
    }

    void work(std::size_t inputs) {
        ++calls;
        gate.pass();
        std::this_thread::sleep_for(std::chrono::milliseconds(ms_per_input) * inputs);
        if (is_broken) {
            throw std::runtime_error("the network broke");
        }
    }
};

}  // namespace closet::test
