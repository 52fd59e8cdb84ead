#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <random>
#include <string>

namespace closet::test {

/// Damages files the way that finds faults in readers: bits, bytes, telling integers, blocks that
/// move, vanish or repeat, and cuts. The same number always does the same damage.
class Mutator {
  public:
    explicit Mutator(std::uint64_t number) : random_(number) {}

    /// One damage, or up to four.
    std::string mutate(std::string bytes) {
        for (auto left = below(2) == 0 ? 1 : 1 + below(4); left > 0 && !bytes.empty(); --left) {
            damage(bytes);
        }
        return bytes;
    }

  private:
    std::size_t below(std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
    }
    // Structure lies at the ends of a file, weights between: three of four places are near an end.
    std::size_t place(std::size_t size) {
        constexpr std::size_t kNear = 2048;
        switch (below(4)) {
            case 0:
                return below(size);
            case 1:
                return size - 1 - below(std::min(size, kNear));
            default:
                return below(std::min(size, kNear));
        }
    }

    void damage(std::string& bytes) {
        const std::size_t at = place(bytes.size());
        // Cuts and shifts are rarer: most readers notice them at once and look no further.
        switch (std::discrete_distribution<int>{5, 5, 5, 2, 1, 1, 1}(random_)) {
            case 0:
                bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << below(8)));
                break;
            case 1:
                bytes[at] = static_cast<char>(below(256));
                break;
            case 2:
                put_integer(bytes, at);
                break;
            case 3:
                copy_block(bytes, at);
                break;
            case 4:
                bytes.insert(at, bytes.substr(place(bytes.size()), 1 + below(64)));
                break;
            case 5:
                bytes.erase(at, 1 + below(64));
                break;
            default:
                bytes.resize(at);
        }
    }

    void copy_block(std::string& bytes, std::size_t at) {
        const std::size_t from = place(bytes.size());
        const std::size_t longest =
            std::min({bytes.size() - at, bytes.size() - from, std::size_t{64}});
        std::memmove(bytes.data() + at, bytes.data() + from, 1 + below(longest));
    }

    // Little or big endian, in one to eight bytes.
    void put_integer(std::string& bytes, std::size_t at) {
        static constexpr std::uint64_t kTelling[] = {
            0,          1,          0x7F,       0x80,
            0xFF,       0x7FFF,     0x8000,     0xFFFF,
            0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, std::uint64_t{1} << 32,
            1U << 28,   1U << 20,   ~0ULL,      std::uint64_t{1} << 62,
            ~0ULL - 1,  ~0ULL >> 1, ~0ULL >> 2, std::uint64_t{1} << 63};
        const std::uint64_t number = kTelling[below(std::size(kTelling))] + (below(4) == 0 ? 1 : 0);
        char stored[sizeof number];
        std::memcpy(stored, &number, sizeof number);
        const std::size_t size = std::min(bytes.size() - at, std::size_t{1} << below(4));
        if (below(4) == 0) {
            std::reverse(stored, stored + size);
        }
        std::memcpy(bytes.data() + at, stored, size);
    }

    std::mt19937_64 random_;
};

}  // namespace closet::test
