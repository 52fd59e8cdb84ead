// Operators on pictures: convolutions, pools, resizes.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/onnx/graph_builder.h"

namespace closet {

bool OnnxGraphBuilder::add_picture_operator() {
    const std::string& type = node_->type;
    if (type == "Conv") {
        add_conv();
    } else if (type == "ConvTranspose") {
        add_conv_transpose();
    } else if (type == "Gemm") {
        add_gemm();
    } else if (type == "MaxPool" || type == "AveragePool") {
        add_pool(type == "MaxPool");
    } else if (type == "GlobalAveragePool") {
        add_global_pool(Reduction::kMean);
    } else if (type == "GlobalMaxPool") {
        add_global_pool(Reduction::kMaximum);
    } else if (type == "BatchNormalization") {
        add_normalization();
    } else if (type == "Resize" || type == "Upsample") {
        add_resize();
    } else if (type == "Pad") {
        add_pad();
    } else if (type == "DepthToSpace") {
        add_depth_to_space();
    } else {
        return false;
    }
    return true;
}

/// The node's window over a picture: attributes kernel_shape (else `kernel`), strides, dilations,
/// pads, auto_pad and ceil_mode.
KernelWindow OnnxGraphBuilder::window(const Shape& kernel, const PlacedValue& in) {
    constexpr std::int64_t kMost = 1 << 15;
    const auto two = [&](std::string_view name, std::int64_t otherwise) {
        const auto values = integers(name);
        if (values.empty()) {
            return Shape{otherwise, otherwise};
        }
        if (values.size() != 2 || values[0] < 1 || values[1] < 1 || values[0] > kMost ||
            values[1] > kMost) {
            unsupported(fmt::format("has {} of {}", name, fmt::join(values, ", ")));
        }
        return values;
    };
    Shape size = two("kernel_shape", 0);
    size = size[0] == 0 ? kernel : size;
    if (size.size() != 2 || size[0] < 1 || size[1] < 1 || size[0] > kMost || size[1] > kMost ||
        (!kernel.empty() && size != kernel)) {
        unsupported(fmt::format("has a kernel of {}", fmt::join(size, "x")));
    }
    const Shape stride = two("strides", 1), dilation = two("dilations", 1);
    Shape pads = integers("pads");
    pads = pads.empty() ? Shape(4, 0) : pads;
    if (pads.size() != 4 || std::any_of(pads.begin(), pads.end(),
                                        [](std::int64_t pad) { return pad < 0 || pad > kMost; })) {
        unsupported(fmt::format("has pads of {}", fmt::join(pads, ", ")));
    }
    const std::string automatic = text("auto_pad", "NOTSET");
    const bool ceil = integer("ceil_mode", 0) != 0;
    for (std::size_t i = 0; i < 2; ++i) {
        const std::int64_t length = in.shape[2 + i];
        const std::int64_t seen = reach(size[i], dilation[i]);
        if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
            const std::int64_t steps = (length + stride[i] - 1) / stride[i];
            const std::int64_t all =
                std::max<std::int64_t>((steps - 1) * stride[i] + seen - length, 0);
            const std::int64_t less = all / 2;
            pads[i] = automatic == "SAME_UPPER" ? less : all - less;
            pads[2 + i] = all - pads[i];
        } else if (automatic == "VALID") {
            pads[i] = pads[2 + i] = 0;
        } else if (automatic != "NOTSET") {
            unsupported(fmt::format("has auto_pad '{}'", automatic));
        }
        const std::int64_t padded = length + pads[i] + pads[2 + i];
        if (ceil && padded >= seen) {
            // One more window where the last one leaves something, if it begins in the picture or
            // the padding before it.
            std::int64_t steps = (padded - seen + stride[i] - 1) / stride[i];
            steps -= steps * stride[i] >= length + pads[i] ? 1 : 0;
            pads[2 + i] += std::max<std::int64_t>(steps * stride[i] + seen - padded, 0);
        }
    }
    KernelWindow result;
    result.kernel_h = size[0];
    result.kernel_w = size[1];
    result.stride_h = stride[0];
    result.stride_w = stride[1];
    result.dilation_h = dilation[0];
    result.dilation_w = dilation[1];
    result.pad_top = pads[0];
    result.pad_left = pads[1];
    result.pad_bottom = pads[2];
    result.pad_right = pads[3];
    return result;
}

