#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "models/tflite/file.h"

namespace closet::test {

using Bytes = std::vector<std::byte>;

/// Writes FlatBuffers front to back: a table, then its children, each offset patched once the
/// child's place is known. Just enough for small models made in tests.
class FlatWriter {
  public:
    using Child = std::function<std::size_t(FlatWriter&)>;  ///< writes itself, returns its place
    struct Field {
        Bytes scalar;  ///< inline bytes, or empty for a child
        Child child;
    };
    using Fields = std::map<std::uint32_t, Field>;  ///< by field id

    template <class T>
    static Field scalar(T value) {
        Bytes bytes(sizeof value);
        std::memcpy(bytes.data(), &value, sizeof value);
        return {std::move(bytes), nullptr};
    }
    static Field child(Child write) { return {{}, std::move(write)}; }

    template <class T>
    static Field vector(std::vector<T> values) {
        return child([values = std::move(values)](FlatWriter& writer) {
            writer.align(8, sizeof(std::uint32_t));
            const std::size_t place = writer.put(static_cast<std::uint32_t>(values.size()));
            for (const T& value : values) {
                writer.put(value);
            }
            return place;
        });
    }
    static Field text(const std::string& value) {
        return vector(std::vector<char>(value.begin(), value.end()));
    }
    static Field table(Fields fields) {
        return child([fields = std::move(fields)](FlatWriter& writer) {
            return writer.write_table(fields);
        });
    }
    static Field tables(std::vector<Fields> entries) {
        return child([entries = std::move(entries)](FlatWriter& writer) {
            writer.align(4);
            const std::size_t place = writer.put(static_cast<std::uint32_t>(entries.size()));
            std::vector<std::size_t> slots;
            for (std::size_t i = 0; i < entries.size(); ++i) {
                slots.push_back(writer.put(std::uint32_t{0}));
            }
            for (std::size_t i = 0; i < entries.size(); ++i) {
                writer.patch(slots[i], writer.write_table(entries[i]));
            }
            return place;
        });
    }

    static Bytes file(const Fields& root, const char* identifier) {
        FlatWriter writer;
        const std::size_t slot = writer.put(std::uint32_t{0});
        for (int i = 0; i < 4; ++i) {
            writer.put(identifier[i]);
        }
        writer.patch(slot, writer.write_table(root));
        return writer.bytes_;
    }

  private:
    template <class T>
    std::size_t put(T value) {
        const std::size_t place = bytes_.size();
        bytes_.resize(place + sizeof value);
        std::memcpy(bytes_.data() + place, &value, sizeof value);
        return place;
    }
    void align(std::size_t to, std::size_t ahead = 0) {
        while ((bytes_.size() + ahead) % to != 0) {
            bytes_.push_back(std::byte{0});
        }
    }
    void patch(std::size_t slot, std::size_t place) {
        const auto offset = static_cast<std::uint32_t>(place - slot);
        std::memcpy(bytes_.data() + slot, &offset, sizeof offset);
    }

    std::size_t write_table(const Fields& fields) {
        const std::size_t slots = fields.empty() ? 0 : fields.rbegin()->first + 1;
        align(8);
        const std::size_t vtable = put(static_cast<std::uint16_t>(4 + 2 * slots));
        const std::size_t table_size = put(std::uint16_t{0});
        for (std::size_t i = 0; i < slots; ++i) {
            put(std::uint16_t{0});
        }
        align(8);
        const std::size_t table = bytes_.size();
        put(static_cast<std::int32_t>(table - vtable));
        std::vector<std::pair<std::size_t, const Child*>> children;
        for (const auto& [id, field] : fields) {
            align(field.child ? 4 : field.scalar.size());
            const auto offset = static_cast<std::uint16_t>(bytes_.size() - table);
            std::memcpy(bytes_.data() + vtable + 4 + std::size_t{2} * id, &offset, sizeof offset);
            if (field.child) {
                children.emplace_back(put(std::uint32_t{0}), &field.child);
            } else {
                const std::size_t place = bytes_.size();
                bytes_.resize(place + field.scalar.size());
                std::memcpy(bytes_.data() + place, field.scalar.data(), field.scalar.size());
            }
        }
        const auto size = static_cast<std::uint16_t>(bytes_.size() - table);
        std::memcpy(bytes_.data() + table_size, &size, sizeof size);
        for (const auto& [slot, write] : children) {
            patch(slot, (*write)(*this));
        }
        return table;
    }

    Bytes bytes_;
};

/// A model of a few operators, built tensor by tensor. Tensor 0 is the input.
class ModelWriter {
  public:
    using W = FlatWriter;

    explicit ModelWriter(const std::vector<std::int32_t>& input_shape) {
        buffers_.push_back({});  // buffer 0 is empty by convention
        activation(input_shape);
    }

    std::int32_t activation(const std::vector<std::int32_t>& shape) {
        return add(shape, TfliteType::kFloat32, 0, {});
    }

