#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

namespace closet {

enum class PickleKind : std::uint8_t {
    kNone,
    kBool,     ///< `integer` is 0 or 1
    kInt,      ///< `integer`; one that needs more than 64 bits is opaque
    kFloat,    ///< `real`
    kText,     ///< `text`, not checked to be UTF-8
    kBytes,    ///< `text`
    kList,     ///< `children`
    kTuple,    ///< `children`
    kDict,     ///< `children`: key, value, key, value; also collections.OrderedDict
    kGlobal,   ///< `module` and `text`: a class or function that is named, never looked up
    kStorage,  ///< one child: the persistent id that stands for a storage
    kTensor,   ///< one child: the tuple of arguments of torch._utils._rebuild_tensor_v2
    kModule,   ///< an object of a class of TorchScript; one child, the dict of its state, if any
    kOpaque,   ///< `module` and `text` of what would have been called; the rest is dropped
};

/// A node of a pickle. Texts view the file.
struct PickleNode {
    using Id = std::uint32_t;

    PickleKind kind = PickleKind::kNone;
    std::int64_t integer = 0;
    double real = 0;
    std::string_view text, module;
    std::vector<Id> children;
};

/// What a pickle says, as a graph of nodes: an object that is referred to twice is one node, and
/// one that contains itself is a cycle. Nodes own each other by number only, so neither costs
/// recursion or leaks, but who walks the graph must bound the walk.
struct Pickle {
    std::deque<PickleNode> nodes;
    PickleNode::Id root = 0;
    std::vector<PickleNode::Id> storages;  ///< every kStorage node, wherever it went
    std::size_t size = 0;                  ///< bytes, up to and with the final opcode

    const PickleNode& operator[](PickleNode::Id id) const { return nodes[id]; }
};

/// Note [Pickles are data]
/// A pickle is a program for a stack machine whose opcodes can call anything that Python can
/// import. This machine has the same stack and memo but calls nothing: a REDUCE, NEWOBJ or BUILD
/// makes an opaque node and drops the arguments, except for the three callables that a state dict
/// needs (an ordered map, a tensor, a parameter), which become nodes too. An object of a class of
/// TorchScript (`__torch__.*`, whatever its name) is its state: a dict of parameters and modules.
///
/// Reads the opcodes of protocols 2 to 5 that torch.save writes, from the start of `bytes` to the
/// final one. Throws CheckpointError for any other, for damage, and for a pickle of more than
/// 2^21 steps, which bounds what is kept to some 250 MB.
/// Opcodes: the file pickletools.py of Python describes each.
Pickle read_pickle(std::span<const std::byte> bytes);

/// The value of a text key of a dict, null where there is none. Throws CheckpointError where the
/// key is there twice.
const PickleNode* find_in_dict(const Pickle& pickle, const PickleNode& dict, std::string_view key);

}  // namespace closet