/// The file's shape of what a window over a picture gives.
OnnxGraphBuilder::Shape OnnxGraphBuilder::slide(const KernelWindow& window, const Shape& in,
                                                std::int64_t channels) const {
    const std::int64_t rows =
        in[2] + window.pad_top + window.pad_bottom - reach(window.kernel_h, window.dilation_h);
    const std::int64_t columns =
        in[3] + window.pad_left + window.pad_right - reach(window.kernel_w, window.dilation_w);
    if (rows < 0 || columns < 0) {
        unsupported("has a window larger than its picture");
    }
    return {1, channels, rows / window.stride_h + 1, columns / window.stride_w + 1};
}

void OnnxGraphBuilder::add_conv() {
    const PlacedValue in = picture(0);
    const OnnxConstant& weights = weights_input(1);
    if (weights.shape.size() != 4) {
        unsupported(fmt::format("has weights of shape {}", fmt::join(weights.shape, "x")));
    }
    const std::int64_t outputs = weights.shape[0];
    std::vector<float> bias(static_cast<std::size_t>(outputs), 0.0F);
    if (has_input(2)) {
        if (constant_input(2).shape != Shape{outputs}) {
            unsupported("has a bias that does not fit its weights");
        }
        bias = constant_input(2).floats();
    }
    const KernelWindow seen = window({weights.shape[2], weights.shape[3]}, in);
    result(filter(seen, in, weights, std::move(bias), integer("group", 1)));
}

/// A convolution. `weights`: outputs x inputs of a group x height x width.
PlacedValue OnnxGraphBuilder::filter(KernelWindow window, const PlacedValue& in,
                                     const OnnxConstant& weights, std::vector<float> bias,
                                     std::int64_t groups) {
    const std::int64_t outputs = weights.shape[0], own = weights.shape[1];
    const std::int64_t channels = in.shape[1];
    if (groups < 1 || outputs < 1 || outputs % groups != 0 || own != channels / groups ||
        own * groups != channels) {
        unsupported(fmt::format("has weights of shape {} in {} groups for {} channels",
                                fmt::join(weights.shape, "x"), groups, channels));
    }
    const std::int64_t taps = window.kernel_h * window.kernel_w;
    ConvNode conv;
    conv.window = window;
    conv.bias = std::move(bias);
    conv.depthwise = groups > 1 && own == 1 && outputs == channels;
    const std::vector<float> stored = weights.floats();
    const auto at = [](std::int64_t index) { return static_cast<std::size_t>(index); };
    // Groups become one convolution with zeros between them.
    if (outputs * taps > kMostNumbers / channels) {
        unsupported("has more weights than are supported");
    }
    const std::int64_t count = (conv.depthwise ? 1 : outputs) * taps * channels;
    spend(at(count));
    conv.weights.resize(at(count), 0.0F);
    for (std::int64_t output = 0; output < outputs; ++output) {
        const std::int64_t first = output / (outputs / groups) * own;
        for (std::int64_t input = 0; input < own; ++input) {
            for (std::int64_t tap = 0; tap < taps; ++tap) {
                const std::int64_t to = conv.depthwise
                                            ? tap * channels + output
                                            : (output * taps + tap) * channels + first + input;
                conv.weights[at(to)] = stored[at((output * own + input) * taps + tap)];
            }
        }
    }
    // Zeros around the picture, laid down by an operator of their own, belong to the window.
    std::size_t from = in.value;
    const auto* pad = made_by<PadNode>(from);
    if (pad != nullptr && pad->before[3] == 0 && pad->after[3] == 0) {
        window.pad_top += pad->before[1];
        window.pad_left += pad->before[2];
        window.pad_bottom += pad->after[1];
        window.pad_right += pad->after[2];
        conv.window = window;
        from = source(from);
    }
    const Shape unpadded{1, channels, graph_.shapes[from][1], graph_.shapes[from][2]};
    const Shape shape = slide(window, unpadded, outputs);
    return {emit(std::move(conv), {from}, arranged(shape, picture_order())), shape,
            picture_order()};
}

