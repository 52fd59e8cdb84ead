// Operators that move numbers or work out shapes.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/onnx/graph_builder.h"

namespace closet {

bool OnnxGraphBuilder::add_shape_operator() {
    const std::string& type = node_->type;
    if (type == "Constant") {
        add_constant();
    } else if (type == "Identity" || type == "Dropout") {
        result(operand(0));
    } else if (type == "Cast") {
        add_cast();
    } else if (type == "Shape") {
        add_shape();
    } else if (type == "Reshape") {
        add_reshape();
    } else if (type == "Flatten") {
        add_flatten();
    } else if (type == "Squeeze") {
        add_squeeze();
    } else if (type == "Unsqueeze") {
        add_unsqueeze();
    } else if (type == "Transpose") {
        add_transpose();
    } else if (type == "Concat") {
        add_concat();
    } else if (type == "Split") {
        add_split();
    } else if (type == "Slice") {
        add_slice();
    } else if (type == "Gather") {
        add_gather();
    } else if (type == "Expand") {
        add_expand();
    } else {
        return false;
    }
    return true;
}

void OnnxGraphBuilder::add_constant() {
    if (const auto* value = attribute("value"); value != nullptr && value->tensor) {
        spend(value->tensor->count);
        return result(constant(*value->tensor, file_.name));
    }
    if (const auto* value = attribute("value_float"); value != nullptr && value->number) {
        return result(OnnxConstant{{}, std::vector<float>{*value->number}});
    }
    if (const auto* value = attribute("value_int"); value != nullptr && value->integer) {
        return result(OnnxConstant{{}, std::vector<std::int64_t>{*value->integer}});
    }
    if (const auto* value = attribute("value_ints"); value != nullptr) {
        const auto count = static_cast<std::int64_t>(value->integers.size());
        return result(OnnxConstant{{count}, value->integers});
    }
    if (const auto* value = attribute("value_floats"); value != nullptr) {
        const auto count = static_cast<std::int64_t>(value->numbers.size());
        return result(OnnxConstant{{count}, value->numbers});
    }
    unsupported("holds no numbers");
}

/// Values are float32 whatever the file says, so only constants change.
void OnnxGraphBuilder::add_cast() {
    constexpr std::int64_t kFloat = 1, kHalf = 10, kDouble = 11, kBfloat = 16;
    const std::int64_t to = integer("to", 0);
    const bool is_float = to == kFloat || to == kHalf || to == kDouble || to == kBfloat;
    if (!is_constant(0)) {
        if (!is_float) {
            unsupported("turns what is computed into whole numbers");
        }
        return result(operand(0));
    }
    OnnxConstant value = constant_input(0);
    if (is_float) {
        value.numbers = value.floats();
    } else {
        value.numbers = value.integers();
    }
    result(std::move(value));
}

void OnnxGraphBuilder::add_shape() {
    const Shape& shape = shape_of(0);
    const auto rank = static_cast<std::int64_t>(shape.size());
    const auto clamped = [&](std::int64_t axis) {
        return std::clamp<std::int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
    };
    const std::int64_t begin = clamped(integer("start", 0)), end = clamped(integer("end", rank));
    const Shape part(shape.begin() + begin, shape.begin() + std::max(begin, end));
    result(OnnxConstant{{static_cast<std::int64_t>(part.size())}, part});
}

void OnnxGraphBuilder::add_reshape() {
    const Shape& from = shape_of(0);
    Shape to = has_input(1) ? integer_inputs(1) : integers("shape");
    const std::int64_t count = numbers_in(from);
    std::int64_t known = 1;
    std::optional<std::size_t> open;
    for (std::size_t axis = 0; axis < to.size(); ++axis) {
        if (to[axis] == 0 && integer("allowzero", 0) == 0 && axis < from.size()) {
            to[axis] = from[axis];
        }
        if (to[axis] == -1 && !open) {
            open = axis;
        } else if (to[axis] < 1 || to[axis] > count || known * to[axis] > count) {
            unsupported(fmt::format("makes {} of {}", fmt::join(to, "x"), fmt::join(from, "x")));
        } else {
            known *= to[axis];
        }
    }
    if (open) {
        to[*open] = count / known;
    }
    if (numbers_in(to) != count || to.size() > kMostOnnxAxes) {
        unsupported(fmt::format("makes {} of {}", fmt::join(to, "x"), fmt::join(from, "x")));
    }
    if (is_constant(0)) {
        OnnxConstant value = constant_input(0);
        spend(value.size());
        value.shape = to;
        return result(std::move(value));
    }
    result(reshaped(placed(0), to));
}

void OnnxGraphBuilder::add_flatten() {
    const Shape& from = shape_of(0);
    const std::int64_t axis = integer("axis", 1);
    const std::size_t split =
        axis == static_cast<std::int64_t>(from.size()) ? from.size() : axis_of(axis, from.size());
    Shape to{1, 1};
    for (std::size_t i = 0; i < from.size(); ++i) {
        to[i < split ? 0 : 1] *= from[i];
    }
    result(reshaped(placed(0), to));
}

void OnnxGraphBuilder::add_squeeze() {
    const Shape& from = shape_of(0);
    const auto axes = axes_or_input("axes", 1);
    std::vector<bool> gone(from.size(), false);
    if (axes) {
        for (const std::int64_t axis : *axes) {
            gone[axis_of(axis, from.size())] = true;
        }
    } else {
        std::transform(from.begin(), from.end(), gone.begin(),
                       [](std::int64_t extent) { return extent == 1; });
    }
    Shape to;
    for (std::size_t axis = 0; axis < from.size(); ++axis) {
        if (!gone[axis]) {
            to.push_back(from[axis]);
        } else if (from[axis] != 1) {
            unsupported(fmt::format("drops an axis of {}", from[axis]));
        }
    }
    if (is_constant(0)) {
        OnnxConstant value = constant_input(0);
        value.shape = to;
        return result(std::move(value));
    }
    result(reshaped(placed(0), to));
}

void OnnxGraphBuilder::add_unsqueeze() {
    Shape to = shape_of(0);
    const auto axes = axes_or_input("axes", 1);
    if (!axes || axes->empty()) {
        unsupported("does not say where its new axes are");
    }
    const std::size_t rank = to.size() + axes->size();
    if (rank > kMostOnnxAxes) {
        unsupported(fmt::format("makes {} axes", rank));
    }
    std::vector<bool> is_new(rank, false);
    for (const std::int64_t axis : *axes) {
        is_new[axis_of(axis, rank)] = true;
    }
    if (static_cast<std::size_t>(std::count(is_new.begin(), is_new.end(), true)) != axes->size()) {
        unsupported("names a new axis twice");
    }
    for (std::size_t axis = 0; axis < rank; ++axis) {
        if (is_new[axis]) {
            to.insert(to.begin() + static_cast<std::ptrdiff_t>(axis), 1);
        }
    }
    if (is_constant(0)) {
        OnnxConstant value = constant_input(0);
        value.shape = to;
        return result(std::move(value));
    }
    result(reshaped(placed(0), to));
}

void OnnxGraphBuilder::add_transpose() {
    const std::size_t rank = shape_of(0).size();
    Axes turn(rank);
    const auto given = integers("perm");
    std::vector<bool> seen(rank, false);
    for (std::size_t axis = 0; axis < rank; ++axis) {
        turn[axis] = given.empty() ? rank - 1 - axis : rank;
        if (axis < given.size()) {
            turn[axis] = axis_of(given[axis], rank);
        }
        if (turn[axis] >= rank || seen[turn[axis]]) {
            unsupported(fmt::format("has the order {}", fmt::join(given, ", ")));
        }
        seen[turn[axis]] = true;
    }
    if (is_constant(0)) {
        spend(constant_input(0).size());
        return result(transposed(constant_input(0), turn));
    }
    PlacedValue x = placed(0);
    if (rank > 0 && turn[0] != 0) {
        unsupported("moves the batch to another axis");
    }
    const Shape from = x.shape;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        x.shape[axis] = from[turn[axis]];
    }
    for (std::size_t& axis : x.axes) {
        axis = static_cast<std::size_t>(std::find(turn.begin(), turn.end(), axis) - turn.begin());
    }
    result(std::move(x));
}

