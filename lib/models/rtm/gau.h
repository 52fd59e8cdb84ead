#pragma once

#include <cstdint>
#include <string>

#include "models/rtm/network_writer.h"

namespace closet {

struct GauSize {
    std::int64_t hidden = 256;     ///< channels D of input and result
    std::int64_t attention = 128;  ///< channels S of query and key

    /// Channels E of gate and value: the expansion factor is 2 in every RTMPose configuration.
    std::int64_t expanded() const { return 2 * hidden; }

    friend bool operator==(const GauSize&, const GauSize&) = default;
};

/// Gated attention unit (GAU; Hua et al. 2022, "Transformer Quality in Linear Time") over the
/// keypoints, as the RTMPose body models have it: self-attention without mask, position bias or
/// dropout. mmpose/models/utils/rtmcc_block.py, RTMCCBlock (MMPose 1.3.2).
///
/// 1 x K x 1 x D stays: residual + o(attention(silu(uv(ScaleNorm(x))))). `residual` is x times the
/// parameter `<name>.res_scale.scale` [D], whose factors whoever computes x can apply for nothing.
/// Labels "gau_ln", "gau_uv_silu", "gau_u_av" and "gau_out".
NetworkWriter::Value gau(NetworkWriter& net, const std::string& name, NetworkWriter::Value x,
                         NetworkWriter::Value residual, const GauSize& size);

}  // namespace closet
