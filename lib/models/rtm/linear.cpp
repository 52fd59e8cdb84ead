#include "models/rtm/linear.h"

#include <cstddef>
#include <utility>

namespace closet {

NetworkWriter::Value linear(NetworkWriter& net, std::vector<float> weights, NetworkWriter::Value x,
                            std::int64_t channels, Activation activation,
                            std::optional<NetworkWriter::Value> residual) {
    ConvNode node{.window = {},
                  .weights = std::move(weights),
                  .bias = std::vector<float>(static_cast<std::size_t>(channels), 0.0F),
                  .activation = activation};
    return residual ? net.graph.conv(std::move(node), x, channels, *residual)
                    : net.graph.conv(std::move(node), x, channels);
}

}  // namespace closet
