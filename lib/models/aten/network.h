#pragma once

#include <memory>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include "models/graph/network_graph.h"
#include "models/network.h"

namespace closet {

/// Runs a network graph with LibTorch operators, on any device and in any float type.
///
/// Pictures are channels_last throughout. On the CPU, convolutions go to oneDNN with weights that
/// are reordered once, at load, and with the activation fused in; elsewhere, and where this build
/// of LibTorch lacks those operators, to at::conv2d.
///
/// On the CPU the pictures of a batch are run one after the other: the activations of one picture
/// stay in the cache, and the batch size cannot change a result. Elsewhere the batch is one pass.
class AtenNetwork final : public Network {
  public:
    /// Throws c10::Error where the options' device cannot hold it.
    AtenNetwork(NetworkGraph graph, const NetworkOptions& options);

    std::vector<NetworkOutput> compute(std::span<const float> nhwc_input, std::size_t count,
                                       const WantsLast& wants_last = {}) const override;

    /// See Network::forward.
    std::vector<at::Tensor> run(const at::Tensor& nchw_input) const;

    cv::Size input_size() const override;
    const std::vector<Output>& outputs() const override { return outputs_; }

  private:
    struct Weights {
        /// out x in x kh x kw, channels_last or in oneDNN's layout; undefined if the node has none.
        at::Tensor weight;
        at::Tensor bias;
    };
    Weights to_tensors(const Node& node) const;
    void pack();
    std::vector<at::Tensor> run_once(const at::Tensor& input) const;
    at::Tensor execute(std::size_t index, const std::vector<at::Tensor>& inputs) const;
    at::Tensor convolve(const ConvNode& conv, std::size_t index,
                        const std::vector<at::Tensor>& inputs) const;

    NetworkGraph graph_;
    c10::Device device_;
    at::ScalarType dtype_;
    int threads_;
    bool onednn_;  ///< whether convolutions go to oneDNN
    std::vector<Output> outputs_;
    std::vector<Weights> weights_;                ///< one a node
    std::vector<std::vector<std::size_t>> dead_;  ///< values to release after each node
};

/// For make_aten_network. Throws ModelError where the options' device cannot hold it.
std::shared_ptr<const Network> load_on_aten(NetworkGraph graph, const NetworkOptions& options);

}  // namespace closet