void OnnxGraphBuilder::add_conv_transpose() {
    const PlacedValue in = picture(0);
    const OnnxConstant& weights = weights_input(1);
    const Shape& shape = weights.shape;
    const auto strides = integers("strides");
    const auto pads = integers("pads");
    const auto extra = integers("output_padding");
    const auto is_zero = [](std::int64_t value) { return value == 0; };
    const bool blocks =
        shape.size() == 4 && shape[0] == in.shape[1] && shape[1] > 0 && integer("group", 1) == 1 &&
        strides == Shape{shape[2], shape[3]} && strides[0] > 0 && strides[1] > 0 &&
        std::all_of(pads.begin(), pads.end(), is_zero) &&
        std::all_of(extra.begin(), extra.end(), is_zero) && text("auto_pad", "NOTSET") == "NOTSET";
    if (!blocks) {
        unsupported("has windows that overlap, and those as large as their stride are supported");
    }
    const std::int64_t outputs = shape[1];
    BlockUpsampleNode up;
    up.block_h = shape[2];
    up.block_w = shape[3];
    spend(weights.size());
    up.weights = transposed(weights, {1, 2, 3, 0}).floats();
    up.bias.assign(static_cast<std::size_t>(outputs), 0.0F);
    if (has_input(2)) {
        up.bias = constant_input(2).floats();
        if (up.bias.size() != static_cast<std::size_t>(outputs)) {
            unsupported("has a bias that does not fit its weights");
        }
    }
    const Shape to{1, outputs, in.shape[2] * shape[2], in.shape[3] * shape[3]};
    result(PlacedValue{emit(std::move(up), {in.value}, arranged(to, picture_order())), to,
                       picture_order()});
}

/// y = x A^T + b, or x A + b.
void OnnxGraphBuilder::add_gemm() {
    const bool plain = integer("transA", 0) == 0 && number("alpha", 1) == 1.0F &&
                       (number("beta", 1) == 1.0F || !has_input(2));
    const OnnxConstant& weights = weights_input(1);
    if (!plain || weights.shape.size() != 2 || shape_of(0).size() != 2) {
        unsupported("is of a form that is not supported");
    }
    const bool turned = integer("transB", 0) != 0;
    const std::int64_t outputs = weights.shape[turned ? 0 : 1];
    std::vector<float> bias(static_cast<std::size_t>(outputs), 0.0F);
    if (has_input(2)) {
        const std::vector<float> stored = constant_input(2).floats();
        if (stored.size() != 1 && stored.size() != bias.size()) {
            unsupported("has a bias that does not fit its weights");
        }
        for (std::size_t i = 0; i < bias.size(); ++i) {
            bias[i] = stored[stored.size() == 1 ? 0 : i];
        }
    }
    result(linear(placed(0), weights, turned, std::move(bias)));
}

/// The last axis times a matrix, as a convolution of one pixel's channels. `weights`: inputs x
/// outputs, or the other way round where they are `transposed_`.
PlacedValue OnnxGraphBuilder::linear(PlacedValue in, const OnnxConstant& weights, bool turned,
                                     std::vector<float> bias) {
    OnnxConstant square = turned ? weights : transposed(weights, {1, 0});
    const std::int64_t outputs = square.shape[0], inputs = square.shape[1];
    if (in.shape.back() != inputs) {
        unsupported(
            fmt::format("multiplies {} by {}x{}", fmt::join(in.shape, "x"), inputs, outputs));
    }
    Shape shape = in.shape;
    shape.back() = outputs;
    const std::int64_t rows = numbers_in(in.shape) / inputs;
    // Pixels of a row, in the file's order N x C x H x W: 1 x inputs x 1 x rows.
    in = reshaped(std::move(in), {1, 1, rows, inputs});
    in.shape = {1, inputs, 1, rows};
    in.axes = picture_order();
    square.shape = {outputs, inputs, 1, 1};
    PlacedValue out = filter({}, in, square, std::move(bias), 1);
    out.shape = {1, 1, rows, outputs};
    out.axes = file_order(4);
    return reshaped(std::move(out), shape);
}

void OnnxGraphBuilder::add_pool(bool maximum) {
    const PlacedValue in = picture(0);
    if (node_->outputs.size() > 1) {
        unsupported("hands out positions");
    }
    PoolNode pool;
    pool.maximum = maximum;
    pool.window = window({}, in);
    KernelWindow& seen = pool.window;
    PlacedValue from = in;
    const bool pads = seen.pad_top + seen.pad_left + seen.pad_bottom + seen.pad_right > 0;
    if (!maximum && pads && integer("count_include_pad", 0) != 0) {
        if (integer("ceil_mode", 0) != 0) {
            unsupported("counts its padding and rounds up");
        }
        PadNode pad;
        pad.before = {0, seen.pad_top, seen.pad_left, 0};
        pad.after = {0, seen.pad_bottom, seen.pad_right, 0};
        from.shape[2] += seen.pad_top + seen.pad_bottom;
        from.shape[3] += seen.pad_left + seen.pad_right;
        from.value = emit(pad, {in.value}, arranged(from.shape, picture_order()));
        seen.pad_top = seen.pad_left = seen.pad_bottom = seen.pad_right = 0;
    }
    // A window that lies in the padding has no maximum and no mean.
    const bool empty = seen.pad_top >= reach(seen.kernel_h, seen.dilation_h) ||
                       seen.pad_left >= reach(seen.kernel_w, seen.dilation_w) ||
                       seen.pad_bottom >= reach(seen.kernel_h, seen.dilation_h) ||
                       seen.pad_right >= reach(seen.kernel_w, seen.dilation_w);
    if (empty) {
        unsupported("pads by more than its window");
    }
    if (!maximum && (seen.dilation_h != 1 || seen.dilation_w != 1)) {
        unsupported("has gaps in its window");
    }
    const Shape shape = slide(seen, from.shape, from.shape[1]);
    result(PlacedValue{emit(pool, {from.value}, arranged(shape, picture_order())), shape,
                       picture_order()});
}

