#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

namespace closet::dev {

/// The median of the microseconds that `work` takes, over `rounds` calls after three to warm up.
/// It is given the number of the round, from -3 on.
inline double median_us(int rounds, const std::function<void(int)>& work) {
    std::vector<double> samples;
    for (int i = -3; i < rounds; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        work(i);
        const std::chrono::duration<double, std::micro> took =
            std::chrono::steady_clock::now() - begin;
        if (i >= 0) {
            samples.push_back(took.count());
        }
    }
    std::nth_element(samples.begin(), samples.begin() + rounds / 2, samples.end());
    return samples[static_cast<std::size_t>(rounds / 2)];
}

}  // namespace closet::dev
