// What the kernels support: which processor takes which of them, and which graphs they run.
#include <algorithm>

#include "core/cpu.h"
#include "models/nhwc/activate.h"
#include "models/nhwc/kernels.h"
#include "models/nhwc/plain.h"
#include "models/nhwc/plan.h"

namespace closet {
namespace {

struct Supports {
    const NetworkGraph& graph;
    const Node& node;

    bool is_picture(std::size_t value) const { return graph.shapes[value].size() == 4; }

    bool operator()(const ConvNode& conv) const {
        const KernelWindow& window = conv.window;
        const bool square =
            window.kernel_h == window.kernel_w && window.stride_h == window.stride_w;
        const bool known = (window.kernel_h == 3 || window.kernel_h == 5) && window.stride_h <= 2;
        const bool columns = window.dilation_w == 1 || window.stride_w == 1;
        return !(conv.residual_last && needs_pass(conv.activation)) &&
               window.kernel_h <= kMaxKernelRows &&
               (!conv.depthwise || (square && known && columns && node.inputs.size() == 1));
    }
    bool operator()(const GlobalMeanNode&) const { return is_picture(node.inputs[0]); }
    bool operator()(const ScaleNormNode&) const { return is_picture(node.output); }
    bool operator()(const GatedAttentionNode&) const { return is_picture(node.output); }
    bool operator()(const BlockUpsampleNode&) const { return false; }
    template <class Op>
    bool operator()(const Op&) const {
        return true;
    }
};

// The input's pixels are no whole vectors of channels: only a dense convolution can read them.
bool reads_input_well(const Node& node) {
    const auto* conv = std::get_if<ConvNode>(&node.op);
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.inputs[i] == 0 && (conv == nullptr || conv->depthwise || i != 0)) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool nhwc_supports(const NetworkGraph& graph) {
    return nhwc_obstacles(graph).empty();
}

std::vector<std::string_view> nhwc_obstacles(const NetworkGraph& graph) {
    std::vector<std::string_view> kinds;
    for (const Node& node : graph.nodes) {
        const bool served = is_plain(node, graph) ||
                            (reads_input_well(node) && std::visit(Supports{graph, node}, node.op));
        const std::string_view kind = kind_of(node);
        if (!served && std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
            kinds.push_back(kind);
        }
    }
    return kinds;
}

const NhwcKernels* int8_kernels(CpuPath path, [[maybe_unused]] bool vnni) {
    if (path == CpuPath::kGeneric) {
        return nullptr;
    }
#if defined(__x86_64__)
    if (path == CpuPath::kAvx2) {
        return vnni ? &avx_vnni_kernels() : &avx2_int8_kernels();
    }
    return vnni ? &avx512_vnni_kernels() : &avx512_int8_kernels();
#else
    return nullptr;
#endif
}

const NhwcKernels* nhwc_kernels(Element element, CpuPath path) {
    const bool is_float = element == Element::kFloat;
    if (element == Element::kUint8) {
        return int8_kernels(path, path == cpu_path() && cpu_has_vnni());
    }
    switch (path) {
        case CpuPath::kGeneric:
            break;
#if defined(__x86_64__)
        case CpuPath::kAvx2:
            return is_float ? &avx2_kernels() : nullptr;
        case CpuPath::kAvx512:
            return is_float ? &avx512_kernels() : nullptr;
        case CpuPath::kAvx512Bf16:
            return is_float ? &avx512_kernels() : &bf16_kernels();
#else
        default:
            break;
#endif
    }
    return is_float ? &generic_kernels() : nullptr;
}

const NhwcKernels* nhwc_kernels(Element element) {
    return nhwc_kernels(element, cpu_path());
}

const NhwcKernels& nhwc_kernels_for(const NhwcKernels& kernels, std::ptrdiff_t pitch,
                                    Element element) {
    if (kernels.element != element) {
        return nhwc_kernels_for(kernels.floats(), pitch, element);
    }
    return pitch % kernels.lanes == 0 ? kernels : kernels.narrow();
}

std::ptrdiff_t nhwc_pitch(const NhwcKernels& kernels, std::ptrdiff_t channels) {
    const std::ptrdiff_t narrow = kernels.narrow().lanes;
    const std::ptrdiff_t unit = channels <= narrow ? narrow : kernels.lanes;
    return (channels + unit - 1) / unit * unit;
}

}  // namespace closet