    template <class T>
    std::int32_t constant(const std::vector<std::int32_t>& shape, TfliteType type,
                          std::vector<T> values, W::Fields sparsity = {}) {
        std::vector<std::uint8_t> raw(values.size() * sizeof(T));
        std::memcpy(raw.data(), values.data(), raw.size());
        buffers_.push_back({{0, W::vector(raw)}});
        return add(shape, type, static_cast<std::uint32_t>(buffers_.size() - 1),
                   std::move(sparsity));
    }
    std::int32_t floats(const std::vector<std::int32_t>& shape, std::vector<float> values) {
        return constant(shape, TfliteType::kFloat32, std::move(values));
    }
    std::int32_t integers(std::vector<std::int32_t> values) {
        const auto count = static_cast<std::int32_t>(values.size());
        return constant({count}, TfliteType::kInt32, std::move(values));
    }

    /// `options_type` is the member of the schema's union BuiltinOptions; 0 for none.
    void op(TfliteCode code, std::vector<std::int32_t> inputs, std::vector<std::int32_t> outputs,
            std::uint8_t options_type = 0, W::Fields options = {}) {
        // The old field for codes ends at 127.
        const auto number = static_cast<std::int32_t>(code);
        codes_.push_back(
            {{0, W::scalar(static_cast<std::int8_t>(number))}, {3, W::scalar(number)}});
        W::Fields fields = {{0, W::scalar(static_cast<std::uint32_t>(codes_.size() - 1))},
                            {1, W::vector(std::move(inputs))},
                            {2, W::vector(std::move(outputs))}};
        if (options_type != 0) {
            fields.emplace(3, W::scalar(options_type));
            fields.emplace(4, W::table(std::move(options)));
        }
        operators_.push_back(std::move(fields));
    }

    /// A custom operator, with the bytes of its options.
    void custom(const std::string& name, std::vector<std::int32_t> inputs,
                std::vector<std::int32_t> outputs, std::vector<std::uint8_t> options) {
        op(TfliteCode::kCustom, std::move(inputs), std::move(outputs));
        codes_.back().emplace(1, W::text(name));
        operators_.back().emplace(5, W::vector(std::move(options)));
    }

    Bytes bytes(std::vector<std::int32_t> outputs) const {
        const W::Fields graph = {{0, W::tables(tensors_)},
                                 {1, W::vector(std::vector<std::int32_t>{0})},
                                 {2, W::vector(std::move(outputs))},
                                 {3, W::tables(operators_)}};
        return W::file({{0, W::scalar(std::uint32_t{3})},
                        {1, W::tables(codes_)},
                        {2, W::tables({graph})},
                        {4, W::tables(buffers_)}},
                       "TFL3");
    }

  private:
    std::int32_t add(const std::vector<std::int32_t>& shape, TfliteType type, std::uint32_t buffer,
                     W::Fields sparsity) {
        W::Fields fields = {{0, W::vector(shape)},
                            {1, W::scalar(static_cast<std::int8_t>(type))},
                            {2, W::scalar(buffer)},
                            {3, W::text(fmt::format("t{}", tensors_.size()))}};
        if (!sparsity.empty()) {
            fields.emplace(6, W::table(std::move(sparsity)));
        }
        tensors_.push_back(std::move(fields));
        return static_cast<std::int32_t>(tensors_.size() - 1);
    }

    std::vector<W::Fields> tensors_, operators_, codes_, buffers_;
};

/// Options tables, by the schema's field ids. `same`: padding SAME, else VALID.
inline FlatWriter::Fields conv_options(bool same, std::int32_t stride, TfliteActivation fused) {
    return {{0, FlatWriter::scalar(static_cast<std::int8_t>(same ? 0 : 1))},
            {1, FlatWriter::scalar(stride)},
            {2, FlatWriter::scalar(stride)},
            {3, FlatWriter::scalar(static_cast<std::int8_t>(fused))}};
}
inline FlatWriter::Fields depthwise_options(bool same, std::int32_t stride,
                                            TfliteActivation fused) {
    return {{0, FlatWriter::scalar(static_cast<std::int8_t>(same ? 0 : 1))},
            {1, FlatWriter::scalar(stride)},
            {2, FlatWriter::scalar(stride)},
            {3, FlatWriter::scalar(std::int32_t{1})},
            {4, FlatWriter::scalar(static_cast<std::int8_t>(fused))}};
}
inline FlatWriter::Fields pool_options(bool same, std::int32_t stride, std::int32_t filter) {
    return {{0, FlatWriter::scalar(static_cast<std::int8_t>(same ? 0 : 1))},
            {1, FlatWriter::scalar(stride)},
            {2, FlatWriter::scalar(stride)},
            {3, FlatWriter::scalar(filter)},
            {4, FlatWriter::scalar(filter)}};
}
inline FlatWriter::Fields fused_only(TfliteActivation fused = TfliteActivation::kNone) {
    return {{0, FlatWriter::scalar(static_cast<std::int8_t>(fused))}};
}

/// Members of the schema's union BuiltinOptions.
namespace options_type {
inline constexpr std::uint8_t kConv2d = 1, kDepthwise = 2, kPool = 5, kConcat = 10, kAdd = 11,
                              kResize = 15, kMul = 21, kReducer = 27, kSub = 28, kDepthToSpace = 94;
}  // namespace options_type

}  // namespace closet::test
