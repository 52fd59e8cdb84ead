#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "models/graph/network_graph.h"
#include "models/onnx/constant.h"
#include "models/onnx/file.h"

namespace closet {

/// Note [ONNX layouts]
/// ONNX's pictures are N x C x H x W, the graph's N x H x W x C. So the builder remembers of every
/// value which of its axes in the file each axis in the graph is, and a Transpose of the file only
/// changes that. Where an operator needs another order than a value has, a TransposeNode is laid
/// down; mostly none is. Axis 0 is the batch, one picture, in both.
///
/// What the file computes from shapes and constants is computed while it is read, and never becomes
/// a node.

/// A value of the graph, as the file sees it.
struct PlacedValue {
    std::size_t value = 0;
    std::vector<std::int64_t> shape;  ///< in the file's order of axes
    std::vector<std::size_t> axes;    ///< axis i of the graph's value is axis `axes[i]` of the file
};

using OnnxOperand = std::variant<OnnxConstant, PlacedValue>;

/// Turns the operators of a file into nodes, one after the other; `build_graph` is its only user.
class OnnxGraphBuilder {
  public:
    using Shape = std::vector<std::int64_t>;
    using Axes = std::vector<std::size_t>;

    explicit OnnxGraphBuilder(const OnnxFile& file) : file_(file) {}

    /// To be called once; for the arguments see `build_graph`.
    NetworkGraph build(const std::vector<std::size_t>& outputs, std::array<std::int64_t, 2> size);

  private:
    /// ModelError "<file> cannot be used: <operator> <what>".
    [[noreturn]] void unsupported(const std::string& what) const;

    // Operands and attributes of the current operator.
    bool has_input(std::size_t position) const;
    const OnnxOperand& operand(std::size_t position) const;
    bool is_constant(std::size_t position) const;
    const OnnxConstant& constant_input(std::size_t position) const;
    const OnnxConstant& weights_input(std::size_t position) const;
    std::vector<std::int64_t> integer_inputs(std::size_t position) const;
    const Shape& shape_of(std::size_t position) const;
    PlacedValue placed(std::size_t position);
    PlacedValue picture(std::size_t position);
    const OnnxAttribute* attribute(std::string_view name) const;
    std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
    float number(std::string_view name, float otherwise) const;
    std::string text(std::string_view name, std::string_view otherwise) const;
    std::vector<std::int64_t> integers(std::string_view name) const;
    /// Of an attribute, or from opset `since` on of an input; nothing where both are left out.
    std::optional<std::vector<std::int64_t>> axes_or_input(std::string_view name,
                                                           std::size_t position) const;
    std::size_t axis_of(std::int64_t axis, std::size_t rank) const;

    // Results.
    void define(std::size_t position, OnnxOperand operand);
    void result(OnnxOperand operand) { define(0, std::move(operand)); }
    template <class Op>
    std::size_t emit(Op op, std::vector<std::size_t> inputs, Shape graph_shape) {
        check(graph_shape);
        graph_.shapes.push_back(std::move(graph_shape));
        const std::size_t value = graph_.shapes.size() - 1;
        producer_.resize(graph_.shapes.size());
        producer_[value] = graph_.nodes.size();
        graph_.nodes.push_back({std::move(op), std::move(inputs), value});
        return value;
    }
    /// A node that changes no shape.
    template <class Op>
    PlacedValue same_shape(Op op, PlacedValue of) {
        of.value = emit(std::move(op), {of.value}, graph_.shapes[of.value]);
        return of;
    }
    void check(const Shape& shape) const;
    void spend(std::size_t numbers);

    // Layouts.
    static Axes file_order(std::size_t rank);
    static Axes picture_order() { return {0, 2, 3, 1}; }
    Shape arranged(const Shape& shape, const Axes& axes) const;
    PlacedValue ordered(PlacedValue value, const Axes& axes);
    PlacedValue in_file_order(PlacedValue value);
    PlacedValue reshaped(PlacedValue value, const Shape& shape);
    PlacedValue place(const OnnxOperand& operand);
    PlacedValue place(const OnnxConstant& constant, const Axes& axes);
    PlacedValue at_rank(PlacedValue value, std::size_t rank);

