#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/checkpoint/checkpoint.h"
#include "support/formula_weights.h"

namespace closet::test {

/// A checkpoint in memory, to be changed at will before it is used.
class MemoryCheckpoint final : public Checkpoint {
  public:
    explicit MemoryCheckpoint(std::string name) : path_(std::move(name)) {}

    /// Tensors hold `values`, or zeros.
    void add(std::string key, std::vector<std::int64_t> shape, std::vector<float> values = {}) {
        std::size_t count = 1;
        std::vector<std::int64_t> strides(shape.size());
        for (std::size_t axis = shape.size(); axis-- > 0;) {
            strides[axis] = static_cast<std::int64_t>(count);
            count *= static_cast<std::size_t>(shape[axis]);
        }
        values.resize(count);
        storages_.push_back(std::make_unique<std::vector<float>>(std::move(values)));
        tensors_.push_back({.key = std::move(key),
                            .type = ElementType::kFloat32,
                            .shape = std::move(shape),
                            .strides = std::move(strides),
                            .offset = 0,
                            .storage = std::as_bytes(std::span(*storages_.back()))});
    }
    /// A zero that stands for all elements: strides of 0, as torch.Tensor.expand gives them.
    void add_repeated(std::string key, std::vector<std::int64_t> shape) {
        add(std::move(key), {1});
        tensors_.back().strides.assign(shape.size(), 0);
        tensors_.back().shape = std::move(shape);
    }
    void remove(std::string_view key) {
        std::erase_if(tensors_, [&](const TensorEntry& tensor) { return tensor.key == key; });
    }
    /// Puts `prefix` before all keys.
    void wrap(const std::string& prefix) {
        for (TensorEntry& tensor : tensors_) {
            tensor.key = prefix + tensor.key;
        }
    }

    Format format() const override { return Format::kSafetensors; }
    const std::filesystem::path& path() const override { return path_; }
    std::span<const TensorEntry> tensors() const override { return tensors_; }
    const TensorEntry* find(std::string_view key) const override {
        for (const TensorEntry& tensor : tensors_) {
            if (tensor.key == key) {
                return &tensor;
            }
        }
        return nullptr;
    }
    const std::vector<std::pair<std::string, std::string>>& metadata() const override {
        return metadata_;
    }

  private:
    std::filesystem::path path_;
    std::vector<std::unique_ptr<std::vector<float>>> storages_;
    std::vector<TensorEntry> tensors_;
    std::vector<std::pair<std::string, std::string>> metadata_;
};

/// The state dict of recipe_<model>.json, as a network's training would have left it.
inline MemoryCheckpoint formula_checkpoint(const std::filesystem::path& recipe) {
    MemoryCheckpoint checkpoint(recipe.stem().string());
    for (const FormulaTensor& tensor : read_recipe(recipe)) {
        checkpoint.add(tensor.name, tensor.shape, tensor.values());
    }
    return checkpoint;
}

}  // namespace closet::test
