#pragma once

#include <cstddef>
#include <cstdint>

namespace closet::bench {

/// PCG32 (M. O'Neill 2014, "PCG: A Family of Simple Fast Space-Efficient Statistically Good
/// Algorithms for Random Number Generation", XSH-RR 64/32). Unlike the distributions of <random>,
/// everything here gives the same numbers with every compiler.
class Random {
  public:
    /// Streams of one seed are independent of each other.
    explicit Random(std::uint64_t seed, std::uint64_t stream = 54)
        : increment_((stream << 1U) | 1U) {
        next();
        state_ += seed;
        next();
    }

    /// 32 random bits.
    std::uint32_t next() {
        const std::uint64_t old = state_;
        state_ = old * 6364136223846793005ULL + increment_;
        const auto shifted = static_cast<std::uint32_t>(((old >> 18U) ^ old) >> 27U);
        const auto turn = static_cast<std::uint32_t>(old >> 59U);
        return (shifted >> turn) | (shifted << ((32U - turn) & 31U));
    }

    /// 0..count-1, each as likely as the other up to count / 2^32; count 1..2^32-1. (A
    /// multiplication without the rejection of D. Lemire 2019: what is left of bias is far below
    /// what 2000 resamples can show.)
    std::uint32_t below(std::uint32_t count) {
        return static_cast<std::uint32_t>((std::uint64_t{next()} * count) >> 32U);
    }

    /// In the open interval (0, 1).
    double unit() { return (next() + 0.5) / 4294967296.0; }

  private:
    std::uint64_t state_ = 0;
    std::uint64_t increment_;
};

}  // namespace closet::bench
