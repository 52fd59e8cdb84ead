#include "models/rtm/scale_norm.h"

namespace closet {

NetworkWriter::Value scale_norm(NetworkWriter& net, const std::string& name,
                                NetworkWriter::Value x) {
    const auto gain = net.parameters.take(name + ".g", {1}, 1);
    return net.graph.scale_norm(x, gain.empty() ? 1 : gain.front());
}

}  // namespace closet
