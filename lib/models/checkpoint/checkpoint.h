#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace closet {

/// What a tensor's numbers are, as PyTorch and safetensors name them.
enum class ElementType {
    kFloat64,
    kFloat32,
    kFloat16,
    kBFloat16,
    kInt64,
    kInt32,
    kInt16,
    kInt8,
    kUInt8,
    kBool,
};
std::string_view to_string(ElementType type);  ///< "float32" and so on
std::size_t size_of(ElementType type);         ///< bytes

/// One named tensor of a checkpoint: a strided view of a storage. Checked when the file was read:
/// every element lies inside `storage`.
struct TensorEntry {
    std::string key;  ///< "backbone.stem.0.conv.weight"; printable, at most 1024 bytes
    ElementType type = ElementType::kFloat32;
    std::vector<std::int64_t> shape;     ///< empty for a scalar; extents may be 0
    std::vector<std::int64_t> strides;   ///< elements, one an axis, 0 or more
    std::int64_t offset = 0;             ///< elements from the start of the storage
    std::span<const std::byte> storage;  ///< little endian, not aligned; owned by the checkpoint
};

/// A checkpoint file, mapped into memory: names, tensors and what it says about itself. Nothing in
/// it is ever executed. Immutable.
class Checkpoint {
  public:
    enum class Format { kPthLegacy, kPthZip, kSafetensors };

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

/// Opens a .pth file (both layouts of torch.save) or a .safetensors file, told apart by content.
/// Throws ModelError that says what is wrong where it is damaged, holds no tensors, or asks for
/// something that this reader refuses.
std::shared_ptr<const Checkpoint> read_checkpoint(const std::filesystem::path& path);

/// The same for bytes in memory, which must outlive the result. `name` is for messages and becomes
/// its path.
std::shared_ptr<const Checkpoint> parse_checkpoint(std::span<const std::byte> bytes,
                                                   std::filesystem::path name);

/// The tensor's numbers in row-major order, converted. Throws ModelError for more than 2^28 of
/// them.
std::vector<float> to_floats(const TensorEntry& tensor);

}  // namespace closet
