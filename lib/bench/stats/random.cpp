#include "bench/stats/random.h"

namespace closet::bench {

Random::Random(std::uint64_t seed, std::uint64_t stream) : increment_((stream << 1U) | 1U) {
    next();
    state_ += seed;
    next();
}

}  // namespace closet::bench