void OnnxGraphBuilder::add_global_pool(Reduction reduction) {
    const PlacedValue in = picture(0);
    const Shape shape{1, in.shape[1], 1, 1};
    std::size_t value = in.value;
    if (reduction == Reduction::kMean) {
        value = emit(GlobalMeanNode{}, {value}, arranged(shape, picture_order()));
    } else {
        value = emit(ReduceNode{reduction, 1}, {value}, {1, 1, in.shape[3], in.shape[1]});
        value = emit(ReduceNode{reduction, 2}, {value}, arranged(shape, picture_order()));
    }
    result(PlacedValue{value, shape, picture_order()});
}

/// x * scale + shift, one of each a channel.
void OnnxGraphBuilder::add_normalization() {
    if (node_->outputs.size() > 1 && !node_->outputs[1].empty()) {
        unsupported("trains");
    }
    const std::int64_t channels = shape_of(0).size() > 1 ? shape_of(0)[1] : 0;
    std::vector<std::vector<float>> parts;
    for (std::size_t i = 1; i <= 4; ++i) {
        if (constant_input(i).shape != Shape{channels}) {
            unsupported("has statistics that do not fit its channels");
        }
        parts.push_back(constant_input(i).floats());
    }
    const double epsilon = double{number("epsilon", 1e-5F)};
    Shape shape(shape_of(0).size() - 1, 1);
    shape[0] = channels;
    OnnxConstant scale{shape, parts[0]}, shift{shape, parts[1]};
    auto& scales = std::get<std::vector<float>>(scale.numbers);
    auto& shifts = std::get<std::vector<float>>(shift.numbers);
    for (std::size_t c = 0; c < scales.size(); ++c) {
        const double gain = double{parts[0][c]} / std::sqrt(double{parts[3][c]} + epsilon);
        scales[c] = static_cast<float>(gain);
        shifts[c] = static_cast<float>(double{parts[1][c]} - double{parts[2][c]} * gain);
    }
    PlacedValue x = placed(0);
    if (fold_into_conv(Arithmetic::kMultiply, x, scale)) {
        fold_into_conv(Arithmetic::kAdd, x, shift);
        return result(x);
    }
    for (const auto& [operation, by] :
         {std::pair{Arithmetic::kMultiply, &scale}, std::pair{Arithmetic::kAdd, &shift}}) {
        const std::size_t number = place(*by, x.axes).value;
        x.value = emit(ArithmeticNode{operation, Activation::kNone}, {x.value, number},
                       arranged(x.shape, x.axes));
    }
    result(x);
}

