#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytes.h"

/// Writes what torch.save writes, and what it never would. Each function returns opcodes that leave
/// one object on the stack.
namespace closet::test::pickle {

using Texts = std::vector<std::string>;
using Pairs = std::vector<std::pair<std::string, std::string>>;

inline std::string text(std::string_view value) {
    return std::string("X").append(stored(static_cast<std::uint32_t>(value.size()))).append(value);
}
inline std::string integer(std::int64_t value) {
    return "\x8A\x08" + stored(value);
}
/// Names the object on top, and puts a named object on top. (BINPUT, BINGET)
inline std::string put(char number) {
    return std::string("q").append(1, number);
}
inline std::string get(char number) {
    return std::string("h").append(1, number);
}
inline std::string global(const std::string& module, const std::string& name) {
    return "c" + module + "\n" + name + "\n";
}
inline std::string tuple(const Texts& elements) {
    std::string opcodes = "(";
    for (const auto& element : elements) {
        opcodes += element;
    }
    return opcodes + "t";
}
inline std::string integers(const std::vector<std::int64_t>& values) {
    Texts elements;
    for (const auto value : values) {
        elements.push_back(integer(value));
    }
    return tuple(elements);
}
inline std::string list(const Texts& elements) {
    std::string opcodes = "](";
    for (const auto& element : elements) {
        opcodes += element;
    }
    return opcodes + "e";
}
/// The values are opcodes, the keys plain text.
inline std::string dict(const Pairs& entries) {
    std::string opcodes = "}(";
    for (const auto& [key, value] : entries) {
        opcodes += text(key) + value;
    }
    return opcodes + "u";
}
inline std::string call(const std::string& callable, const Texts& arguments) {
    return callable + tuple(arguments) + "R";
}
inline std::string storage(const std::string& key, std::int64_t count,
                           const std::string& type = "FloatStorage") {
    return tuple({text("storage"), global("torch", type), text(key), text("cpu"), integer(count)}) +
           "Q";
}
inline std::string tensor(const std::string& storage_opcodes, std::int64_t offset,
                          const std::vector<std::int64_t>& shape,
                          const std::vector<std::int64_t>& strides) {
    return call(global("torch._utils", "_rebuild_tensor_v2"),
                {storage_opcodes, integer(offset), integers(shape), integers(strides), "\x89",
                 global("collections", "OrderedDict") + ")R"});
}
/// An object of a TorchScript class, with its state.
inline std::string module(const Pairs& state, const std::string& name = "___torch_mangle_7") {
    return global("__torch__.net", name) + ")\x81" + dict(state) + "b";
}
/// A whole pickle.
inline std::string complete(const std::string& opcodes) {
    return "\x80\x02" + opcodes + ".";
}

/// A storage of a file in the legacy layout.
struct Stored {
    std::string key;
    std::int64_t count = 0;
    std::string data;
};

/// The parts of such a file; each may be made wrong.
struct Legacy {
    std::string object;
    std::vector<Stored> storages;
    std::int64_t version = 1001;
    std::string system = dict({{"little_endian", "\x88"}});

    std::string bytes() const {
        using std::string_literals::operator""s;
        Texts keys;
        std::string data;
        for (const Stored& one : storages) {
            keys.push_back(text(one.key));
            data += stored(one.count) + one.data;
        }
        return "\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."s +
               complete(integer(version)) + complete(system) + complete(object) +
               complete(list(keys)) + data;
    }
};

/// Four floats (1, 2, 3, 4) under the storage key "0".
inline Stored four_floats() {
    return {
        .key = "0", .count = 4, .data = stored(1.0F) + stored(2.0F) + stored(3.0F) + stored(4.0F)};
}
/// A 2 x 2 tensor over it.
inline std::string square() {
    return tensor(storage("0", 4), 0, {2, 2}, {2, 1});
}

/// A legacy file with four_floats(), if the object refers to them.
inline std::string legacy(const std::string& object) {
    const bool used = object.find(text("0")) != std::string::npos;
    return Legacy{.object = object,
                  .storages = used ? std::vector{four_floats()} : std::vector<Stored>{}}
        .bytes();
}

}  // namespace closet::test::pickle
