#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace closet::test {

/// One tensor of a .safetensors file, little endian, as stored.
struct SafeTensor {
    std::string dtype;                ///< "F32", "F16", "U8", "I32", ...
    std::vector<std::int64_t> shape;  ///< slowest axis first
    std::vector<std::byte> bytes;

    /// The elements as `T`, whose size must match the dtype.
    template <class T>
    std::vector<T> as() const {
        std::int64_t count = 1;
        for (const auto extent : shape) {
            count *= extent;
        }
        if (bytes.size() != static_cast<std::size_t>(count) * sizeof(T)) {
            throw std::runtime_error("a " + dtype + " tensor was read as a type of another size");
        }
        std::vector<T> values(static_cast<std::size_t>(count));
        std::memcpy(values.data(), bytes.data(), bytes.size());
        return values;
    }
};

/// All tensors of a file by name. Test data is trusted: errors are std::exceptions of any kind.
/// Layout: u64 header size, JSON header with data_offsets into the rest.
/// https://github.com/huggingface/safetensors#format
inline std::map<std::string, SafeTensor> read_safetensors(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    file.exceptions(std::ios::failbit | std::ios::badbit | std::ios::eofbit);
    std::uint64_t header_size = 0;
    file.read(reinterpret_cast<char*>(&header_size), sizeof header_size);
    std::string header(header_size, '\0');
    file.read(header.data(), static_cast<std::streamsize>(header.size()));

    std::map<std::string, SafeTensor> tensors;
    const auto entries = nlohmann::json::parse(header);
    for (const auto& [name, entry] : entries.items()) {
        if (name == "__metadata__") {
            continue;
        }
        const auto offsets = entry.at("data_offsets").get<std::vector<std::uint64_t>>();
        SafeTensor tensor{.dtype = entry.at("dtype"), .shape = entry.at("shape"), .bytes = {}};
        tensor.bytes.resize(offsets.at(1) - offsets.at(0));
        file.seekg(static_cast<std::streamoff>(sizeof header_size + header_size + offsets[0]));
        file.read(reinterpret_cast<char*>(tensor.bytes.data()),
                  static_cast<std::streamsize>(tensor.bytes.size()));
        tensors.emplace(name, std::move(tensor));
    }
    return tensors;
}

}  // namespace closet::test
