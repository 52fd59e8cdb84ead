#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/graph/network_graph.h"
#include "models/networks/state_dict.h"

namespace closet {

/// Lays down the nodes of a network, one after the other, and works out the shape of each value.
/// Values are pictures, 1 x H x W x C.
class GraphWriter {
  public:
    using Value = std::size_t;
    using Shape = std::vector<std::int64_t>;

    /// `name` is for messages. The input is a picture of 3 channels.
    GraphWriter(std::string name, std::int64_t height, std::int64_t width);

    Value input() const { return 0; }
    const Shape& shape(Value value) const { return graph_.shapes[value]; }
    std::int64_t channels(Value value) const { return shape(value).back(); }

    /// A convolution to `channels` channels; `residual` has the shape of the result.
    Value conv(ConvNode node, Value x, std::int64_t channels);
    Value conv(ConvNode node, Value x, std::int64_t channels, Value residual);

    /// The largest of the `kernel` x `kernel` pixels around each pixel, at the same size.
    Value max_pool(Value x, std::int64_t kernel);
    Value global_mean(Value x);        ///< of all pixels, 1 x 1 x 1 x C
    Value multiply(Value a, Value b);  ///< `b` of one pixel counts for every pixel of `a`
    Value concat(const std::vector<Value>& parts);  ///< along the last axis, the channels
    Value repeat(Value x, std::int64_t factor);     ///< nearest neighbor, factor H x factor W
    Value channels_to_pixels(Value x);              ///< see ChannelsToPixelsNode
    Value scale_norm(Value x, float gain);          ///< see ScaleNormNode
    /// See GatedAttentionNode; `channels`: its E.
    Value gated_attention(GatedAttentionNode node, Value x, std::int64_t channels);

    // For networks that are more than chains of pictures; values have any rank.

    /// The largest of each 2 x 2 pixels, to half the size rounded up (PyTorch's ceil_mode).
    Value halving_max_pool(Value x);
    Value resize(Value x, std::int64_t height, std::int64_t width, ResizeGrid grid);  ///< bilinear
    Value activation(Value x, Activation activation);
    /// Of one rank; an axis that is 1 long counts for all of the other's.
    Value arithmetic(Arithmetic operation, Value a, Value b);
    Value constant(std::vector<float> values, Shape shape);  ///< `shape` begins with N = 1
    Value reshape(Value x, Shape shape);                     ///< as many numbers as x has
    Value swap_last_axes(Value x);                           ///< of three: 1 x M x N to 1 x N x M
    Value matrix_product(Value a, Value b);                  ///< 1 x M x K times 1 x K x N
    Value softmax(Value x);                                  ///< along the last axis
    Value length(Value x);  ///< root of the sum of squares along the last axis, which becomes 1
    Value clamp(Value x, float low, float high);

    /// Names a value, so that it can be asked for as an output.
    void label(std::string_view name, Value value);

    /// The graph that computes the values of these names, in this order. To be called once. Throws
    /// ModelError for a name that no value has.
    NetworkGraph finish(std::span<const std::string> outputs);

  private:
    template <class Op>
    Value add(Op op, std::vector<Value> inputs, Shape shape);

    NetworkGraph graph_;
    std::map<std::string, Value, std::less<>> labels_;
};

/// What a block of a network needs to describe itself. Blocks are functions: they ask for their
/// parameters under the name that the block has in the checkpoint ("backbone.stage1.0"), lay down
/// their nodes and return the value that they compute.
struct NetworkWriter {
    using Value = GraphWriter::Value;

    Parameters& parameters;
    GraphWriter& graph;
};

}  // namespace closet