void OnnxGraphBuilder::add_resize() {
    const PlacedValue in = picture(0);
    const bool upsample = node_->type == "Upsample";
    const bool old = upsample || file_.opset < 11;  // Resize has roi since then
    const std::size_t scales_at = old ? 1 : 2;
    Shape shape = in.shape;
    if (!old && has_input(3)) {
        const auto sizes = integer_inputs(3);
        if (sizes.size() != 4 || sizes[0] != 1 || sizes[1] != in.shape[1]) {
            unsupported(fmt::format("makes a size of {}", fmt::join(sizes, "x")));
        }
        shape = sizes;
    } else {
        std::vector<float> scales;
        if (attribute("scales") != nullptr) {
            scales = attribute("scales")->numbers;
        } else {
            scales = constant_input(scales_at).floats();
        }
        if (scales.size() != 4 || scales[0] != 1 || scales[1] != 1) {
            unsupported(fmt::format("has scales of {}", fmt::join(scales, ", ")));
        }
        for (const std::size_t axis : {std::size_t{2}, std::size_t{3}}) {
            const double length = static_cast<double>(in.shape[axis]) * double{scales[axis]};
            if (!(length >= 1) || length > 1e6 || std::abs(length - std::round(length)) > 1e-3) {
                unsupported(fmt::format("has scales of {}, which make no whole number of pixels",
                                        fmt::join(scales, ", ")));
            }
            shape[axis] = std::llround(length);
        }
    }
    if (shape[2] < 1 || shape[3] < 1) {
        unsupported("makes an empty picture");
    }
    if (shape == in.shape) {
        return result(in);
    }
    const std::string mode = text("mode", "nearest");
    const std::string coordinates =
        text("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
    const auto graph_shape = arranged(shape, picture_order());
    std::size_t value = 0;
    if (mode == "nearest") {
        // Whole factors give the same pixels whatever the rule of rounding.
        const std::int64_t factor = shape[2] / in.shape[2];
        if (factor < 1 || shape[2] != factor * in.shape[2] || shape[3] != factor * in.shape[3] ||
            coordinates == "align_corners" || coordinates == "tf_crop_and_resize") {
            unsupported(
                fmt::format("takes the nearest pixel of {} for {} ({}), and whole factors "
                            "alike for both sides are supported",
                            fmt::join(in.shape, "x"), fmt::join(shape, "x"), coordinates));
        }
        value = emit(RepeatNode{factor}, {in.value}, graph_shape);
    } else if (mode == "linear" || mode == "bilinear") {
        ResizeNode resize;
        // PyTorch's rule differs in pictures of one pixel only, and there all rules hold the edge.
        if (coordinates == "align_corners") {
            resize.grid = ResizeGrid::kAlignCorners;
        } else if (coordinates == "asymmetric") {
            resize.grid = ResizeGrid::kAsymmetric;
        } else if (coordinates != "half_pixel" && coordinates != "pytorch_half_pixel") {
            unsupported(fmt::format("has coordinates '{}'", coordinates));
        }
        if (integer("antialias", 0) != 0) {
            unsupported("smooths what it makes smaller");
        }
        value = emit(resize, {in.value}, graph_shape);
    } else {
        unsupported(fmt::format("has mode '{}', and linear and nearest are supported", mode));
    }
    result(PlacedValue{value, shape, picture_order()});
}

void OnnxGraphBuilder::add_pad() {
    const auto pads = attribute("pads") != nullptr ? integers("pads") : integer_inputs(1);
    const float value = has_input(2) && constant_input(2).size() == 1
                            ? static_cast<float>(constant_input(2).at(0))
                            : number("value", 0);
    const auto is_zero = [](std::int64_t pad) { return pad == 0; };
    if (std::all_of(pads.begin(), pads.end(), is_zero)) {
        return result(operand(0));
    }
    const PlacedValue in = picture(0);
    constexpr std::int64_t kMost = 1 << 15;
    const bool fits = pads.size() == 8 && pads[0] == 0 && pads[4] == 0 && value == 0.0F &&
                      text("mode", "constant") == "constant" && !has_input(3) &&
                      std::all_of(pads.begin(), pads.end(),
                                  [](std::int64_t pad) { return pad >= 0 && pad <= kMost; });
    if (!fits) {
        unsupported("pads a picture with something else than zeros around it");
    }
    PadNode pad;
    pad.before = {0, pads[2], pads[3], pads[1]};
    pad.after = {0, pads[6], pads[7], pads[5]};
    Shape shape = in.shape;
    for (std::size_t axis = 1; axis < 4; ++axis) {
        shape[axis] += pads[axis] + pads[4 + axis];
    }
    result(PlacedValue{emit(pad, {in.value}, arranged(shape, picture_order())), shape,
                       picture_order()});
}

void OnnxGraphBuilder::add_depth_to_space() {
    const PlacedValue in = picture(0);
    const std::int64_t block = integer("blocksize", 0);
    constexpr std::int64_t kMost = 64;
    if (block < 1 || block > kMost || in.shape[1] % (block * block) != 0) {
        unsupported(fmt::format("has a block of {}", block));
    }
    const std::int64_t channels = in.shape[1] / (block * block);
    PlacedValue from = in;
    if (text("mode", "DCR") == "CRD") {
        // Channels c x row x column, as PyTorch's PixelShuffle has them; the node's are row x
        // column x c.
        from.value = emit(ReshapeNode{}, {from.value},
                          {1, in.shape[2] * in.shape[3], channels, block * block});
        from.value = emit(TransposeNode{{0, 1, 3, 2}}, {from.value},
                          {1, in.shape[2] * in.shape[3], block * block, channels});
        from.value = emit(ReshapeNode{}, {from.value}, arranged(in.shape, picture_order()));
    }
    const Shape shape{1, channels, in.shape[2] * block, in.shape[3] * block};
    result(
        PlacedValue{emit(DepthToSpaceNode{block}, {from.value}, arranged(shape, picture_order())),
                    shape, picture_order()});
}

}  // namespace closet
