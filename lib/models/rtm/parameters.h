#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/rtm/state_dict.h"

namespace closet {

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

    /// Whether `take` gives no numbers, so that none can be worked with.
    bool surveys() const { return purpose_ == Purpose::kSurvey; }

    const std::vector<Request>& requests() const { return requests_; }

  private:
    const StateDict& state_;
    Purpose purpose_;
    std::vector<Request> requests_;
};

}  // namespace closet