void OnnxGraphBuilder::add_concat() {
    const std::size_t rank = shape_of(0).size();
    const std::size_t axis = axis_of(integer("axis", 1), rank);
    Shape shape = shape_of(0);
    shape[axis] = 0;
    bool all_constant = true;
    const PlacedValue* leader = nullptr;
    for (std::size_t i = 0; i < node_->inputs.size(); ++i) {
        Shape other = shape_of(i);
        if (other.size() != rank) {
            unsupported("joins values of different rank");
        }
        shape[axis] += other[axis];
        other[axis] = shape[axis];
        if (other != shape) {
            unsupported("joins values that do not fit each other");
        }
        all_constant = all_constant && is_constant(i);
        const auto* value = std::get_if<PlacedValue>(&operand(i));
        if (value != nullptr &&
            (leader == nullptr || numbers_in(value->shape) > numbers_in(leader->shape))) {
            leader = value;
        }
    }
    if (numbers_in(shape) > kMostOnnxNumbers) {
        unsupported("makes more numbers than are supported");
    }
    if (all_constant) {
        std::int64_t inner = 1, outer = 1;
        for (std::size_t i = 0; i < rank; ++i) {
            (i < axis ? outer : inner) *= i == axis ? 1 : shape[i];
        }
        if (numbers_in(shape) == 0) {
            return result(OnnxConstant{shape, std::vector<std::int64_t>{}});
        }
        bool is_float = false;
        std::vector<float> floats;
        std::vector<std::int64_t> integers_;
        for (std::size_t i = 0; i < node_->inputs.size(); ++i) {
            is_float = is_float || constant_input(i).is_float();
        }
        for (std::int64_t piece = 0; piece < outer; ++piece) {
            for (std::size_t i = 0; i < node_->inputs.size(); ++i) {
                const OnnxConstant& part = constant_input(i);
                const std::int64_t run = part.shape[axis] * inner;
                for (std::int64_t k = piece * run; k < (piece + 1) * run; ++k) {
                    const auto at = static_cast<std::size_t>(k);
                    if (is_float) {
                        floats.push_back(static_cast<float>(part.at(at)));
                    } else {
                        integers_.push_back(std::get<std::vector<std::int64_t>>(part.numbers)[at]);
                    }
                }
            }
        }
        OnnxConstant joined{shape, {}};
        if (is_float) {
            joined.numbers = std::move(floats);
        } else {
            joined.numbers = std::move(integers_);
        }
        return result(std::move(joined));
    }
    if (axis == 0) {
        unsupported("joins along the batch");
    }
    const Axes axes = leader->axes;
    std::vector<std::size_t> parts;
    for (std::size_t i = 0; i < node_->inputs.size(); ++i) {
        if (shape_of(i)[axis] == 0) {
            continue;
        }
        parts.push_back(is_constant(i) ? place(constant_input(i), axes).value
                                       : ordered(placed(i), axes).value);
    }
    const auto at = std::find(axes.begin(), axes.end(), axis) - axes.begin();
    result(PlacedValue{
        emit(ConcatNode{static_cast<std::size_t>(at)}, std::move(parts), arranged(shape, axes)),
        shape, axes});
}

