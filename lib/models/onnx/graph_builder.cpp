#include "models/onnx/graph_builder.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"

namespace closet {

namespace {

/// The nodes with each behind those whose values it reads, else as in the file. ONNX demands it,
/// but converters to half floats append their casts. What is in a circle keeps its place at the
/// end, where it reads what nothing computes.
std::vector<const OnnxNode*> in_order(const std::vector<OnnxNode>& nodes) {
    std::map<std::string_view, std::size_t> writer;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        for (const std::string& name : nodes[i].outputs) {
            writer.emplace(name, i);
        }
    }
    std::vector<std::vector<std::size_t>> readers(nodes.size());
    std::vector<std::size_t> waits(nodes.size(), 0);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        for (const std::string& name : nodes[i].inputs) {
            const auto found = writer.find(name);
            if (!name.empty() && found != writer.end()) {
                readers[found->second].push_back(i);
                ++waits[i];
            }
        }
    }
    std::set<std::size_t> ready;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (waits[i] == 0) {
            ready.insert(i);
        }
    }
    std::vector<const OnnxNode*> ordered;
    std::vector<bool> done(nodes.size(), false);
    while (!ready.empty()) {
        const std::size_t i = *ready.begin();
        ready.erase(ready.begin());
        ordered.push_back(&nodes[i]);
        done[i] = true;
        for (const std::size_t reader : readers[i]) {
            if (--waits[reader] == 0) {
                ready.insert(reader);
            }
        }
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!done[i]) {
            ordered.push_back(&nodes[i]);
        }
    }
    return ordered;
}

std::string text_of(const std::vector<std::int64_t>& shape) {
    return shape.empty() ? "no axes" : fmt::format("{}", fmt::join(shape, "x"));
}

}  // namespace

NetworkGraph OnnxGraphBuilder::build(const std::vector<std::size_t>& outputs,
                                     std::array<std::int64_t, 2> size) {
    graph_.name = file_.name;
    // What files compute from constants is shapes, and weights once more.
    budget_ = (std::size_t{1} << 22) + 4 * file_.bytes;
    constexpr std::size_t kMostOutputs = 256;
    if (file_.outputs.size() > kMostOutputs) {
        unsupported(fmt::format("has {} outputs", file_.outputs.size()));
    }
    if (file_.inputs.size() != 1) {
        throw ModelError(
            fmt::format("{} cannot be used: it has {} inputs, and networks with one, a picture, "
                        "are supported",
                        file_.name, file_.inputs.size()));
    }
    const OnnxValue& input = file_.inputs[0];
    PlacedValue placed{0, input.shape, {}};
    if (placed.shape.size() != 4) {
        unsupported("has an input that is no picture");
    }
    placed.shape[0] = 1;
    const auto is_color = [&](std::size_t axis) {
        return input.shape[axis] == 3 || input.shape[axis] == 1;
    };
    const bool last = !is_color(1) && is_color(3);
    placed.axes = last ? file_order(4) : picture_order();
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
        std::int64_t& extent = placed.shape[placed.axes[i + 1]];
        if (extent < 0 && size[i] <= 0) {
            throw ModelError(fmt::format(
                "{} leaves the size of its input open; say which height and width it is to run at",
                file_.name));
        }
        extent = extent < 0 ? size[i] : extent;
    }
    if (placed.shape[placed.axes[3]] < 0) {
        unsupported("does not say how many channels its input has");
    }
    graph_.shapes.push_back(arranged(placed.shape, placed.axes));
    check(graph_.shapes[0]);
    producer_.resize(1);
    names_.resize(1, 1);
    known_.emplace(input.name, placed);
    for (const OnnxNode& node : file_.nodes) {
        for (const std::string& name : node.inputs) {
            ++uses_[name];
        }
    }
    for (const OnnxValue& output : file_.outputs) {
        ++uses_[output.name];
    }
    for (const OnnxNode* const node : in_order(file_.nodes)) {
        node_ = node;
        if (!fold_constants() && !add_shape_operator() && !add_picture_operator() &&
            !add_number_operator()) {
            unsupported("is not supported");
        }
    }
    node_ = nullptr;
    set_outputs(outputs);
    return std::move(graph_);
}

void OnnxGraphBuilder::unsupported(const std::string& what) const {
    std::string name = "it";
    if (node_ != nullptr) {
        name = node_->name.empty() ? node_->type : fmt::format("{} '{}'", node_->type, node_->name);
    }
    throw ModelError(fmt::format("{} cannot be used: {} {}", file_.name, name, what));
}

