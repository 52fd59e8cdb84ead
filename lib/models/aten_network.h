#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "models/network_graph.h"
#include "models/tflite_network.h"

namespace closet {

/// Runs a network graph with LibTorch operators, on any device and in any float type.
///
/// Pictures are channels_last throughout. On the CPU, convolutions go to oneDNN with weights that
/// are reordered once for each batch size and with the activation fused in; elsewhere, and where
/// this build of LibTorch lacks those operators, to at::conv2d.
class AtenNetwork final : public TfliteNetwork {
  public:
    AtenNetwork(NetworkGraph graph, const NetworkOptions& options);

    std::vector<at::Tensor> forward(const at::Tensor& nchw_input) const override;
    cv::Size input_size() const override;
    const std::vector<Output>& outputs() const override { return outputs_; }

  private:
    struct Weights {
        at::Tensor weight;  ///< out x in x kh x kw, channels_last; undefined if the node has none
        at::Tensor bias;
    };
    using PackedWeights = std::vector<at::Tensor>;  ///< one a node, undefined where not packed

    Weights to_tensors(const Node& node) const;
    std::shared_ptr<const PackedWeights> packed(std::int64_t batch) const;
    at::Tensor run(std::size_t index, const std::vector<at::Tensor>& values,
                   const PackedWeights* packed) const;
    at::Tensor convolve(const ConvNode& conv, std::size_t index,
                        const std::vector<at::Tensor>& values, const PackedWeights* packed) const;

    NetworkGraph graph_;
    c10::Device device_;
    at::ScalarType dtype_;
    bool pack_;  ///< whether convolutions go to oneDNN
    std::vector<Output> outputs_;
    std::vector<Weights> weights_;                ///< one a node
    std::vector<std::vector<std::size_t>> dead_;  ///< values to release after each node

    mutable std::mutex mutex_;
    mutable std::map<std::int64_t, std::shared_ptr<const PackedWeights>> packed_;  ///< by N
};

}  // namespace closet