/// These entries of an axis.
OnnxConstant OnnxGraphBuilder::entries_of(const OnnxConstant& from, std::size_t axis,
                                          const std::vector<std::int64_t>& picked) {
    Shape shape = from.shape;
    std::size_t inner = 1;
    for (std::size_t i = axis + 1; i < shape.size(); ++i) {
        inner *= static_cast<std::size_t>(shape[i]);
    }
    const auto whole = static_cast<std::size_t>(shape[axis]);
    shape[axis] = static_cast<std::int64_t>(picked.size());
    if (numbers_in(shape) > kMostOnnxNumbers) {
        unsupported("makes more numbers than are supported");
    }
    spend(static_cast<std::size_t>(numbers_in(shape)));
    return rearranged(from, shape, [&](std::size_t i) {
        const std::size_t outer = i / (picked.size() * inner);
        const auto entry = static_cast<std::size_t>(picked[i / inner % picked.size()]);
        return (outer * whole + entry) * inner + i % inner;
    });
}

/// `count` entries of an axis, every `step`-th from `begin` on.
OnnxOperand OnnxGraphBuilder::part_of(const OnnxOperand& from, std::size_t axis, std::int64_t begin,
                                      std::int64_t count, std::int64_t step) {
    if (const auto* known = std::get_if<OnnxConstant>(&from)) {
        std::vector<std::int64_t> picked(static_cast<std::size_t>(count));
        for (std::size_t i = 0; i < picked.size(); ++i) {
            picked[i] = begin + static_cast<std::int64_t>(i) * step;
        }
        return entries_of(*known, axis, picked);
    }
    PlacedValue x = std::get<PlacedValue>(from);
    if (count == x.shape[axis] && step == 1) {
        return x;
    }
    if (axis == 0 || count < 1 || step < 1) {
        unsupported("takes no entries, the batch apart, or backwards");
    }
    const auto at = std::find(x.axes.begin(), x.axes.end(), axis) - x.axes.begin();
    x.shape[axis] = count;
    x.value = emit(SliceNode{static_cast<std::size_t>(at), begin, step}, {x.value},
                   arranged(x.shape, x.axes));
    return x;
}

