#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/checkpoint/checkpoint.h"

namespace closet {

/// The tensors of a checkpoint under the names that OpenMMLab's code gives them
/// ("backbone.stem.0.conv.weight"): without what a wrapper put before all names (DataParallel's
/// "module.", say), and without what no network reads. Refers to the checkpoint, which must outlive
/// it.
///
/// Left aside: the step counters of batch normalization (`num_batches_tracked`), a second set of
/// weights (`ema_state_dict.*`, `teacher.*`) and the picture's mean and deviation
/// (`data_preprocessor.*`), which are known.
class StateDict {
  public:
    /// `tensors`: of a checkpoint, which must outlive it.
    explicit StateDict(std::span<const TensorEntry> tensors);

    /// Null where there is none.
    const TensorEntry* find(std::string_view key) const;

    /// Sorted by key.
    const std::map<std::string, const TensorEntry*, std::less<>>& tensors() const {
        return tensors_;
    }
    const std::string& prefix() const { return prefix_; }  ///< stripped: "module.", mostly empty
    std::size_t left_aside() const { return left_aside_; }

    /// Keys outside of the prefix that are none of the above.
    const std::vector<std::string>& strangers() const { return strangers_; }

  private:
    std::string prefix_;
    std::map<std::string, const TensorEntry*, std::less<>> tensors_;
    std::size_t left_aside_ = 0;
    std::vector<std::string> strangers_;
};

/// Where the blocks of a network get their weights. Each one asked for is recorded, so the list of
/// an architecture's parameters is what the code that builds it asks for; there is no second list.
class Parameters {
  public:
    using Shape = std::vector<std::int64_t>;

    enum class Purpose {
        kSurvey,  ///< records what is asked for, reads nothing
        kLoad,
    };

    struct Request {
        std::string key;
        Shape shape;
        const TensorEntry* found = nullptr;  ///< null where the checkpoint has none of that name
        bool fits() const { return found != nullptr && found->shape == shape; }
    };

    /// `state` must outlive it.
    Parameters(const StateDict& state, Purpose purpose) : state_(state), purpose_(purpose) {}

    /// The numbers of the parameter `key` in row-major order, or `start` for each where the
    /// checkpoint has none of that name and shape. Empty in a survey.
    std::vector<float> take(const std::string& key, const Shape& shape, float start = 0);

    bool has(const std::string& key) const { return state_.find(key) != nullptr; }

    /// Keys that begin so belong to the network without being read: they are not unexpected.
    void leave_aside(std::string prefix) { left_aside_.push_back(std::move(prefix)); }
    bool is_left_aside(std::string_view key) const {
        return std::any_of(left_aside_.begin(), left_aside_.end(),
                           [&](const std::string& prefix) { return key.starts_with(prefix); });
    }

    /// Whether `take` gives no numbers, so that none can be worked with.
    bool surveys() const { return purpose_ == Purpose::kSurvey; }

    const std::vector<Request>& requests() const { return requests_; }

  private:
    const StateDict& state_;
    Purpose purpose_;
    std::vector<Request> requests_;
    std::vector<std::string> left_aside_;
};

}  // namespace closet
