#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "models/checkpoint/contents.h"
#include "models/checkpoint/pickle.h"

namespace closet {

/// What a pickle says of a storage, whose bytes lie elsewhere in the file.
struct PickledStorage {
    ElementType type = ElementType::kFloat32;
    std::string_view key;     ///< its name in the file
    std::uint64_t count = 0;  ///< elements

    bool operator==(const PickledStorage&) const = default;
    /// Bytes. Throws CheckpointError where that is more than `most`.
    std::size_t size(std::size_t most) const;
};

/// Takes a kStorage node apart. Throws CheckpointError where its type is none of ElementType.
PickledStorage pickled_storage(const Pickle& pickle, const PickleNode& storage);

/// The bytes of a storage; throws CheckpointError where the file does not hold them.
using FindStorage = std::function<std::span<const std::byte>(const PickledStorage&)>;

/// The tensors and the plain values of what torch.save or torch.jit.save was given. Of a
/// TorchScript module, the names of its tensors are their paths, joined by dots, as PyTorch's
/// state_dict has them. Else the state dict is its entry
/// "state_dict"; else itself, if it is a dict with tensors; else its entry "model", "model_state",
/// "params_ema" or "params". (The entry
/// "ema_state_dict" of MMEngine is never one: there, "state_dict" holds the averaged weights.)
/// Throws CheckpointError where there is none, or one that cannot be read in full.
CheckpointContents pickled_state(const Pickle& pickle, const FindStorage& find_storage);

/// The plain values of a node, flattened: names are joined by dots, elements of lists and tuples
/// are numbered. Leaves out `state`, tensors, nothing (None), and what is opaque. Limits: 8 levels,
/// 4096 values, 64 KiB a text, 4 MiB in all.
std::vector<std::pair<std::string, std::string>> pickled_metadata(const Pickle& pickle,
                                                                  const PickleNode& state);

}  // namespace closet