void OnnxGraphBuilder::add_split() {
    const std::size_t axis = axis_of(integer("axis", 0), shape_of(0).size());
    const std::int64_t whole = shape_of(0)[axis];
    const std::size_t count = node_->outputs.size();
    if (count == 0) {
        unsupported("has no outputs");
    }
    auto sizes = axes_or_input("split", 1);
    if (!sizes || sizes->empty()) {
        const auto parts = static_cast<std::int64_t>(std::max<std::size_t>(count, 1));
        const std::int64_t each = (whole + parts - 1) / parts;
        sizes = std::vector<std::int64_t>(count, each);
        sizes->back() = whole - each * (parts - 1);
    }
    std::int64_t begin = 0;
    const OnnxOperand from = operand(0);
    for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t size = i < sizes->size() ? (*sizes)[i] : -1;
        if (size < 1 || size > whole - begin) {
            unsupported(fmt::format("splits {} into {}", whole, fmt::join(*sizes, ", ")));
        }
        define(i, part_of(from, axis, begin, size, 1));
        begin += size;
    }
}

void OnnxGraphBuilder::add_slice() {
    const bool old = attribute("starts") != nullptr;  // before opset 10
    const auto starts = old ? integers("starts") : integer_inputs(1);
    const auto ends = old ? integers("ends") : integer_inputs(2);
    const std::size_t rank = shape_of(0).size();
    std::vector<std::int64_t> axes = axes_or_input("axes", 3).value_or(std::vector<std::int64_t>{});
    for (std::size_t i = axes.size(); axes.size() < starts.size(); ++i) {
        axes.push_back(static_cast<std::int64_t>(i));
    }
    const auto steps = has_input(4) ? integer_inputs(4) : Shape(starts.size(), 1);
    if (ends.size() != starts.size() || axes.size() != starts.size() ||
        steps.size() != starts.size()) {
        unsupported("has as many starts as ends, axes and steps no more");
    }
    OnnxOperand value = operand(0);
    for (std::size_t i = 0; i < starts.size(); ++i) {
        const std::size_t axis = axis_of(axes[i], rank);
        const std::int64_t length =
            std::visit([&](const auto& of) { return of.shape[axis]; }, value);
        const auto clamped = [&](std::int64_t at) {
            return std::clamp<std::int64_t>(at < 0 ? at + length : at, 0, length);
        };
        if (steps[i] < 1) {
            unsupported("goes backwards");
        }
        const std::int64_t begin = clamped(starts[i]), end = clamped(ends[i]);
        const std::int64_t count = end > begin ? (end - begin - 1) / steps[i] + 1 : 0;
        value = part_of(value, axis, begin, count, steps[i]);
    }
    result(std::move(value));
}

void OnnxGraphBuilder::add_gather() {
    const Shape& from = shape_of(0);
    const std::size_t axis = axis_of(integer("axis", 0), from.size());
    const OnnxConstant& index = constant_input(1);
    if (index.shape.size() > 1 || index.size() == 0) {
        unsupported("picks by a table");
    }
    std::vector<std::int64_t> picked = index.integers();
    for (std::int64_t& entry : picked) {
        entry = entry < 0 ? entry + from[axis] : entry;
        if (entry < 0 || entry >= from[axis]) {
            unsupported(fmt::format("picks entry {} of {}", entry, from[axis]));
        }
    }
    const auto count = static_cast<std::int64_t>(picked.size());
    const std::int64_t step = count > 1 ? picked[1] - picked[0] : 1;
    bool regular = step > 0;
    for (std::size_t i = 1; i < picked.size(); ++i) {
        regular = regular && picked[i] - picked[i - 1] == step;
    }
    OnnxOperand part;
    if (regular) {
        part = part_of(operand(0), axis, picked[0], count, step);
    } else if (const auto* known = std::get_if<OnnxConstant>(&operand(0))) {
        part = entries_of(*known, axis, picked);
    } else {
        unsupported("picks entries that are no regular row");
    }
    if (!index.shape.empty()) {
        return result(std::move(part));
    }
    Shape shape = from;
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
    if (auto* known = std::get_if<OnnxConstant>(&part)) {
        known->shape = shape;
        return result(std::move(part));
    }
    result(reshaped(std::get<PlacedValue>(part), shape));
}

void OnnxGraphBuilder::add_expand() {
    Shape shape;
    if (!broadcast_shapes(shape_of(0), integer_inputs(1), shape)) {
        unsupported("does not fit what it is expanded to");
    }
    if (is_constant(0)) {
        const OnnxConstant& from = constant_input(0);
        spend(static_cast<std::size_t>(numbers_in(shape)));
        return result(combined(from, from, shape, [](double value, double) { return value; }));
    }
    if (shape == shape_of(0)) {
        return result(operand(0));
    }
    // Plus zeros of the wanted shape.
    spend(static_cast<std::size_t>(numbers_in(shape)));
    const OnnxConstant zeros{shape,
                             std::vector<float>(static_cast<std::size_t>(numbers_in(shape)), 0.0F)};
    result(combine(Arithmetic::kAdd, operand(0), zeros, false));
}

}  // namespace closet
