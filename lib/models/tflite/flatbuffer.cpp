#include "models/tflite/flatbuffer.h"

namespace closet {

namespace {

// A vtable starts with its own size and the table's size, two bytes each.
constexpr std::uint16_t kVtableHeader = 4;

}  // namespace

FlatTable FlatTable::root(std::span<const std::byte> buffer, std::string_view identifier) {
    constexpr std::size_t kRootOffset = 4;
    if (buffer.size() < kRootOffset + identifier.size() ||
        std::memcmp(buffer.data() + kRootOffset, identifier.data(), identifier.size()) != 0) {
        throw FlatbufferError("it does not carry the file identifier");
    }
    std::uint32_t offset = 0;
    std::memcpy(&offset, buffer.data(), sizeof offset);
    return {buffer, offset};
}

FlatTable::FlatTable(std::span<const std::byte> buffer, std::size_t position)
    : buffer_(buffer), position_(position) {
    const auto back = static_cast<std::int64_t>(load<std::int32_t>(position));
    const std::int64_t vtable = static_cast<std::int64_t>(position) - back;
    if (vtable < 0) {
        throw FlatbufferError("a table's field list lies outside the file");
    }
    vtable_ = static_cast<std::size_t>(vtable);
    vtable_size_ = load<std::uint16_t>(vtable_);
    table_size_ = load<std::uint16_t>(vtable_ + 2);
    if (vtable_size_ < kVtableHeader || buffer_.size() - vtable_ < vtable_size_ ||
        buffer_.size() - position_ < table_size_) {
        throw FlatbufferError("a table reaches past the end of the file");
    }
}

std::size_t FlatTable::find(std::uint32_t field, std::size_t size) const {
    const std::size_t slot = kVtableHeader + std::size_t{2} * field;
    if (slot + 2 > vtable_size_) {
        return 0;
    }
    const auto offset = load<std::uint16_t>(vtable_ + slot);
    if (offset == 0) {
        return 0;
    }
    if (offset + size > table_size_) {
        throw FlatbufferError("a field lies outside its table");
    }
    return position_ + offset;
}

std::size_t FlatTable::follow(std::size_t position) const {
    const auto offset = load<std::uint32_t>(position);
    if (offset > buffer_.size() - position) {
        throw FlatbufferError("an offset points outside the file");
    }
    return position + offset;
}

std::optional<FlatTable> FlatTable::table(std::uint32_t field) const {
    const std::size_t position = find(field, sizeof(std::uint32_t));
    if (position == 0) {
        return std::nullopt;
    }
    return FlatTable(buffer_, follow(position));
}

std::span<const std::byte> FlatTable::bytes(std::uint32_t field, std::size_t element_size) const {
    const std::size_t position = find(field, sizeof(std::uint32_t));
    if (position == 0) {
        return {};
    }
    const std::size_t vector = follow(position);
    const std::size_t count = load<std::uint32_t>(vector);
    const std::size_t start = vector + sizeof(std::uint32_t);
    if (count > (buffer_.size() - start) / element_size) {
        throw FlatbufferError("a list reaches past the end of the file");
    }
    return buffer_.subspan(start, count * element_size);
}

std::string_view FlatTable::text(std::uint32_t field) const {
    const auto raw = bytes(field, 1);
    return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

std::vector<FlatTable> FlatTable::tables(std::uint32_t field, std::size_t limit) const {
    const auto raw = bytes(field, sizeof(std::uint32_t));
    const std::size_t count = raw.size() / sizeof(std::uint32_t);
    if (count > limit) {
        throw FlatbufferError("a list is longer than this program accepts");
    }
    std::vector<FlatTable> tables;
    tables.reserve(count);
    const auto start = static_cast<std::size_t>(raw.data() - buffer_.data());
    for (std::size_t i = 0; i < count; ++i) {
        tables.push_back(FlatTable(buffer_, follow(start + i * sizeof(std::uint32_t))));
    }
    return tables;
}

}  // namespace closet
