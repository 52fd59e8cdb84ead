#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "models/networks/families.h"

namespace closet {

/// Writes down the weights of a try-on network, layer by layer, under the names of PyTorch's
/// modules.
struct WeightList {
    std::vector<WeightSpec> weights;

    void add(std::string key, Parameters::Shape shape, float start = 0) {
        weights.push_back({std::move(key), std::move(shape), start});
    }
    /// A square convolution with bias.
    void conv(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t kernel) {
        add(name + ".weight", {out, in, kernel, kernel});
        add(name + ".bias", {out});
    }
    void batch_norm(const std::string& name, std::int64_t channels) {
        add(name + ".weight", {channels}, 1);
        add(name + ".bias", {channels});
        add(name + ".running_mean", {channels});
        add(name + ".running_var", {channels}, 1);
    }
};

/// Channels that the convolution of this key gives, or where `axis` is 1: takes. Throws ModelError,
/// which calls the network `what`, where the tensor is missing, no convolution's, or of more than
/// 4096 channels: a damaged or hostile file.
std::int64_t channels_of(const StateDict& state, const std::string& key, const char* what,
                         std::size_t axis = 0);

}  // namespace closet
