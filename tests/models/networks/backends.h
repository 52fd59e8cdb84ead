#pragma once

#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Context.h>

#include "models/aten/network.h"
#include "models/network.h"
#include "models/nhwc/network.h"
#include "support/doctest_with_torch.h"

namespace closet::test {

/// Everything that can run a graph on the CPU in float32.
struct Backend {
    std::string name;
    std::shared_ptr<const Network> network;
};

/// `plain` adds LibTorch's operators without oneDNN, as on machines where it is missing. They take
/// seconds on the large networks.
inline std::vector<Backend> backends(const NetworkGraph& graph, bool plain) {
    std::vector<Backend> all;
    const NhwcKernels* const kernels = nhwc_kernels();
    if (kernels != nullptr) {
        REQUIRE(nhwc_supports(graph));
        all.push_back({"own kernels", std::make_shared<NhwcNetwork>(graph, *kernels)});
    }
    all.push_back({"oneDNN", std::make_shared<AtenNetwork>(graph, NetworkOptions{})});
    if (plain) {
        at::globalContext().setUserEnabledMkldnn(false);
        all.push_back({"LibTorch", std::make_shared<AtenNetwork>(graph, NetworkOptions{})});
        at::globalContext().setUserEnabledMkldnn(true);
    }
    return all;
}

}  // namespace closet::test
