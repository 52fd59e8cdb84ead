#include "models/nhwc/plain.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <type_traits>

#include "models/nhwc/activate.h"

namespace closet {

namespace {

/// A value's numbers: the extents of its axes and the distances between entries, in floats.
struct Strided {
    float* base = nullptr;
    std::vector<std::int64_t> extents;
    std::vector<std::ptrdiff_t> steps;
};

Strided view_of(const Memory& memory, std::size_t id) {
    const Value& value = memory.value(id);
    Strided view{const_cast<float*>(memory.floats(id)), value.shape, {}};
    if (value.shape.size() == 4) {
        view.steps = {0, value.row, value.pixel, 1};
        return view;
    }
    view.steps.resize(value.shape.size());
    std::ptrdiff_t step = 1;
    for (std::size_t axis = value.shape.size(); axis-- > 0; step *= value.shape[axis]) {
        view.steps[axis] = step;
    }
    return view;
}

/// As many axes as `extents` has, the last ones matched; axes of one entry count for all.
Strided broadcast(Strided view, const std::vector<std::int64_t>& extents) {
    const std::size_t missing = extents.size() - view.extents.size();
    view.extents.insert(view.extents.begin(), missing, 1);
    view.steps.insert(view.steps.begin(), missing, 0);
    for (std::size_t axis = 0; axis < extents.size(); ++axis) {
        view.steps[axis] = view.extents[axis] == 1 ? 0 : view.steps[axis];
    }
    view.extents = extents;
    return view;
}

/// Calls `action(starts)` for every combination of the first `axes` axes: where the rest of each
/// view begins there. All views have the first one's extents on those axes.
template <std::size_t N, class Action>
void each_run(const std::array<Strided, N>& views, std::size_t axes, Action action) {
    std::vector<std::int64_t> index(axes, 0);
    std::array<float*, N> starts;
    std::transform(views.begin(), views.end(), starts.begin(),
                   [](const Strided& view) { return view.base; });
    while (true) {
        action(starts);
        std::size_t axis = axes;
        while (axis > 0 && index[axis - 1] + 1 == views[0].extents[axis - 1]) {
            --axis;
            for (std::size_t i = 0; i < N; ++i) {
                starts[i] -= views[i].steps[axis] * index[axis];
            }
            index[axis] = 0;
        }
        if (axis == 0) {
            return;
        }
        ++index[axis - 1];
        for (std::size_t i = 0; i < N; ++i) {
            starts[i] += views[i].steps[axis - 1];
        }
    }
}

float value_of(Function function, float x) {
    switch (function) {
        case Function::kAbs:
            return std::abs(x);
        case Function::kSqrt:
            return std::sqrt(x);
        case Function::kExp:
            return std::exp(x);
        case Function::kLog:
            return std::log(x);
        case Function::kTanh:
            return std::tanh(x);
        case Function::kErf:
            return std::erf(x);
        case Function::kSquare:
            return x * x;
        case Function::kReciprocal:
            return 1 / x;
        case Function::kNegative:
            return -x;
    }
    return x;
}

class PlainRunner {
  public:
    PlainRunner(const Step& step, const Memory& memory)
        : step_(step), memory_(memory), out_(view_of(memory, step.output)) {}

    void operator()(const FunctionNode& node) const {
        each_number([&](float x, std::int64_t) { return value_of(node.function, x); });
    }
    void operator()(const ClampNode& node) const {
        each_number([&](float x, std::int64_t) { return std::clamp(x, node.low, node.high); });
    }
    void operator()(const PReluNode& node) const {
        const float* const slope = node.slope.data();
        each_number([&](float x, std::int64_t c) { return x >= 0 ? x : slope[c] * x; });
    }

    void operator()(const ArithmeticNode& node) const {
        switch (node.operation) {
            case Arithmetic::kAdd:
                return combine(node.activation, std::plus<>());
            case Arithmetic::kSubtract:
                return combine(node.activation, std::minus<>());
            case Arithmetic::kMultiply:
                return combine(node.activation, std::multiplies<>());
            case Arithmetic::kDivide:
                return combine(node.activation, std::divides<>());
            case Arithmetic::kMaximum:
                return combine(node.activation, [](float a, float b) { return std::max(a, b); });
            case Arithmetic::kMinimum:
                return combine(node.activation, [](float a, float b) { return std::min(a, b); });
        }
    }

    void operator()(const ConstantNode& node) const {
        const float* from = node.values.data();
        each_run<1>({out_}, last(), [&](const auto& at) {
            std::copy_n(from, length(), at[0]);
            from += length();
        });
    }

    void operator()(const ReshapeNode&) const {
        // Both in the order of their numbers, a run of the shorter last axis after the other.
        const Strided in = input(0);
        const std::int64_t run = in.extents.back();
        std::vector<float> dense;
        each_run<1>({in}, in.extents.size() - 1,
                    [&](const auto& at) { dense.insert(dense.end(), at[0], at[0] + run); });
        const float* from = dense.data();
        each_run<1>({out_}, last(), [&](const auto& at) {
            std::copy_n(from, length(), at[0]);
            from += length();
        });
    }

