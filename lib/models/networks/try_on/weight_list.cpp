#include "models/networks/try_on/weight_list.h"

#include <fmt/format.h>

#include "core/error.h"

namespace closet {

std::int64_t channels_of(const StateDict& state, const std::string& key, const char* what,
                         std::size_t axis) {
    constexpr std::int64_t kMostChannels = 4096;
    const TensorEntry* const tensor = state.find(key);
    if (tensor == nullptr || tensor->shape.size() != 4) {
        throw ModelError(fmt::format("it is {} without the convolution {}", what, key));
    }
    const std::int64_t channels = tensor->shape[axis];
    if (channels < 1 || channels > kMostChannels) {
        throw ModelError(fmt::format("it is {} with {} channels in {}, where 1 to {} can be used",
                                     what, channels, key, kMostChannels));
    }
    return channels;
}

}  // namespace closet
