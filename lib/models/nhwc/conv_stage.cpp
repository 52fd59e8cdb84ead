#include "models/nhwc/conv_stage.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "models/nhwc/activate.h"
#include "models/nhwc/quantize.h"

namespace closet {
namespace {

/// Without gaps a picture is one long row.
bool is_dense(const Value& value) {
    return value.row == value.width * value.pixel;
}

/// Where the output's numbers are real ones until they are stored: then a late residual or SiLU
/// stands between.
bool is_late(const ConvStage& stage) {
    return stage.activation == Activation::kSilu || (stage.residual && stage.residual_last);
}

/// The sums of weights of a kernel row that meet the input's zero, as `Requantize` wants them.
AlignedBytes pack_corrections(const ConvNode& whole, std::int32_t zero, std::ptrdiff_t pitch) {
    const auto rows = static_cast<std::size_t>(whole.window.kernel_h);
    const auto wide = static_cast<std::size_t>(pitch);
    const std::size_t outputs = whole.bias.size();
    std::vector<std::int32_t> sums(rows * wide, 0);
    const std::size_t depth = whole.weights.size() / outputs;
    for (std::size_t i = 0; i < whole.weights.size(); ++i) {
        const std::size_t output = whole.depthwise ? i % outputs : i / depth;
        const std::size_t row = (whole.depthwise ? i / outputs : i % depth) / (depth / rows);
        sums[row * wide + output] -= zero * static_cast<std::int32_t>(whole.weights[i]);
    }
    AlignedBytes packed = aligned_bytes(sums.size() * sizeof(std::int32_t));
    std::memcpy(packed.get(), sums.data(), sums.size() * sizeof(std::int32_t));
    return packed;
}

AlignedBytes pack_floats(const std::vector<float>& numbers) {
    AlignedBytes packed = aligned_bytes(numbers.size() * sizeof(float));
    std::memcpy(packed.get(), numbers.data(), numbers.size() * sizeof(float));
    return packed;
}

/// The node for input in units of its quantization: the scales become part of the weights.
ConvNode with_input_scales(const ConvNode& conv, const Quantization& from) {
    ConvNode scaled = conv;
    const std::size_t outputs = conv.bias.size();
    const auto taps = static_cast<std::size_t>(conv.window.kernel_h * conv.window.kernel_w);
    const std::size_t channels = conv.depthwise ? outputs : conv.weights.size() / outputs / taps;
    for (std::size_t i = 0; i < scaled.weights.size(); ++i) {
        scaled.weights[i] *= from.scale_in(i % channels);
    }
    return scaled;
}

/// What each output channel lacks in the mean because its weights are rounded: `ideal` ones, in
/// units of the input's quantization, against `whole` times the channel's scale.
std::vector<float> mean_errors(const ConvNode& ideal, const ConvNode& whole,
                               const std::vector<float>& scales, const Value& in) {
    std::vector<float> errors(scales.size(), 0.0F);
    if (in.means.empty()) {
        return errors;
    }
    const std::size_t outputs = scales.size();
    const std::size_t depth = whole.weights.size() / outputs;
    for (std::size_t i = 0; i < whole.weights.size(); ++i) {
        const std::size_t output = whole.depthwise ? i % outputs : i / depth;
        const std::size_t channel = whole.depthwise ? output : i % in.means.size();
        errors[output] += (ideal.weights[i] - whole.weights[i] * scales[output]) *
                          in.means[channel] / in.quantization.scale_in(channel);
    }
    return errors;
}

/// Packs what a stage needs that reads uint8. All that is linear between its sums and what it
/// stores becomes one factor and one summand a channel.
void quantize(ConvStage& stage, const NhwcPlan& plan, const ConvNode& conv) {
    const Value& out = plan.values[stage.output];
    const Quantization& from = plan.values[stage.input].quantization;
    const Quantization to = out.element == Element::kUint8 ? out.quantization : Quantization{};
    const auto to_zero = static_cast<float>(to.zero);
    const bool late = is_late(stage);
    const auto unit = [&](std::size_t c) {  // of what the limits are applied to
        return late ? 1.0F : to.scale_in(c);
    };
    const auto span = static_cast<std::size_t>(out.span);
    Requantize& requantize = stage.requantize;
    requantize.out_scale = 1 / to.scale;
    requantize.out_shift = to_zero;
    if (stage.residual) {
        const Value& residual = plan.values[*stage.residual];
        requantize.float_residual = residual.element == Element::kFloat;
        const Quantization added =
            requantize.float_residual ? Quantization{} : residual.quantization;
        requantize.residual_zero = static_cast<float>(added.zero);
        std::vector<float> scales(span, 0.0F);
        for (std::size_t c = 0; c < conv.bias.size(); ++c) {
            scales[c] = added.scale_in(c) / unit(c);
        }
        stage.residual_scales = pack_floats(scales);
        requantize.residual_scale = reinterpret_cast<const float*>(stage.residual_scales.get());
    }
    const ConvNode ideal = with_input_scales(conv, from);
    const std::vector<float> scales = weight_scales(ideal);
    ConvNode whole = ideal;
    whole.weights = whole_weights(ideal, scales);
    const std::vector<float> errors = mean_errors(ideal, whole, scales, plan.values[stage.input]);
    std::vector<float> factor(span, 0.0F), summand(span, 0.0F);
    for (std::size_t c = 0; c < scales.size(); ++c) {
        factor[c] = scales[c] / unit(c);
        summand[c] = (conv.bias[c] + errors[c]) / unit(c) + (late ? 0.0F : to_zero);
    }
    stage.scales = pack_floats(factor);
    stage.bias = pack_floats(summand);
    const Range range = range_of(stage.activation);
    stage.low = range.low;
    stage.high = range.high;
    if (!late && out.element == Element::kUint8) {
        constexpr float kMost = 255;
        const bool differ = !to.channels.empty();  // then the largest number ends the range
        stage.low = std::clamp(differ ? 0 : range.low / to.scale + to_zero, 0.0F, kMost);
        stage.high = std::clamp(differ ? kMost : range.high / to.scale + to_zero, 0.0F, kMost);
    }
    stage.corrections = pack_corrections(whole, from.zero, out.span);
    stage.weights = stage.kind == ConvStage::Kind::kDense
                        ? pack_dense(whole, *stage.kernels, stage.vectors, stage.widest)
                        : pack_rows(whole, out.span);
    requantize.scale = reinterpret_cast<const float*>(stage.scales.get());
    requantize.corrections = reinterpret_cast<const std::int32_t*>(stage.corrections.get());
}

}  // namespace

ConvStage begin_stage(const ConvNode& conv, const Node& node) {
    ConvStage stage;
    stage.window = conv.window;
    stage.activation = conv.activation;
    stage.residual_last = conv.residual_last;
    stage.input = node.inputs[0];
    stage.output = node.output;
    if (node.inputs.size() > 1) {
        stage.residual = node.inputs[1];
    }
    if (conv.depthwise) {
        stage.kind = ConvStage::Kind::kDepthwise;
    } else if (conv.bias.size() == 1 && stage.input != 0 && !stage.residual) {
        stage.kind = ConvStage::Kind::kDot;
    }
    return stage;
}

std::size_t lay_out_ring(ConvStage& stage, const NhwcPlan& plan) {
    const Value& in = plan.values[stage.input];
    const KernelWindow& window = stage.window;
    const auto unit = static_cast<std::ptrdiff_t>(sizeof(float) / element_bytes(stage.in_element));
    stage.ring_pixel = (in.span + unit - 1) / unit * unit;
    stage.ring_row = (in.width + window.pad_left + window.pad_right) * stage.ring_pixel;
    const std::size_t bytes = static_cast<std::size_t>(stage.ring_row * rows_seen(window)) *
                              element_bytes(stage.in_element);
    return (bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
}

void finish_stage(ConvStage& stage, const NhwcPlan& plan, const ConvNode& conv,
                  const NhwcKernels& kernels, bool lone) {
    const Value& in = plan.values[stage.input];
    const Value& out = plan.values[stage.output];
    // A sum over input channels wants vectors that fit the input's pixels.
    const bool dot = stage.kind == ConvStage::Kind::kDot;
    const std::ptrdiff_t span = dot ? in.span : out.span;
    stage.kernels = &nhwc_kernels_for(kernels, span, stage.in_element);
    stage.vectors = static_cast<int>(span) / stage.kernels->lanes;
    stage.flat = lone && !stage.ring && stage.window == KernelWindow{} && is_dense(in) &&
                 is_dense(out) && (!stage.residual || is_dense(plan.values[*stage.residual]));
    const std::int64_t pixels = stage.flat ? out.width * out.height : out.width;
    stage.widest = stage.kernels->widest_block(static_cast<int>(pixels));
    if (stage.in_element == Element::kUint8) {
        quantize(stage, plan, conv);
        return;
    }
    const Range range = range_of(stage.activation);
    stage.low = range.low;
    stage.high = range.high;
    if (stage.kind == ConvStage::Kind::kWinograd) {
        stage.winograd.emplace(conv, *stage.kernels, out.width);
        return;
    }
    stage.bias = pack_bias(conv, out.span);
    if (stage.kind == ConvStage::Kind::kDense) {
        stage.weights = pack_dense(conv, *stage.kernels, stage.vectors, stage.widest);
    } else {
        stage.weights = pack_taps(conv, static_cast<std::size_t>(in.channels), span);
    }
}

}  // namespace closet
