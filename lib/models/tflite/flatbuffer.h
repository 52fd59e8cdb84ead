#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace closet {

/// A FlatBuffer that breaks its own format. The text says where, without naming the file.
class FlatbufferError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Note [Hostile files]
/// The bytes come from outside. Every offset is checked against the whole file before it is
/// followed, every vector before its elements are read, and values are copied out byte by byte, so
/// neither alignment nor overlap matters. Tables refer to each other by position and are only read
/// where the schema expects one, to a depth that the caller's code fixes, so cycles are harmless.
/// Vectors may be shared by many tables, so callers cap what they copy in total.
///
/// Own code and not the flatbuffers library: its verifier needs code generated from the schema,
/// that of TensorFlow Lite is in no package of Debian's, and with a copy of it the reader would be
/// several times as long.
///
/// Format: https://flatbuffers.dev/internals (little endian).
static_assert(std::endian::native == std::endian::little);

/// One table of a FlatBuffer. Fields are addressed by their id in the schema. A view: the bytes
/// must outlive it.
class FlatTable {
  public:
    /// The root table of a buffer that carries `identifier` (four characters) in bytes 4..7.
    static FlatTable root(std::span<const std::byte> buffer, std::string_view identifier);

    /// A scalar field, or `absent` where it is not stored.
    template <class T>
    T scalar(std::uint32_t field, T absent) const {
        const std::size_t position = find(field, sizeof(T));
        return position == 0 ? absent : load<T>(position);
    }

    /// A nested table, if stored.
    std::optional<FlatTable> table(std::uint32_t field) const;

    /// The bytes of a vector of `element_size`-byte scalars; empty where absent.
    std::span<const std::byte> bytes(std::uint32_t field, std::size_t element_size) const;

    /// A string field without its terminating zero; empty where absent.
    std::string_view text(std::uint32_t field) const;

    /// A vector of scalars, copied; throws where it has more than `limit` elements.
    template <class T>
    std::vector<T> scalars(std::uint32_t field, std::size_t limit) const {
        const auto raw = bytes(field, sizeof(T));
        if (raw.size() / sizeof(T) > limit) {
            throw FlatbufferError("a list is longer than this program accepts");
        }
        std::vector<T> values(raw.size() / sizeof(T));
        if (!raw.empty()) {
            std::memcpy(values.data(), raw.data(), raw.size());
        }
        return values;
    }

    /// A vector of tables; throws where it has more than `limit` elements.
    std::vector<FlatTable> tables(std::uint32_t field, std::size_t limit) const;

  private:
    FlatTable(std::span<const std::byte> buffer, std::size_t position);

    template <class T>
    T load(std::size_t position) const {
        if (position > buffer_.size() || buffer_.size() - position < sizeof(T)) {
            throw FlatbufferError("an offset points outside the file");
        }
        T value;
        std::memcpy(&value, buffer_.data() + position, sizeof(T));
        return value;
    }

    /// Position of a field's inline data of `size` bytes, 0 where the table does not store it.
    std::size_t find(std::uint32_t field, std::size_t size) const;
    /// Where the unsigned 32-bit offset stored at `position` leads.
    std::size_t follow(std::size_t position) const;

    std::span<const std::byte> buffer_;
    std::size_t position_;
    std::size_t vtable_ = 0;
    std::uint16_t vtable_size_ = 0;
    std::uint16_t table_size_ = 0;
};

}  // namespace closet