    // What computed a value; null where it is another kind of node.
    template <class Op>
    const Op* made_by(std::size_t value) const {
        const auto node = producer_[value];
        return node ? std::get_if<Op>(&graph_.nodes[*node].op) : nullptr;
    }
    std::size_t source(std::size_t value, std::size_t position = 0) const {
        return graph_.nodes[*producer_[value]].inputs[position];
    }
    std::optional<float> scalar(std::size_t value) const;

    // Windows of convolutions and pools.
    KernelWindow window(const Shape& kernel, const PlacedValue& in);
    static std::int64_t reach(std::int64_t kernel, std::int64_t dilation) {
        return (kernel - 1) * dilation + 1;
    }
    Shape slide(const KernelWindow& window, const Shape& in, std::int64_t channels) const;
    PlacedValue filter(KernelWindow window, const PlacedValue& in, const OnnxConstant& weights,
                       std::vector<float> bias, std::int64_t groups);
    PlacedValue linear(PlacedValue in, const OnnxConstant& weights, bool turned,
                       std::vector<float> bias);

    // One function an operator or a kind of them; false: another kind (in the files named so).
    bool add_picture_operator();
    void add_conv();
    void add_conv_transpose();
    void add_pool(bool maximum);
    void add_global_pool(Reduction reduction);
    void add_normalization();
    void add_resize();
    void add_pad();
    void add_depth_to_space();
    void add_gemm();

    bool add_number_operator();
    void add_activation(Activation activation);
    void add_function(Function function);
    bool fold_into_conv(Arithmetic operation, const PlacedValue& x, const OnnxConstant& by);
    std::optional<PlacedValue> recognized(Arithmetic operation, const PlacedValue& a,
                                          const PlacedValue& b);
    OnnxOperand combine(Arithmetic operation, const OnnxOperand& left, const OnnxOperand& right,
                        bool may_fold);
    void add_many(Arithmetic operation);
    PlacedValue by_number(Arithmetic operation, PlacedValue x, float number);
    void add_clip();
    void add_hard_sigmoid();
    void add_leaky(bool learned);
    void add_power();
    void add_layer_norm();
    void add_softmax();
    void add_reduction(Reduction reduction);
    void add_matmul();

    bool fold_constants();
    void repeat_constant();
    void choose_constants();
    void count_up();
    Shape fitting(const Shape& a, const Shape& b) const;

    bool add_shape_operator();
    void add_constant();
    void add_cast();
    void add_shape();
    void add_reshape();
    void add_flatten();
    void add_squeeze();
    void add_unsqueeze();
    void add_transpose();
    void add_concat();
    void add_split();
    void add_slice();
    void add_gather();
    void add_expand();
    OnnxConstant entries_of(const OnnxConstant& from, std::size_t axis,
                            const std::vector<std::int64_t>& picked);
    OnnxOperand part_of(const OnnxOperand& from, std::size_t axis, std::int64_t begin,
                        std::int64_t count, std::int64_t step);

    void set_outputs(const std::vector<std::size_t>& wanted);

    const OnnxFile& file_;
    NetworkGraph graph_;
    const OnnxNode* node_ = nullptr;  ///< the current one
    /// By name; initializers come in when they are first read.
    mutable std::map<std::string, OnnxOperand, std::less<>> known_;
    std::map<std::string, std::size_t, std::less<>> uses_;  ///< of names
    std::vector<std::optional<std::size_t>> producer_;      ///< of each value: node
    std::vector<std::size_t> names_;  ///< of each value: how many it has in the file
    std::size_t budget_ = 0;          ///< numbers that may still be computed from constants
};

/// Translates a file. `outputs`: positions in the file's list of outputs, empty = all. `size`:
/// height and width of the input where the file leaves them open, 0 where nothing is said. Throws
/// ModelError where an operator is not supported or does not fit its operands (the text names it).
///
/// Outputs of four axes lie N x H x W x C where the file has N x C x H x W or N x H x W x C.
NetworkGraph build_graph(const OnnxFile& file, const std::vector<std::size_t>& outputs,
                         std::array<std::int64_t, 2> size = {});

}  // namespace closet