void OnnxGraphBuilder::set_outputs(const std::vector<std::size_t>& wanted) {
    std::vector<std::size_t> positions = wanted;
    if (positions.empty()) {
        positions.resize(file_.outputs.size());
        std::iota(positions.begin(), positions.end(), std::size_t{0});
    }
    for (const std::size_t position : positions) {
        if (position >= file_.outputs.size()) {
            throw ModelError(fmt::format("{} has {} outputs, so there is no output {}", file_.name,
                                         file_.outputs.size(), position));
        }
        const std::string& name = file_.outputs[position].name;
        const auto found = known_.find(name);
        if (found == known_.end()) {
            unsupported(fmt::format("never computes its output '{}'", name));
        }
        PlacedValue value = place(found->second);
        const bool natural = value.axes == picture_order() || value.axes == file_order(4);
        value = natural ? value : in_file_order(std::move(value));
        // The input itself, or a value twice, is handed out as a copy.
        const auto& taken = graph_.outputs;
        if (value.value == 0 || std::find(taken.begin(), taken.end(), value.value) != taken.end()) {
            value.value = emit(ReshapeNode{}, {value.value}, graph_.shapes[value.value]);
        }
        graph_.outputs.push_back(value.value);
        graph_.output_names.push_back(name);
    }
    if (graph_.outputs.empty()) {
        unsupported("has no outputs");
    }
}

bool OnnxGraphBuilder::has_input(std::size_t position) const {
    return position < node_->inputs.size() && !node_->inputs[position].empty();
}

const OnnxOperand& OnnxGraphBuilder::operand(std::size_t position) const {
    if (!has_input(position)) {
        unsupported(fmt::format("lacks its input {}", position));
    }
    const std::string& name = node_->inputs[position];
    if (const auto found = known_.find(name); found != known_.end()) {
        return found->second;
    }
    const auto stored = file_.initializers.find(name);
    if (stored == file_.initializers.end()) {
        unsupported(fmt::format("reads '{}', which nothing before it computes", name));
    }
    return known_.emplace(name, constant(stored->second, file_.name)).first->second;
}

bool OnnxGraphBuilder::is_constant(std::size_t position) const {
    return std::holds_alternative<OnnxConstant>(operand(position));
}

const OnnxConstant& OnnxGraphBuilder::constant_input(std::size_t position) const {
    const auto* value = std::get_if<OnnxConstant>(&operand(position));
    if (value == nullptr) {
        unsupported(fmt::format("computes its input {} while it runs, and a constant is supported",
                                position));
    }
    return *value;
}

/// Numbers to multiply by: at least one.
const OnnxConstant& OnnxGraphBuilder::weights_input(std::size_t position) const {
    const OnnxConstant& weights = constant_input(position);
    if (weights.size() == 0) {
        unsupported("has no weights");
    }
    return weights;
}

std::vector<std::int64_t> OnnxGraphBuilder::integer_inputs(std::size_t position) const {
    return constant_input(position).integers();
}

const OnnxGraphBuilder::Shape& OnnxGraphBuilder::shape_of(std::size_t position) const {
    return std::visit([](const auto& value) -> const Shape& { return value.shape; },
                      operand(position));
}

PlacedValue OnnxGraphBuilder::placed(std::size_t position) {
    return place(operand(position));
}

/// A value of four axes, as the graph's pictures lie.
PlacedValue OnnxGraphBuilder::picture(std::size_t position) {
    if (shape_of(position).size() != 4) {
        unsupported(fmt::format("works on a shape of {}, and pictures are supported",
                                text_of(shape_of(position))));
    }
    return ordered(placed(position), picture_order());
}

const OnnxAttribute* OnnxGraphBuilder::attribute(std::string_view name) const {
    const auto found = node_->attributes.find(name);
    return found == node_->attributes.end() ? nullptr : &found->second;
}

std::int64_t OnnxGraphBuilder::integer(std::string_view name, std::int64_t otherwise) const {
    const auto* found = attribute(name);
    return found != nullptr ? found->integer.value_or(otherwise) : otherwise;
}

float OnnxGraphBuilder::number(std::string_view name, float otherwise) const {
    const auto* found = attribute(name);
    return found != nullptr ? found->number.value_or(otherwise) : otherwise;
}

std::string OnnxGraphBuilder::text(std::string_view name, std::string_view otherwise) const {
    const auto* found = attribute(name);
    return found != nullptr ? found->text.value_or(std::string(otherwise)) : std::string(otherwise);
}

std::vector<std::int64_t> OnnxGraphBuilder::integers(std::string_view name) const {
    const auto* found = attribute(name);
    return found != nullptr ? found->integers : std::vector<std::int64_t>{};
}

std::optional<std::vector<std::int64_t>> OnnxGraphBuilder::axes_or_input(
    std::string_view name, std::size_t position) const {
    if (attribute(name) != nullptr) {
        return integers(name);
    }
    return has_input(position) ? std::optional(integer_inputs(position)) : std::nullopt;
}

std::size_t OnnxGraphBuilder::axis_of(std::int64_t axis, std::size_t rank) const {
    const auto count = static_cast<std::int64_t>(rank);
    if (axis < -count || axis >= count) {
        unsupported(fmt::format("names axis {} of {}", axis, rank));
    }
    return static_cast<std::size_t>(axis < 0 ? axis + count : axis);
}

void OnnxGraphBuilder::define(std::size_t position, OnnxOperand operand) {
    if (position >= node_->outputs.size()) {
        unsupported(fmt::format("lacks its output {}", position));
    }
    const std::string& name = node_->outputs[position];
    if (const auto* known = std::get_if<OnnxConstant>(&operand)) {
        spend(known->size());
    } else {
        names_.resize(graph_.shapes.size(), 0);
        ++names_[std::get<PlacedValue>(operand).value];
    }
    if (!name.empty() && !known_.emplace(name, std::move(operand)).second) {
        unsupported(fmt::format("computes '{}' again", name));
    }
}

