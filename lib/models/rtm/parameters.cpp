#include "models/rtm/parameters.h"

#include <functional>
#include <numeric>

namespace closet {

std::vector<float> Parameters::take(const std::string& key, const Shape& shape, float start) {
    const Request& request = requests_.emplace_back(key, shape, state_.find(key));
    if (surveys()) {
        return {};
    }
    if (request.fits()) {
        return to_floats(*request.found);
    }
    const auto count =
        std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    return std::vector<float>(static_cast<std::size_t>(count), start);
}

}  // namespace closet
