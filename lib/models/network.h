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

#include <opencv2/core/types.hpp>

#include "core/device.h"
#include "core/torch_part.h"
#include "models/graph/network_graph.h"

namespace at {
class Tensor;
}

namespace closet {

/// Sees the pictures that networks are given, for measurements.
class InputWatcher {
  public:
    virtual ~InputWatcher() = default;

    /// `graph`: the same object in all calls for a network. `picture`: dense NHWC, as its input.
    /// Several threads call it.
    virtual void see(const NetworkGraph& graph, std::span<const float> picture) = 0;
};

struct NetworkOptions {
    Device device{};

    /// What weights and activations are held in. Inputs and outputs are float32 in any case.
    Precision precision = Precision::kFp32;

    /// Of the CPU that LibTorch's operators may use in a call of `compute`; 0: as many as the
    /// calling thread was given. One a call is faster wherever several calls or stages run.
    int threads = 1;

    /// Positions in a .tflite or .onnx file's list of outputs that `forward` returns, in this
    /// order; empty = all. Operators that only other outputs need are dropped.
    std::vector<std::size_t> outputs{};

    /// The same by their names, of an .onnx file whose `outputs` are empty.
    std::vector<std::string> output_names{};

    /// Height and width to run an .onnx file at that leaves them open; 0 where nothing is said.
    std::array<std::int64_t, 2> input_shape{};

    /// Sees what the network is given; null: nobody does.
    std::shared_ptr<InputWatcher> watcher{};
};

/// Whether the last output is wanted for a picture whose other outputs are these.
using WantsLast = std::function<bool(std::span<const std::span<const float>> others)>;

/// One output of a network for N pictures.
struct NetworkOutput {
    std::vector<std::int64_t> shape;  ///< N, then the axes as in the graph: NHWC for pictures
    std::vector<float> numbers;       ///< as many as the shape says
};

/// A network, ready to run. Immutable after load.
class Network {
  public:
    struct Output {
        std::string name;
        std::vector<std::int64_t> shape;  ///< for N = 1, axes as in the graph (NHWC)
    };

    virtual ~Network() = default;

    /// Runs the network over `count` pictures. `nhwc_input`: their numbers, count x H x W x C as
    /// the graph has them, in this process's memory. Returns what `outputs` lists, in that order.
    ///
    /// What only the last output needs runs where `wants_last`, asked for each picture, says so;
    /// otherwise that output's numbers are unspecified. Without it all is computed; networks that
    /// cannot stop halfway compute all and do not ask.
    ///
    /// Safe to call from several threads at once; on the CPU a picture's result does not depend on
    /// its batch.
    ///
    /// Throws ModelError where the input has another number of values.
    virtual std::vector<NetworkOutput> compute(std::span<const float> nhwc_input, std::size_t count,
                                               const WantsLast& wants_last = {}) const = 0;

    /// The same of LibTorch's tensors, for programs that are linked with closet_torch.
    /// `nchw_input`: float32, N x C x H x W with any N >= 1, in any memory format, on any device;
    /// it is copied to the network's where it lies on another one. The results are the caller's
    /// own, contiguous, on the network's device.
    ///
    /// On CUDA nothing is synchronized: the work is queued on the current stream, and after one
    /// warm-up call of the same N the call can be captured in a graph.
    ///
    /// Throws ModelError where the input has another shape or type.
    std::vector<at::Tensor> forward(const at::Tensor& nchw_input) const;

    /// Width and height of the input picture.
    virtual cv::Size input_size() const = 0;

    /// What `forward` returns, in order.
    virtual const std::vector<Output>& outputs() const = 0;

  protected:
    /// For backends. Throws ModelError unless `numbers` are those of `count` pictures of shape
    /// `nhwc`. `name`: the file, for the message.
    static void check_input(std::span<const float> numbers, std::size_t count,
                            const std::string& name, const std::vector<std::int64_t>& nhwc);

    /// Names and shapes of the graph's outputs.
    static std::vector<Output> describe_outputs(const NetworkGraph& graph);
};

/// The network that runs a graph, on the best backend for the options: this project's own kernels
/// where they serve graph, CPU and type, else LibTorch's operators. Throws ModelError for int8 that
/// is not possible: where the own kernels do not serve, or nothing is known of the graph's ranges.
std::shared_ptr<const Network> make_network(NetworkGraph graph, const NetworkOptions& options = {});

/// The network that runs a graph on LibTorch's operators (models/aten).
inline constinit TorchFunction<std::shared_ptr<const Network>(NetworkGraph graph,
                                                              const NetworkOptions& options)>
    make_aten_network;

/// Reads a .tflite file and makes the network. Throws ModelError where the file is damaged or uses
/// an operator that is not supported (the text names it).
std::shared_ptr<const Network> load_tflite(const std::filesystem::path& path,
                                           const NetworkOptions& options = {});

/// The same of an .onnx file.
std::shared_ptr<const Network> load_onnx(const std::filesystem::path& path,
                                         const NetworkOptions& options = {});

}  // namespace closet
