#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "bench/stats/random.h"

namespace closet::bench {

/// What samples of a speed around 100 are made of in simulations.
enum class NoiseModel {
    kNormal,        ///< 2 %
    kLogNormal,     ///< log of 30 %: skewed
    kContaminated,  ///< normal, one in ten with five times the spread
    kDisturbed      ///< normal, one in ten slowed by 0..30 %: another program ran
};

inline constexpr NoiseModel kNoiseModels[] = {NoiseModel::kNormal, NoiseModel::kLogNormal,
                                              NoiseModel::kContaminated, NoiseModel::kDisturbed};

std::string_view name_of(NoiseModel model);

double draw_normal(Random& random);

/// One sample; `noise` is the standard deviation of its normal part over 100 (not of kLogNormal).
double draw(NoiseModel model, Random& random, double noise = 0.02);

std::vector<double> draw_many(NoiseModel model, std::size_t count, Random& random,
                              double noise = 0.02);

/// Median and mean of the distribution that draw() has, from 2 million samples.
struct Truth {
    double median = 0, mean = 0;
};
Truth truth_of(NoiseModel model);

/// First-order autoregressive values around 0 of variance 1, started from their distribution.
std::vector<double> draw_autoregressive(std::size_t count, double correlation, Random& random);

}  // namespace closet::bench
