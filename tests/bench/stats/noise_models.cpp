#include "bench/stats/noise_models.h"

#include <cmath>
#include <numeric>

#include "bench/stats/distributions.h"
#include "bench/stats/samples.h"

namespace closet::bench {

std::string_view name_of(NoiseModel model) {
    switch (model) {
        case NoiseModel::kNormal:
            return "normal";
        case NoiseModel::kLogNormal:
            return "lognormal";
        case NoiseModel::kContaminated:
            return "contaminated";
        case NoiseModel::kDisturbed:
            break;
    }
    return "disturbed";
}

double draw_normal(Random& random) {
    return normal_quantile(random.unit());
}

double draw(NoiseModel model, Random& random, double noise) {
    constexpr double kSkew = 0.3, kShareOdd = 0.1, kWide = 5, kSlowest = 0.3;
    const double z = draw_normal(random);
    const bool odd = random.unit() < kShareOdd;
    switch (model) {
        case NoiseModel::kNormal:
            return 100 * (1 + noise * z);
        case NoiseModel::kLogNormal:
            return 100 * std::exp(kSkew * z);
        case NoiseModel::kContaminated:
            return 100 * (1 + noise * z * (odd ? kWide : 1));
        case NoiseModel::kDisturbed:
            break;
    }
    return 100 * (1 + noise * z) * (odd ? 1 - kSlowest * random.unit() : 1);
}

std::vector<double> draw_many(NoiseModel model, std::size_t count, Random& random, double noise) {
    std::vector<double> samples;
    for (std::size_t i = 0; i < count; ++i) {
        samples.push_back(draw(model, random, noise));
    }
    return samples;
}

Truth truth_of(NoiseModel model) {
    constexpr std::size_t kSamples = 2'000'000;
    Random random(1);
    const std::vector<double> samples = draw_many(model, kSamples, random);
    return {median(samples),
            std::accumulate(samples.begin(), samples.end(), 0.0) / double{kSamples}};
}

std::vector<double> draw_autoregressive(std::size_t count, double correlation, Random& random) {
    std::vector<double> values;
    double value = draw_normal(random);
    for (std::size_t i = 0; i < count; ++i) {
        values.push_back(value);
        value =
            correlation * value + std::sqrt(1 - correlation * correlation) * draw_normal(random);
    }
    return values;
}

}  // namespace closet::bench
