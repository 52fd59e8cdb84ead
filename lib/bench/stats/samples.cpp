#include "bench/stats/samples.h"

#include <cmath>
#include <cstddef>

#include <fmt/format.h>

#include "core/error.h"

namespace closet::bench {

void require_finite(std::span<const double> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) {
            throw Error(fmt::format("value {} of {} is {}, but statistics take finite numbers only",
                                    i + 1, values.size(), values[i]));
        }
    }
}

void require_positive(std::span<const double> samples) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (!std::isfinite(samples[i]) || samples[i] <= 0) {
            throw Error(
                fmt::format("sample {} of {} is {}, but times and speeds are positive "
                            "numbers; leave failed samples out",
                            i + 1, samples.size(), samples[i]));
        }
    }
}

std::vector<double> logarithms(std::span<const double> samples) {
    require_positive(samples);
    std::vector<double> logs;
    logs.reserve(samples.size());
    for (double sample : samples) {
        logs.push_back(std::log(sample));
    }
    return logs;
}

}  // namespace closet::bench
