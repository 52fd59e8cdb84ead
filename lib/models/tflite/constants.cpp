#include "models/tflite/constants.h"

#include <array>
#include <cstring>

#include <fmt/format.h>

#include "core/error.h"
#include "core/half.h"

namespace closet {

namespace {

[[noreturn]] void fail(const TfliteFile& file, const TfliteTensor& tensor, const char* why) {
    throw ModelError(fmt::format("{} cannot be used: tensor '{}' {}", file.name, tensor.name, why));
}

std::vector<float> stored_floats(const TfliteFile& file, const TfliteTensor& tensor) {
    const std::size_t count = tensor.data.size() / size_of(tensor.type);
    std::vector<float> values(count);
    if (tensor.type == TfliteType::kFloat32) {
        std::memcpy(values.data(), tensor.data.data(), count * sizeof(float));
    } else if (tensor.type == TfliteType::kFloat16) {
        for (std::size_t i = 0; i < count; ++i) {
            std::uint16_t half = 0;
            std::memcpy(&half, tensor.data.data() + i * sizeof half, sizeof half);
            values[i] = float_from_half(half);
        }
    } else {
        fail(file, tensor, "is used as weights but does not hold float numbers");
    }
    return values;
}

/// Walks the levels of a sparse layout and places each stored value.
/// https://www.tensorflow.org/api_docs/python/tf/lite, schema.fbs `SparsityParameters`; the scheme
/// is that of the TACO compiler: a level is dense (all entries) or CSR (segments and indices).
class Densifier {
  public:
    Densifier(const TfliteFile& file, const TfliteTensor& tensor)
        : file_(file), tensor_(tensor), layout_(*tensor.sparsity) {
        const std::size_t rank = tensor.shape.size();
        const std::size_t levels = layout_.traversal_order.size();
        if (levels != rank + layout_.block_map.size() || layout_.dimensions.size() != levels ||
            levels > kMaxLevels) {
            broken();
        }
        std::array<bool, kMaxLevels> seen{};
        for (std::size_t level = 0; level < levels; ++level) {
            const auto axis = static_cast<std::size_t>(layout_.traversal_order[level]);
            // Negative values become huge. The second condition keeps the original axes first.
            if (axis >= levels || seen[axis] || (axis >= rank) != (level >= rank)) {
                broken();
            }
            seen[axis] = true;
        }
        for (const auto axis : layout_.block_map) {
            if (axis < 0 || static_cast<std::size_t>(axis) >= rank) {
                broken();
            }
        }
        set_extents();
    }

    std::vector<float> run(const std::vector<float>& stored) {
        const auto count = static_cast<std::size_t>(tensor_.element_count());
        // Keeps a tiny file from asking for gigabytes. Known models store a quarter of the values.
        constexpr std::size_t kMaxExpansion = 1024;
        if (stored.empty() || count / stored.size() > kMaxExpansion) {
            broken();
        }
        dense_.assign(count, 0.0F);
        stored_ = &stored;
        descend(0, 0);
        if (used_ != stored.size()) {
            broken();
        }
        return std::move(dense_);
    }

  private:
    static constexpr std::size_t kMaxLevels = 12;  // six axes, each with a block

    [[noreturn]] void broken() const { fail(file_, tensor_, "has a sparse layout that is broken"); }

