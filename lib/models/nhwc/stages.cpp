#include "models/nhwc/stages.h"

#include "models/nhwc/attention.h"

namespace closet {

namespace {

/// Without gaps a picture is one long row.
bool is_dense(const Value& value) {
    return value.row == value.width * value.pixel;
}

}  // namespace

ConvStage begin_stage(const ConvNode& conv, const Node& node, const NhwcPlan& plan,
                      const NhwcKernels& kernels) {
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
    // The network's input takes the kernels' format on its way into the ring.
    stage.in_element = stage.input == 0 ? kernels.element : plan.values[stage.input].element;
    return stage;
}

std::size_t lay_out_ring(ConvStage& stage, const NhwcPlan& plan) {
    const Value& in = plan.values[stage.input];
    const KernelWindow& window = stage.window;
    const auto unit = static_cast<std::ptrdiff_t>(sizeof(float) / element_bytes(stage.in_element));
    stage.ring_pixel = (in.span + unit - 1) / unit * unit;
    stage.ring_row = (in.width + window.pad_left + window.pad_right) * stage.ring_pixel;
    const std::size_t bytes = static_cast<std::size_t>(stage.ring_row * window.kernel_h) *
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
    stage.bias = pack_bias(conv, out.span);
    if (stage.kind == ConvStage::Kind::kDense) {
        const std::int64_t pixels = stage.flat ? out.width * out.height : out.width;
        stage.widest = stage.kernels->widest_block(static_cast<int>(pixels));
        stage.weights = pack_dense(conv, *stage.kernels, stage.vectors, stage.widest);
    } else {
        stage.weights = pack_taps(conv, static_cast<std::size_t>(in.channels), span);
    }
}

std::size_t scratch_of(const Step& step, const NhwcPlan& plan) {
    const Value& in = plan.values[step.inputs[0]];
    if (std::holds_alternative<PoolNode>(step.op)) {
        return static_cast<std::size_t>(in.width * in.span) * element_bytes(in.element);
    }
    if (std::holds_alternative<GlobalMeanNode>(step.op)) {
        return static_cast<std::size_t>(in.span) * sizeof(float);
    }
    if (const auto* node = std::get_if<GatedAttentionNode>(&step.op)) {
        return attention_scratch(*node, static_cast<std::size_t>(in.height * in.width)) *
               sizeof(float);
    }
    return 0;
}

}  // namespace closet
