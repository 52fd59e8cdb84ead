#include "models/rtm/gau.h"

#include <utility>

#include "models/rtm/linear.h"
#include "models/rtm/scale_norm.h"

namespace closet {

namespace {

using Value = NetworkWriter::Value;

// Row 0 of gamma and beta makes the query, row 1 the key.
GatedAttentionNode gated_attention(NetworkWriter& net, const std::string& name,
                                   const GauSize& size) {
    const auto gamma = net.parameters.take(name + ".gamma", {2, size.attention});
    const auto beta = net.parameters.take(name + ".beta", {2, size.attention});
    const auto row = [](const std::vector<float>& rows, std::ptrdiff_t index) {
        const auto length = static_cast<std::ptrdiff_t>(rows.size()) / 2;
        const auto first = rows.begin() + index * length;
        return std::vector<float>(first, first + length);
    };
    return {.query_scale = row(gamma, 0),
            .query_shift = row(beta, 0),
            .key_scale = row(gamma, 1),
            .key_shift = row(beta, 1)};
}

}  // namespace

Value gau(NetworkWriter& net, const std::string& name, Value x, Value residual,
          const GauSize& size) {
    const std::int64_t gate_value_base = 2 * size.expanded() + size.attention;
    const Value normal = scale_norm(net, name + ".ln", x);
    const Value parts =
        linear(net, net.parameters.take(name + ".uv.weight", {gate_value_base, size.hidden}),
               normal, gate_value_base, Activation::kSilu);
    const Value attended =
        net.graph.gated_attention(gated_attention(net, name, size), parts, size.expanded());
    const Value y =
        linear(net, net.parameters.take(name + ".o.weight", {size.hidden, size.expanded()}),
               attended, size.hidden, Activation::kNone, residual);
    net.graph.label("gau_ln", normal);
    net.graph.label("gau_uv_silu", parts);
    net.graph.label("gau_u_av", attended);
    net.graph.label("gau_out", y);
    return y;
}

}  // namespace closet
