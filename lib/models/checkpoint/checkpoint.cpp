#include "models/checkpoint/checkpoint.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "core/error.h"
#include "models/checkpoint/contents.h"
#include "models/mapped_file.h"

namespace closet {

namespace {

/// A checkpoint whose tensors view bytes that `storage` keeps alive.
class ReadCheckpoint final : public Checkpoint {
  public:
    ReadCheckpoint(std::filesystem::path path, CheckpointContents contents,
                   std::shared_ptr<const void> storage)
        : path_(std::move(path)),
          contents_(std::move(contents)),
          by_key_(contents_.tensors.size()),
          storage_(std::move(storage)) {
        if (contents_.tensors.empty()) {
            throw CheckpointError("it holds no tensors");
        }
        std::iota(by_key_.begin(), by_key_.end(), std::size_t{0});
        std::sort(by_key_.begin(), by_key_.end(),
                  [this](std::size_t a, std::size_t b) { return key(a) < key(b); });
        const auto twice =
            std::adjacent_find(by_key_.begin(), by_key_.end(),
                               [this](std::size_t a, std::size_t b) { return key(a) == key(b); });
        if (twice != by_key_.end()) {
            throw CheckpointError(fmt::format("tensor '{}' is there twice", key(*twice)));
        }
    }

    Format format() const override { return contents_.format; }
    const std::filesystem::path& path() const override { return path_; }
    std::span<const TensorEntry> tensors() const override { return contents_.tensors; }
    const TensorEntry* find(std::string_view wanted) const override {
        const auto found =
            std::lower_bound(by_key_.begin(), by_key_.end(), wanted,
                             [this](std::size_t a, std::string_view b) { return key(a) < b; });
        return found != by_key_.end() && key(*found) == wanted ? &contents_.tensors[*found]
                                                               : nullptr;
    }
    const std::vector<std::pair<std::string, std::string>>& metadata() const override {
        return contents_.metadata;
    }

  private:
    const std::string& key(std::size_t index) const { return contents_.tensors[index].key; }

    std::filesystem::path path_;
    CheckpointContents contents_;
    std::vector<std::size_t> by_key_;  ///< indices of the tensors, sorted by key
    std::shared_ptr<const void> storage_;
};

struct Reader {
    bool (*recognizes)(std::span<const std::byte>);
    CheckpointContents (*read)(std::span<const std::byte>);
};
constexpr Reader kReaders[] = {
    {is_pth_legacy, read_pth_legacy},
    {is_pth_zip, read_pth_zip},
    {is_safetensors, read_safetensors},
};

std::shared_ptr<const Checkpoint> read(std::span<const std::byte> bytes, std::filesystem::path name,
                                       std::shared_ptr<const void> storage) {
    try {
        for (const Reader& reader : kReaders) {
            if (reader.recognizes(bytes)) {
                return std::make_shared<ReadCheckpoint>(name, reader.read(bytes),
                                                        std::move(storage));
            }
        }
        throw CheckpointError("it is neither a .pth file of torch.save nor a .safetensors file");
    } catch (const CheckpointError& error) {
        throw ModelError(
            fmt::format("cannot read the checkpoint {}: {}", name.string(), error.what()));
    }
}

}  // namespace

std::string_view to_string(Checkpoint::Format format) {
    switch (format) {
        case Checkpoint::Format::kPthLegacy:
            return "PyTorch, legacy layout";
        case Checkpoint::Format::kPthZip:
            return "PyTorch, zip layout";
        case Checkpoint::Format::kTorchScript:
            return "TorchScript, whose weights are read and whose code is not";
        case Checkpoint::Format::kSafetensors:
            break;
    }
    return "safetensors";
}

std::shared_ptr<const Checkpoint> read_checkpoint(const std::filesystem::path& path) {
    auto file = std::make_shared<const MappedFile>(path);
    const auto bytes = file->bytes();
    return read(bytes, path, std::move(file));
}

std::shared_ptr<const Checkpoint> parse_checkpoint(std::span<const std::byte> bytes,
                                                   std::filesystem::path name) {
    return read(bytes, std::move(name), nullptr);
}

}  // namespace closet