    // stride_[level]: how far one step at a level moves in the dense array; extent_[level]: how
    // many steps fit. A block axis walks inside one step of the axis that it subdivides.
    void set_extents() {
        const std::size_t rank = tensor_.shape.size();
        std::array<std::int64_t, kMaxLevels> stride{};
        std::array<std::int64_t, kMaxLevels> extent{};
        std::int64_t step = 1;
        for (std::size_t axis = rank; axis-- > 0;) {
            stride[axis] = step;
            extent[axis] = tensor_.shape[axis];
            step *= tensor_.shape[axis];
        }
        for (std::size_t level = rank; level < layout_.dimensions.size(); ++level) {
            const auto block_axis = static_cast<std::size_t>(layout_.traversal_order[level]);
            const auto axis = static_cast<std::size_t>(layout_.block_map[block_axis - rank]);
            const std::int64_t size = layout_.dimensions[level].size;
            // One block an axis, dense, and dividing it.
            if (layout_.dimensions[level].sparse || size < 1 || extent[axis] % size != 0 ||
                stride[block_axis] != 0) {
                broken();
            }
            stride[block_axis] = stride[axis];
            extent[block_axis] = size;
            stride[axis] *= size;
            extent[axis] /= size;
        }
        for (std::size_t level = 0; level < layout_.dimensions.size(); ++level) {
            const auto axis = static_cast<std::size_t>(layout_.traversal_order[level]);
            const auto& dimension = layout_.dimensions[level];
            if (!dimension.sparse && dimension.size != extent[axis]) {
                broken();
            }
            stride_[level] = stride[axis];
            extent_[level] = extent[axis];
        }
    }

    // `entry`: number of the entry at the level above; `offset_`: its place in the dense array.
    // The depth is the number of levels. Each entry at the last level uses up one stored value, and
    // a level with no entries ends its branch, so the work is bounded by dense size x levels.
    void descend(std::size_t level, std::size_t entry) {
        if (level == layout_.dimensions.size()) {
            if (entry >= stored_->size() || offset_ >= static_cast<std::int64_t>(dense_.size())) {
                broken();
            }
            dense_[static_cast<std::size_t>(offset_)] = (*stored_)[entry];
            ++used_;
            return;
        }
        const auto& dimension = layout_.dimensions[level];
        const std::int64_t origin = offset_;
        if (!dimension.sparse) {
            const auto size = static_cast<std::size_t>(extent_[level]);
            for (std::size_t i = 0; i < size; ++i) {
                offset_ = origin + static_cast<std::int64_t>(i) * stride_[level];
                descend(level + 1, entry * size + i);
            }
        } else {
            if (entry + 1 >= dimension.segments.size()) {
                broken();
            }
            const std::int64_t begin = dimension.segments[entry];
            const std::int64_t end = dimension.segments[entry + 1];
            if (begin < 0 || end < begin || end - begin > extent_[level] ||
                end > static_cast<std::int64_t>(dimension.indices.size())) {
                broken();
            }
            for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
                const std::int64_t index = dimension.indices[i];
                if (index < 0 || index >= extent_[level]) {
                    broken();
                }
                offset_ = origin + index * stride_[level];
                descend(level + 1, i);
            }
        }
        offset_ = origin;
    }

    const TfliteFile& file_;
    const TfliteTensor& tensor_;
    const TfliteSparsity& layout_;
    std::array<std::int64_t, kMaxLevels> stride_{};
    std::array<std::int64_t, kMaxLevels> extent_{};
    const std::vector<float>* stored_ = nullptr;
    std::vector<float> dense_;
    std::int64_t offset_ = 0;
    std::size_t used_ = 0;
};

}  // namespace

std::vector<float> float_constant(const TfliteFile& file, const TfliteTensor& tensor) {
    if (tensor.data.empty()) {
        fail(file, tensor, "must be a constant and is not");
    }
    auto values = stored_floats(file, tensor);
    return tensor.sparsity ? Densifier(file, tensor).run(values) : values;
}

std::vector<std::int64_t> integer_constant(const TfliteFile& file, const TfliteTensor& tensor) {
    if (tensor.data.empty() || tensor.sparsity) {
        fail(file, tensor, "must be a dense constant and is not");
    }
    std::vector<std::int64_t> values(tensor.data.size() / size_of(tensor.type));
    if (tensor.type == TfliteType::kInt64) {
        std::memcpy(values.data(), tensor.data.data(), values.size() * sizeof(std::int64_t));
    } else if (tensor.type == TfliteType::kInt32) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            std::int32_t value = 0;
            std::memcpy(&value, tensor.data.data() + i * sizeof value, sizeof value);
            values[i] = value;
        }
    } else {
        fail(file, tensor, "does not hold whole numbers");
    }
    return values;
}

}  // namespace closet
