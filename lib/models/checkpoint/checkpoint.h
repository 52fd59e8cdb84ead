#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/checkpoint/tensor.h"

namespace closet {

/// A checkpoint file, mapped into memory: names, tensors and what it says about itself. Nothing in
/// it is ever executed. Immutable.
class Checkpoint {
  public:
    enum class Format { kPthLegacy, kPthZip, kTorchScript, kSafetensors };

    virtual ~Checkpoint() = default;

    virtual Format format() const = 0;
    virtual const std::filesystem::path& path() const = 0;

    /// In the file's order; keys are unique.
    virtual std::span<const TensorEntry> tensors() const = 0;

    /// Null where there is none of that key.
    virtual const TensorEntry* find(std::string_view key) const = 0;

    /// What the file says about itself, flattened: ("meta.epoch", "420"), ("meta.cfg", "...").
    /// Plain values only, printable: control characters and what is no UTF-8 are replaced. Texts
    /// longer than 64 KiB are cut, values beyond 4096 left out.
    virtual const std::vector<std::pair<std::string, std::string>>& metadata() const = 0;
};
std::string_view to_string(Checkpoint::Format format);

/// Opens a .pth file (both layouts of torch.save), a TorchScript archive, of which only parameters
/// and buffers are read, or a .safetensors file, told apart by content.
/// Throws ModelError that says what is wrong where it is damaged, holds no tensors, or asks for
/// something that this reader refuses.
std::shared_ptr<const Checkpoint> read_checkpoint(const std::filesystem::path& path);

/// The same for bytes in memory, which must outlive the result. `name` is for messages and becomes
/// its path.
std::shared_ptr<const Checkpoint> parse_checkpoint(std::span<const std::byte> bytes,
                                                   std::filesystem::path name);

}  // namespace closet
