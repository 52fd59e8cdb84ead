#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "models/aten/network.h"
#include "models/network.h"
#include "models/networks/load_as.h"
#include "models/nhwc/network.h"
#include "rtm_fixtures.h"
#include "support/doctest_with_torch.h"

namespace closet::test {

struct Runner {
    std::string name;
    std::shared_ptr<const Network> network;
};

/// LibTorch's operators, and the own kernels where they serve the graph.
inline std::vector<Runner> runners(const NetworkGraph& graph) {
    std::vector<Runner> all{{"LibTorch", std::make_shared<AtenNetwork>(graph, NetworkOptions{})}};
    const NhwcKernels* const kernels = nhwc_kernels();
    if (kernels != nullptr && nhwc_supports(graph)) {
        all.push_back({"own kernels", std::make_shared<NhwcNetwork>(graph, *kernels)});
    }
    return all;
}

/// What a network gave and what it should have given, under the names of the reference data.
class Comparison {
  public:
    /// The segmentation fixtures: errors stand in a file of the model's own.
    Comparison(const std::filesystem::path& folder, const std::string& model)
        : expected_(read_safetensors(folder / (model + "_expected.safetensors"))),
          facts_(nlohmann::json::parse(std::ifstream(folder / (model + "_expected.json")))) {}

    /// `facts`: of the pose and face fixtures, with errors under "values".
    Comparison(SafeTensors expected, nlohmann::json facts)
        : expected_(std::move(expected)), facts_(std::move(facts)) {}

    const SafeTensors& expected() const { return expected_; }
    const nlohmann::json& facts() const { return facts_; }

    void check(const std::string& name, const at::Tensor& ours) {
        const auto all = facts_.find("float32_vs_float64_max_error");
        const auto error = all != facts_.end()
                               ? all->at(name)
                               : facts_.at("values").at(name).at("fp32_vs_fp64_maxabs");
        check(name, ours, error.get<double>());
    }
    void check(const std::string& name, const at::Tensor& ours, double error) {
        CAPTURE(name);
        const at::Tensor theirs = to_tensor(expected_.at(name));
        REQUIRE(ours.sizes() == theirs.sizes());
        constexpr double kRoundings = 4;
        constexpr double kLastDigits = 3e-6;
        const double size = std::max(1.0, theirs.abs().max().item<double>());
        CHECK(worst(ours, theirs) <= std::max(kRoundings * error, kLastDigits * size));
        ++compared_;
    }
    std::size_t compared() const { return compared_; }

  private:
    SafeTensors expected_;
    nlohmann::json facts_;
    std::size_t compared_ = 0;
};

inline at::Tensor every(const at::Tensor& nchw, std::int64_t channel, std::int64_t pixel) {
    return nchw.slice(1, 0, {}, channel).slice(2, 0, {}, pixel).slice(3, 0, {}, pixel);
}

/// N x H x W x C as N x C x H x W.
inline at::Tensor nchw_of(const at::Tensor& nhwc) {
    return nhwc.permute({0, 3, 1, 2});
}

inline LoadOptions options_for(const at::Tensor& input, std::vector<std::string> taps) {
    return {.allow_partial = false,
            .input = std::pair{input.size(3), input.size(2)},
            .taps = std::move(taps)};
}

/// A batch of three gives what each picture alone gives.
inline void check_batch(const NetworkGraph& graph, const at::Tensor& input) {
    const at::Tensor batch = at::cat({input, input.flip({3}), input * 0.5F});
    for (const auto& [runner, network] : runners(graph)) {
        CAPTURE(runner);
        const at::Tensor together = network->forward(batch)[0];
        for (std::int64_t i = 0; i < 3; ++i) {
            CHECK(at::equal(together[i], network->forward(batch.narrow(0, i, 1))[0][0]));
        }
    }
}

}  // namespace closet::test
