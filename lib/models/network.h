#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>
#include <opencv2/core/types.hpp>

#include "models/graph/network_graph.h"

namespace closet {

struct NetworkOptions {
    c10::Device device = c10::Device(c10::kCPU);

    /// What weights and activations are held in: kFloat, or kHalf / kBFloat16 for speed. Inputs and
    /// outputs are float32 in any case.
    at::ScalarType dtype = at::kFloat;

    /// Positions in a .tflite or .onnx file's list of outputs that `forward` returns, in this
    /// order; empty = all. Operators that only other outputs need are dropped.
    std::vector<std::size_t> outputs;

    /// The same by their names, of an .onnx file whose `outputs` are empty.
    std::vector<std::string> output_names{};

    /// Height and width to run an .onnx file at that leaves them open; 0 where nothing is said.
    std::array<std::int64_t, 2> input_shape{};
};

/// Whether the last output is wanted for a picture whose other outputs are these.
using WantsLast = std::function<bool(std::span<const std::span<const float>> others)>;

/// A network, ready to run. Immutable after load.
class Network {
  public:
    struct Output {
        std::string name;
        std::vector<std::int64_t> shape;  ///< for N = 1, axes as in the graph (NHWC)
    };

    virtual ~Network() = default;

    /// `nchw_input`: float32, N x C x H x W with any N >= 1 and C, H, W as the graph has them, in
    /// any memory format, on any device. It is copied to the network's device when it lies on
    /// another one.
    ///
    /// Returns one float32 tensor an output, contiguous, on the network's device, with the graph's
    /// axis order (NHWC for pictures) and N first. The tensors are the caller's own.
    ///
    /// Safe to call from several threads at once; on the CPU a picture's result does not depend on
    /// its batch. In float32 on the CPU the pose networks run on the calling thread only; where
    /// LibTorch's operators do the work they use its intra-op threads too, so call
    /// at::set_num_threads(1) once in each calling thread, and use one of those a core. On CUDA
    /// nothing is synchronized: the work is queued on the current stream, and after one warm-up
    /// call of the same N the call can be captured in a graph.
    ///
    /// Throws ModelError where the input has another shape or type.
    virtual std::vector<at::Tensor> forward(const at::Tensor& nchw_input) const = 0;

    /// As `forward`, for one picture on the CPU. What only the last output needs runs where
    /// `wants_last` says so; otherwise that output's numbers are unspecified. Networks that cannot
    /// stop halfway compute all of it and do not ask.
    virtual std::vector<at::Tensor> forward_on_demand(const at::Tensor& nchw_input,
                                                      const WantsLast& wants_last) const;

    /// Width and height of the input picture.
    virtual cv::Size input_size() const = 0;

    /// What `forward` returns, in order.
    virtual const std::vector<Output>& outputs() const = 0;

  protected:
    /// For backends. Throws ModelError unless the tensor is float32, N x C x H x W with the C, H, W
    /// of `nhwc`. `name`: the file, for the message.
    static void check_input(const at::Tensor& nchw_input, const std::string& name,
                            const std::vector<std::int64_t>& nhwc);

    /// Names and shapes of the graph's outputs.
    static std::vector<Output> describe_outputs(const NetworkGraph& graph);
};

/// The network that runs a graph, on the best backend for the options: this project's own kernels
/// where they serve graph, CPU and type, else LibTorch's operators.
std::shared_ptr<const Network> make_network(NetworkGraph graph, const NetworkOptions& options = {});

/// Reads a .tflite file and makes the network. Throws ModelError where the file is damaged or uses
/// an operator that is not supported (the text names it).
std::shared_ptr<const Network> load_tflite(const std::filesystem::path& path,
                                           const NetworkOptions& options = {});

/// The same of an .onnx file.
std::shared_ptr<const Network> load_onnx(const std::filesystem::path& path,
                                         const NetworkOptions& options = {});

}  // namespace closet