    void operator()(const TransposeNode& node) const {
        const Strided in = input(0);
        Strided turned = in;
        for (std::size_t axis = 0; axis < node.axes.size(); ++axis) {
            turned.extents[axis] = in.extents[node.axes[axis]];
            turned.steps[axis] = in.steps[node.axes[axis]];
        }
        copy_from(turned);
    }

    void operator()(const SliceNode& node) const {
        Strided in = input(0);
        in.base += node.begin * in.steps[node.axis];
        in.steps[node.axis] *= node.step;
        copy_from(in);
    }

    void operator()(const ConcatNode& node) const {
        Strided part = out_;
        for (std::size_t i = 0; i < step_.inputs.size(); ++i) {
            const Strided in = input(i);
            part.extents = in.extents;
            copy(in, part);
            part.base += in.extents[node.axis] * part.steps[node.axis];
        }
    }

    void operator()(const MatMulNode&) const {
        const Strided a = input(0);
        const std::size_t rank = out_.extents.size();
        std::vector<std::int64_t> extents = out_.extents;
        extents[rank - 2] = input(1).extents[input(1).extents.size() - 2];
        const Strided b = broadcast(input(1), extents);
        const std::int64_t rows = out_.extents[rank - 2], columns = out_.extents[rank - 1];
        const std::int64_t depth = a.extents[rank - 1];
        each_run<3>({out_, a, b}, rank - 2, [&](const auto& at) {
            for (std::int64_t m = 0; m < rows; ++m) {
                float* const to = at[0] + m * out_.steps[rank - 2];
                const float* const from = at[1] + m * a.steps[rank - 2];
                std::fill_n(to, columns, 0.0F);
                for (std::int64_t k = 0; k < depth; ++k) {
                    const float* const row = at[2] + k * b.steps[rank - 2];
                    for (std::int64_t n = 0; n < columns; ++n) {
                        to[n] += from[k] * row[n];
                    }
                }
            }
        });
    }

    void operator()(const SoftmaxNode&) const {
        each_run<2>({out_, input(0)}, last(), [&](const auto& at) {
            const float top = *std::max_element(at[1], at[1] + length());
            std::transform(at[1], at[1] + length(), at[0],
                           [&](float x) { return std::exp(x - top); });
            const float sum = std::accumulate(at[0], at[0] + length(), 0.0F);
            std::transform(at[0], at[0] + length(), at[0], [&](float x) { return x / sum; });
        });
    }

    void operator()(const ReduceNode& node) const {
        const Strided in = input(0);
        Strided rest = in;
        rest.extents[node.axis] = 1;
        const std::int64_t count = in.extents[node.axis];
        const std::ptrdiff_t step = in.steps[node.axis];
        each_run<2>({rest, out_}, rest.extents.size(), [&](const auto& at) {
            double sum = 0;
            float top = -std::numeric_limits<float>::infinity();
            for (std::int64_t i = 0; i < count; ++i) {
                const float x = at[0][i * step];
                sum += node.reduction == Reduction::kLength ? double{x} * x : x;
                top = std::max(top, x);
            }
            switch (node.reduction) {
                case Reduction::kSum:
                    at[1][0] = static_cast<float>(sum);
                    break;
                case Reduction::kMean:
                    at[1][0] = static_cast<float>(sum / static_cast<double>(count));
                    break;
                case Reduction::kMaximum:
                    at[1][0] = top;
                    break;
                case Reduction::kLength:
                    at[1][0] = static_cast<float>(std::sqrt(sum));
                    break;
            }
        });
    }

    void operator()(const PoolNode& pool) const {
        const Strided in = input(0);
        const KernelWindow& window = pool.window;
        for (std::int64_t y = 0; y < out_.extents[1]; ++y) {
            for (std::int64_t x = 0; x < out_.extents[2]; ++x) {
                float* const to = out_.base + y * out_.steps[1] + x * out_.steps[2];
                const std::int64_t top = y * window.stride_h - window.pad_top;
                const std::int64_t left = x * window.stride_w - window.pad_left;
                std::int64_t taps = 0;
                std::fill_n(to, length(),
                            pool.maximum ? -std::numeric_limits<float>::infinity() : 0.0F);
                for (std::int64_t i = 0; i < window.kernel_h; ++i) {
                    for (std::int64_t j = 0; j < window.kernel_w; ++j) {
                        const std::int64_t row = top + i * window.dilation_h;
                        const std::int64_t column = left + j * window.dilation_w;
                        if (row < 0 || row >= in.extents[1] || column < 0 ||
                            column >= in.extents[2]) {
                            continue;
                        }
                        ++taps;
                        const float* const from =
                            in.base + row * in.steps[1] + column * in.steps[2];
                        for (std::int64_t c = 0; c < length(); ++c) {
                            to[c] = pool.maximum ? std::max(to[c], from[c]) : to[c] + from[c];
                        }
                    }
                }
                if (!pool.maximum) {
                    std::transform(to, to + length(), to,
                                   [&](float sum) { return sum / static_cast<float>(taps); });
                }
            }
        }
    }

