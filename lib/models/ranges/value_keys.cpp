#include "models/ranges/value_keys.h"

#include <bit>
#include <span>
#include <string_view>

namespace closet {
namespace {

/// Not cryptographic: it tells weights apart, not forgers.
class Hash {
  public:
    void add(std::uint64_t word) {
        constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio, odd
        state_ = (state_ ^ word) * kFactor;
        state_ ^= state_ >> 32;
    }
    void add(std::string_view text) {
        for (const char c : text) {
            add(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
        }
    }
    void add(std::span<const float> numbers) {
        add(std::uint64_t{numbers.size()});
        for (const float number : numbers) {
            add(std::uint64_t{std::bit_cast<std::uint32_t>(number)});
        }
    }
    std::uint64_t state() const { return state_; }

  private:
    std::uint64_t state_ = 1;
};

}  // namespace

std::vector<std::uint64_t> value_keys(const NetworkGraph& graph) {
    std::vector<std::uint64_t> keys(graph.shapes.size());
    const auto add_weights = [](Hash& hash, const Node& node) {
        if (const auto* conv = std::get_if<ConvNode>(&node.op)) {
            hash.add(conv->weights);
            hash.add(conv->bias);
        }
    };
    Hash input;  // of several networks' inputs the numbers differ: the first node tells them apart
    add_weights(input, graph.nodes.at(0));
    keys[0] = input.state();
    for (const Node& node : graph.nodes) {
        Hash hash;
        hash.add(kind_of(node));
        for (const std::size_t from : node.inputs) {
            hash.add(keys[from]);
        }
        add_weights(hash, node);
        keys[node.output] = hash.state();
    }
    return keys;
}

}  // namespace closet
