#include "models/ranges/range_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "models/ranges/value_keys.h"

namespace closet {
namespace {

constexpr float kStepsPerOctave = 16;  // of a channel's magnitude
constexpr float kMostByte = 255;
constexpr float kZeroMean = 128, kMostMean = 127;
constexpr int kHexadecimal = 16;
constexpr std::size_t kKeyDigits = 16, kByteDigits = 2;

float magnitude_of(const ValueRange& range) {
    return std::max(std::abs(range.low), std::abs(range.high));
}

/// A channel's magnitude as it is read from its byte.
float channel_of(const ValueRange& range, float steps) {
    return magnitude_of(range) * std::exp2(-steps / kStepsPerOctave);
}

float steps_of(const ValueRange& range, float channel) {
    const float steps = std::floor(kStepsPerOctave * std::log2(magnitude_of(range) / channel));
    return steps >= 0 ? std::min(steps, kMostByte) : 0;  // of a channel of zeros it is infinite
}

/// Takes words off the front of a line. Throws what the line has instead, as the end of a sentence.
class LineReader {
  public:
    explicit LineReader(std::string_view line) : rest_(line) {}

    std::uint64_t key() { return whole_number(next(), kKeyDigits, "key of 16 hex digits"); }

    ValueRange range() {
        ValueRange range;
        range.low = number();
        range.high = number();
        if (!(range.low <= 0 && range.high >= 0 && range.is_known())) {
            throw ModelError("has a range that zero is not in");
        }
        for (const float steps : bytes()) {
            range.channels.push_back(channel_of(range, steps));
        }
        const std::vector<float> means = bytes();
        if (means.size() != range.channels.size() || !rest_.empty()) {
            throw ModelError("has not as many means as channels");
        }
        for (std::size_t c = 0; c < means.size(); ++c) {
            range.means.push_back((means[c] - kZeroMean) / kMostMean * range.channels[c]);
        }
        return range;
    }

  private:
    std::string_view next() {
        const std::size_t length = std::min(rest_.find(' '), rest_.size());
        const std::string_view word = rest_.substr(0, length);
        rest_.remove_prefix(std::min(length + 1, rest_.size()));
        return word;
    }

    static std::uint64_t whole_number(std::string_view word, std::size_t digits, const char* what) {
        std::uint64_t number = 0;
        const char* const last = word.data() + word.size();
        const auto [end, error] = std::from_chars(word.data(), last, number, kHexadecimal);
        if (word.size() != digits || error != std::errc() || end != last) {
            throw ModelError(fmt::format("has no {}", what));
        }
        return number;
    }

    float number() {
        const std::string_view word = next();
        const char* const last = word.data() + word.size();
        float number = 0;
        const auto [end, error] = std::from_chars(word.data(), last, number);
        if (error != std::errc() || end != last || !std::isfinite(number)) {
            throw ModelError("has no two numbers behind the key");
        }
        return number;
    }

    std::vector<float> bytes() {
        std::vector<float> bytes;
        for (std::string_view word = next(); !word.empty();
             word.remove_prefix(std::min(kByteDigits, word.size()))) {
            bytes.push_back(static_cast<float>(
                whole_number(word.substr(0, kByteDigits), kByteDigits, "pairs of hex digits")));
        }
        return bytes;
    }

    std::string_view rest_;
};

}  // namespace

std::string to_text(const RangeTable& table) {
    std::string text;
    for (const auto& [key, range] : table) {
        text += fmt::format("{:016x} {} {}", key, range.low, range.high);
        std::string channels, means;
        for (std::size_t c = 0; c < range.channels.size(); ++c) {
            const float steps = steps_of(range, range.channels[c]);
            const float mean = range.means[c] / channel_of(range, steps) * kMostMean;
            channels += fmt::format("{:02x}", static_cast<int>(steps));
            means += fmt::format("{:02x}", static_cast<int>(std::lround(kZeroMean + mean)));
        }
        text += channels.empty() ? "\n" : fmt::format(" {} {}\n", channels, means);
    }
    return text;
}

RangeTable parse_ranges(std::string_view text, const std::string& origin) {
    RangeTable table;
    for (int line = 1; !text.empty(); ++line) {
        const std::size_t length = std::min(text.find('\n'), text.size());
        const std::string_view words = text.substr(0, length);
        text.remove_prefix(std::min(length + 1, text.size()));
        if (words.empty() || words.starts_with('#')) {
            continue;
        }
        try {
            LineReader reader(words);
            const std::uint64_t key = reader.key();
            if (!table.emplace(key, reader.range()).second) {
                throw ModelError("has a key that was there before");
            }
        } catch (const ModelError& error) {
            throw ModelError(
                fmt::format("{} is no table of ranges: line {} {}", origin, line, error.what()));
        }
    }
    return table;
}

std::vector<ValueRange> ranges_of(const NetworkGraph& graph, const RangeTable& table) {
    std::vector<ValueRange> ranges(graph.shapes.size());
    const std::vector<std::uint64_t> keys = value_keys(graph);
    for (std::size_t value = 0; value < keys.size(); ++value) {
        const auto found = table.find(keys[value]);
        if (found == table.end()) {
            continue;
        }
        ranges[value] = found->second;
        // A file that was meddled with may say anything.
        if (ranges[value].channels.size() != static_cast<std::size_t>(graph.shapes[value].back())) {
            ranges[value].channels.clear();
            ranges[value].means.clear();
        }
    }
    return ranges;
}

}  // namespace closet
