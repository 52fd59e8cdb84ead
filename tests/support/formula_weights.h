#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace closet::test {

/// One entry of a recipe: a tensor whose numbers follow from its name.
///
///     value[i] = offset + scale * k(i) / 256, i = index in row-major order
///     k(i) = 2 * (x >> 24) - 255
///     x = fmix32(crc32(name) + i * 0x9E3779B9)   modulo 2^32
///
/// crc32 is zlib's over the name, fmix32 the 32-bit finalizer of MurmurHash3. Scales are powers of
/// two and offsets zero or powers of two, so every value is exact in float32. Integer tensors hold
/// the offset. The rule is that of formula.py beside the recipes.
struct FormulaTensor {
    std::string name;
    std::string dtype;  ///< "float32" or "int64"
    std::vector<std::int64_t> shape;
    double scale = 0, offset = 0;
    std::string source;  ///< name that the numbers follow from: its own, or of the shared tensor

    /// The numbers in row-major order.
    std::vector<float> values() const;
};

inline std::uint32_t crc32_of(std::string_view text) {
    constexpr std::uint32_t kReversedPolynomial = 0xEDB88320U;
    std::uint32_t crc = ~0U;
    for (const char letter : text) {
        crc ^= static_cast<std::uint8_t>(letter);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? kReversedPolynomial : 0U);
        }
    }
    return ~crc;
}

inline std::uint32_t fmix32(std::uint32_t x) {
    x ^= x >> 16U;
    x *= 0x85EBCA6BU;
    x ^= x >> 13U;
    x *= 0xC2B2AE35U;
    x ^= x >> 16U;
    return x;
}

inline std::vector<float> FormulaTensor::values() const {
    std::size_t count = 1;
    for (const auto extent : shape) {
        count *= static_cast<std::size_t>(extent);
    }
    std::vector<float> numbers(count, static_cast<float>(offset));
    if (dtype == "int64") {
        return numbers;
    }
    std::uint32_t state = crc32_of(source);
    for (float& number : numbers) {
        const int k = 2 * static_cast<int>(fmix32(state) >> 24U) - 255;
        number = static_cast<float>(offset + scale * k / 256.0);
        state += 0x9E3779B9U;
    }
    return numbers;
}

/// The state dict that a recipe_<model>.json describes, in its order. Test data is trusted: errors
/// are std::exceptions of any kind.
inline std::vector<FormulaTensor> read_recipe(const std::filesystem::path& path) {
    std::ifstream file(path);
    const auto recipe = nlohmann::json::parse(file);
    std::vector<FormulaTensor> tensors;
    std::map<std::string, std::size_t> by_name;
    for (const auto& entry : recipe.at("tensors")) {
        by_name[entry.at("name")] = tensors.size();
        tensors.push_back({.name = entry.at("name"),
                           .dtype = entry.value("dtype", ""),
                           .shape = entry.value("shape", std::vector<std::int64_t>{}),
                           .scale = entry.value("scale", 0.0),
                           .offset = entry.value("offset", 0.0),
                           .source = entry.at("name")});
    }
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const auto& entry = recipe.at("tensors").at(i);
        if (entry.contains("same_as") && !entry.at("same_as").is_null()) {
            const FormulaTensor& shared = tensors.at(by_name.at(entry.at("same_as")));
            const std::string own_name = tensors[i].name;
            tensors[i] = shared;
            tensors[i].name = own_name;
        }
    }
    return tensors;
}

}  // namespace closet::test