void OnnxGraphBuilder::check(const Shape& shape) const {
    // The largest value of a network of people or clothes has some 2^24 numbers.
    constexpr std::int64_t kMost = std::int64_t{1} << 28;
    const std::int64_t count = numbers_in(shape);
    if (count < 1 || count > kMost || shape.size() > kMostOnnxAxes || shape.empty()) {
        unsupported(fmt::format("has a value of shape {}", text_of(shape)));
    }
    if (shape[0] != 1) {
        unsupported(
            fmt::format("makes {} of its batch of one picture, and pictures that stay "
                        "apart are supported",
                        text_of(shape)));
    }
}

void OnnxGraphBuilder::spend(std::size_t numbers) {
    if (numbers > budget_) {
        unsupported("makes more numbers of its constants than the file can need");
    }
    budget_ -= numbers;
}

OnnxGraphBuilder::Axes OnnxGraphBuilder::file_order(std::size_t rank) {
    Axes axes(rank);
    std::iota(axes.begin(), axes.end(), std::size_t{0});
    return axes;
}

OnnxGraphBuilder::Shape OnnxGraphBuilder::arranged(const Shape& shape, const Axes& axes) const {
    Shape result(axes.size());
    std::transform(axes.begin(), axes.end(), result.begin(),
                   [&](std::size_t axis) { return shape[axis]; });
    return result;
}

/// The value with its axes in this order. Axes of one entry may lie anywhere without a change.
PlacedValue OnnxGraphBuilder::ordered(PlacedValue value, const Axes& axes) {
    if (value.axes == axes) {
        return value;
    }
    const auto long_axes = [&](const Axes& order) {
        Axes kept;
        std::copy_if(order.begin(), order.end(), std::back_inserter(kept),
                     [&](std::size_t axis) { return value.shape[axis] > 1; });
        return kept;
    };
    if (long_axes(value.axes) == long_axes(axes)) {
        value.value = emit(ReshapeNode{}, {value.value}, arranged(value.shape, axes));
    } else {
        TransposeNode turn;
        for (const std::size_t axis : axes) {
            const auto at = std::find(value.axes.begin(), value.axes.end(), axis);
            turn.axes.push_back(static_cast<std::size_t>(at - value.axes.begin()));
        }
        value.value = emit(std::move(turn), {value.value}, arranged(value.shape, axes));
    }
    value.axes = axes;
    return value;
}

PlacedValue OnnxGraphBuilder::in_file_order(PlacedValue value) {
    const Axes axes = file_order(value.shape.size());
    return ordered(std::move(value), axes);
}

/// The same numbers in the file's order under another shape.
PlacedValue OnnxGraphBuilder::reshaped(PlacedValue value, const Shape& shape) {
    if (value.shape == shape) {
        return value;
    }
    value = in_file_order(std::move(value));
    value.value = emit(ReshapeNode{}, {value.value}, shape);
    value.shape = shape;
    value.axes = file_order(shape.size());
    return value;
}

PlacedValue OnnxGraphBuilder::place(const OnnxOperand& operand) {
    if (const auto* value = std::get_if<PlacedValue>(&operand)) {
        return *value;
    }
    const auto& known = std::get<OnnxConstant>(operand);
    return place(known, file_order(std::max<std::size_t>(known.shape.size(), 1)));
}

/// A constant as a value of as many axes as are named; those that it lacks come first.
PlacedValue OnnxGraphBuilder::place(const OnnxConstant& known, const Axes& axes) {
    OnnxConstant full = known;
    full.shape.insert(full.shape.begin(), axes.size() - known.shape.size(), 1);
    spend(full.size());
    OnnxConstant turned = transposed(full, axes);
    ConstantNode node{turned.floats()};
    return {emit(std::move(node), {}, turned.shape), full.shape, axes};
}

/// With axes of one entry before the others, as many as make `rank`.
PlacedValue OnnxGraphBuilder::at_rank(PlacedValue value, std::size_t rank) {
    if (value.shape.size() == rank) {
        return value;
    }
    Shape shape = value.shape;
    shape.insert(shape.begin(), rank - shape.size(), 1);
    return reshaped(std::move(value), shape);
}

/// The number of a value that is a constant of one number.
std::optional<float> OnnxGraphBuilder::scalar(std::size_t value) const {
    const auto* node = made_by<ConstantNode>(value);
    return node != nullptr && node->values.size() == 1 ? std::optional(node->values[0])
                                                       : std::nullopt;
}

NetworkGraph build_graph(const OnnxFile& file, const std::vector<std::size_t>& outputs,
                         std::array<std::int64_t, 2> size) {
    NetworkGraph graph = OnnxGraphBuilder(file).build(outputs, size);
    prune(graph);
    fuse(graph);
    // IS-Net at 1024 x 1024 keeps 120 million floats alive.
    require_memory(graph, std::int64_t{1} << 28);
    return graph;
}

}  // namespace closet