    /// Pixels are read in whole vectors, so what lies behind their channels is set to zero.
    void finish() const {
        const Value& out = memory_.value(step_.output);
        if (out.shape.size() == 4 && out.span > out.channels) {
            each_run<1>({out_}, last(), [&](const auto& at) {
                std::fill_n(at[0] + out.channels, out.span - out.channels, 0.0F);
            });
        }
    }

  private:
    Strided input(std::size_t index) const { return view_of(memory_, step_.inputs[index]); }
    std::size_t last() const { return out_.extents.size() - 1; }
    std::int64_t length() const { return out_.extents.back(); }

    template <class Change>
    void each_number(Change change) const {
        each_run<2>({out_, input(0)}, last(), [&](const auto& at) {
            for (std::int64_t c = 0; c < length(); ++c) {
                at[0][c] = change(at[1][c], c);
            }
        });
    }

    template <class Combine>
    void combine(Activation activation, Combine operation) const {
        const Strided a = broadcast(input(0), out_.extents);
        const Strided b = broadcast(input(1), out_.extents);
        const std::ptrdiff_t a_step = a.steps.back(), b_step = b.steps.back();
        each_run<3>({out_, a, b}, last(), [&](const auto& at) {
            for (std::int64_t c = 0; c < length(); ++c) {
                at[0][c] = operation(at[1][c * a_step], at[2][c * b_step]);
            }
            if (activation != Activation::kNone) {
                activate(activation, reinterpret_cast<std::byte*>(at[0]), Element::kFloat,
                         static_cast<std::size_t>(length()));
            }
        });
    }

    static void copy(const Strided& from, const Strided& to) {
        const std::int64_t run = to.extents.back();
        const std::ptrdiff_t from_step = from.steps.back();
        each_run<2>({to, from}, to.extents.size() - 1, [&](const auto& at) {
            for (std::int64_t c = 0; c < run; ++c) {
                at[0][c] = at[1][c * from_step];
            }
        });
    }
    void copy_from(const Strided& from) const { copy(from, out_); }

    const Step& step_;
    const Memory& memory_;
    const Strided out_;
};

bool is_clamp(Activation activation) {
    return activation == Activation::kNone || activation == Activation::kRelu ||
           activation == Activation::kRelu6;
}

/// Operators that have steps of their own where shapes suit those.
struct NeedsPlain {
    const NetworkGraph& graph;
    const Node& node;

    const std::vector<std::int64_t>& shape(std::size_t value) const { return graph.shapes[value]; }
    bool is_picture(std::size_t value) const { return shape(value).size() == 4; }

    bool operator()(const ArithmeticNode& op) const {
        const auto& a = shape(node.inputs[0]);
        const auto& b = shape(node.inputs[1]);
        if (!is_picture(node.output) || a != shape(node.output)) {
            return true;
        }
        const bool sum = op.operation == Arithmetic::kAdd && b == a && is_clamp(op.activation);
        // A picture times one pixel, a gate.
        const bool gate = op.operation == Arithmetic::kMultiply &&
                          op.activation == Activation::kNone && b.size() == 4 && b[1] == 1 &&
                          b[2] == 1 && b[3] == a[3];
        return !sum && !gate;
    }
    bool operator()(const ReshapeNode&) const { return is_picture(node.output); }
    bool operator()(const ConcatNode& op) const { return is_picture(node.output) && op.axis != 3; }
    bool operator()(const PoolNode& pool) const {
        const KernelWindow& window = pool.window;
        const auto& in = shape(node.inputs[0]);
        const auto& out = shape(node.output);
        // A window's own pixel lies in the picture, see the step.
        const bool inside =
            (out[1] - 1) * window.stride_h < in[1] && (out[2] - 1) * window.stride_w < in[2];
        return !pool.maximum || !inside || window.dilation_h != 1 || window.dilation_w != 1 ||
               window.pad_top + window.pad_bottom >= window.kernel_h ||
               window.pad_left + window.pad_right >= window.kernel_w;
    }
    template <class Op>
    bool operator()(const Op&) const {
        using Steps = decltype(Step::op);
        return std::is_constructible_v<decltype(PlainStep::op), Op> &&
               !std::is_constructible_v<Steps, Op>;
    }
};

}  // namespace

bool is_plain(const Node& node, const NetworkGraph& graph) {
    return std::visit(NeedsPlain{graph, node}, node.op);
}

void run_plain(const PlainStep& plain, const Step& step, const Memory& memory) {
    const PlainRunner run(step, memory);
    std::visit(run, plain.op);
    run.finish();
}

}  // namespace closet
