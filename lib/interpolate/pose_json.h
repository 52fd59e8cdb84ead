#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

/// Reading JSON of a pose file: every value is checked before it is taken.
namespace closet::pose_json {

using Json = nlohmann::json;

/// A fault in one line; the reader adds the file and the line's number.
struct BadLine {
    std::string why;
};

/// Coordinates beyond this are no pixels.
inline constexpr double kLargestNumber = 1e6;

/// The object that a line holds. Throws BadLine where it is none or nests too deeply.
Json parse(const std::string& line);

/// The member of an object. Throws BadLine where it is missing.
const Json& member(const Json& json, const char* key);

/// The same where it is a text. Throws BadLine.
std::string text_of(const Json& json, const char* key);

/// A whole number from `least` on. key: for messages. Throws BadLine.
template <class Integer>
Integer integer(const Json& value, const char* key, Integer least) {
    // Json::get would wrap numbers that do not fit.
    const bool fits =
        value.is_number_unsigned()
            ? value.get<std::uint64_t>() <=
                  static_cast<std::uint64_t>(std::numeric_limits<Integer>::max())
            : value.is_number_integer() &&
                  value.get<std::int64_t>() >= std::int64_t{std::numeric_limits<Integer>::min()};
    if (!fits || value.get<Integer>() < least) {
        throw BadLine{fmt::format("\"{}\" is not a whole number in range", key)};
    }
    return value.get<Integer>();
}

/// A list of N numbers, none beyond `largest` in size. key: for messages. Throws BadLine.
template <std::size_t N, class Number = float>
std::array<Number, N> numbers(const Json& value, const char* key, double largest = kLargestNumber) {
    std::array<Number, N> result{};
    if (!value.is_array() || value.size() != N) {
        throw BadLine{fmt::format("\"{}\" does not hold {} numbers each", key, N)};
    }
    for (std::size_t i = 0; i < N; ++i) {
        if (!value[i].is_number() || !(std::abs(value[i].get<double>()) <= largest)) {
            throw BadLine{fmt::format("\"{}\" holds something that is not a number in range", key)};
        }
        result[i] = value[i].get<Number>();
    }
    return result;
}

}  // namespace closet::pose_json
