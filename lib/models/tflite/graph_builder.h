#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/graph/network_graph.h"
#include "models/tflite/file.h"

namespace closet {

/// Turns the operators of a file into nodes, one after the other; `build_graph` is its only user.
///
/// Pitfalls of the format that are settled here (each was met in a real model):
/// - SAME with stride 2 pads an even size by (0, 1) for a 3 kernel and (1, 2) for a 5 kernel; an
///   explicit PAD before a VALID window is symmetric and becomes part of the window.
/// - RESHAPE constants carry batch 1; only the axes after the first count.
/// - A depthwise weight is (1, kh, kw, C).
/// - The input of MobileFaceNet has two rows; rows do not depend on each other.
/// - Weights are float16 behind DEQUANTIZE, or sparse float16 behind DENSIFY and DEQUANTIZE.
class GraphBuilder {
  public:
    using Shape = std::vector<std::int64_t>;

    explicit GraphBuilder(const TfliteFile& file);

    /// To be called once.
    NetworkGraph build(const std::vector<std::size_t>& outputs);

  private:
    struct PendingPad {
        std::size_t source;  ///< value
        PadNode node;
    };

    /// ModelError "<file> cannot be used: <operator> <what>".
    [[noreturn]] void unsupported(const std::string& what) const;

    void take_one_row(const Shape& input);

    // Operands of the current operator (graph_builder.cpp).
    const Shape& shape_of(std::size_t tensor) const;
    std::size_t input(std::size_t position) const;
    std::size_t output() const;
    std::size_t value(std::size_t position);
    std::size_t value_or_channels(std::size_t position);
    const Shape& shape(std::size_t value_id) const { return graph_.shapes[value_id]; }
    const Shape& picture(std::size_t value_id) const;
    const TfliteTensor& constant(std::size_t position) const;
    const TfliteTensor& weights(std::size_t position, const Shape& expected) const;
    std::vector<float> bias(std::size_t position, std::int64_t channels) const;
    Activation activation(TfliteActivation fused) const;
    template <class T>
    const T& options() const {
        const T* chosen = std::get_if<T>(&op_->options);
        if (chosen == nullptr) {
            unsupported("lacks its options");
        }
        return *chosen;
    }

    // Results.
    std::size_t define(std::size_t tensor, const Shape& shape);
    void check_output(const Shape& computed) const;
    template <class Op>
    void emit(Op op, std::vector<std::size_t> inputs, const Shape& computed) {
        check_output(computed);
        const std::size_t result = define(output(), computed);
        graph_.nodes.push_back({std::move(op), std::move(inputs), result});
    }
    void set_outputs(const std::vector<std::size_t>& wanted);

    // Windows.
    std::int64_t slide(std::int64_t length, std::int64_t kernel, std::int64_t stride,
                       std::int64_t dilation, bool same, std::int64_t& before,
                       std::int64_t& after) const;
    Shape slide(KernelWindow& window, const Shape& in, bool same, std::int64_t channels) const;
    static KernelWindow window_of(const TfliteWindow& options);

    // One function an operator (graph_operators.cpp).
    void add_operator();
    void add_constant();
    void add_conv(bool depthwise);
    void add_arithmetic(Arithmetic operation);
    void add_activation(Activation kind);
    void add_function(Function function);
    void add_pad();
    void add_resize();
    void add_pool(bool maximum);
    void add_mean();
    void add_reshape();
    void add_concat();
    void add_depth_to_space();
    void add_custom();
    void materialise(std::size_t tensor, const PendingPad& pad);
    bool is_one_pixel(std::size_t value_id) const;

    const TfliteFile& file_;
    NetworkGraph graph_;
    std::vector<Shape> shapes_;                         ///< of each tensor, for one row
    const TfliteOperator* op_ = nullptr;                ///< the current one
    std::vector<std::optional<std::size_t>> value_of_;  ///< of each tensor, once computed
    std::vector<std::size_t> origin_of_;                ///< the stored constant behind a tensor
    std::map<std::size_t, PendingPad> pads_;            ///< by tensor
};

/// Translates a file. `outputs`: positions in the file's list of outputs, empty = all. Throws
/// ModelError where an operator is not supported or does not fit its tensors.
NetworkGraph build_graph(const TfliteFile& file, const std::vector<std::size_t>& outputs);

}  // namespace closet
