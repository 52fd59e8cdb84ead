#include "warp/classes/color_mixture.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <opencv2/core.hpp>

#include "warp/paint/kernel.h"

namespace closet::classes {
namespace {

constexpr std::size_t kMostSamples = 1000;
constexpr std::size_t kSamplesOfPart = 60;  ///< fewer would not tell a covariance
constexpr int kFirstRounds = 8, kNextRounds = 2, kMeansRounds = 6;
/// Added to variances, squares of units of CIELAB: noise, and what the table's steps blur.
constexpr float kLeastVariance = 3.0F;
/// Log densities: of a color that nothing is known about, and the least that is told apart.
constexpr float kUnknown = -11.0F, kLeast = -16.0F;
/// Upper and lower clothes are told apart by log ratios well beyond this, times how alike their
/// colors are. Chosen on pairs 00126 (.912 to .949 of overlap; 6 gives .964) and 00287 (6 costs it
/// .002).
constexpr float kAlike = 4.0F;
/// Chroma within 48 levels of gray has bins of 4 levels; beyond, of 20.
constexpr int kFineChroma = 48, kFineStep = 4, kCoarseStep = 20;

/// Numerical Recipes' "quick" generator: the same samples in every run.
std::size_t draw(std::uint64_t& state, std::size_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>((state >> 33U) % below);
}

float squared(cv::Vec3f v) {
    return v.dot(v);
}

/// A part of these moments; `weight` 0..1.
ColorMixture::Part part_of(cv::Vec3f mean, const cv::Matx33f& covariance, float weight) {
    // Of the inverse, by Cholesky: inv(C) = L L'.
    cv::Matx33f inverse = covariance.inv(cv::DECOMP_CHOLESKY);
    cv::Matx33f lower = cv::Matx33f::zeros();
    for (int i = 0; i < 3; ++i) {
        for (int j = 0; j <= i; ++j) {
            float sum = inverse(i, j);
            for (int k = 0; k < j; ++k) {
                sum -= lower(i, k) * lower(j, k);
            }
            lower(i, j) = i == j ? std::sqrt(std::max(sum, 1e-9F)) : sum / lower(j, j);
        }
    }
    const float log_root = std::log(lower(0, 0) * lower(1, 1) * lower(2, 2));
    return {mean, lower, std::log(weight + 1e-6F) + log_root};
}

/// The log density at a color of one part.
float log_density(const ColorMixture::Part& part, cv::Vec3f color) {
    const cv::Vec3f d = color - part.mean;
    const cv::Matx33f& l = part.precision;
    const float u = l(0, 0) * d[0] + l(1, 0) * d[1] + l(2, 0) * d[2];
    const float v = l(1, 1) * d[1] + l(2, 1) * d[2];
    const float w = l(2, 2) * d[2];
    return part.log_weight - 0.5F * (u * u + v * v + w * w);
}

/// The same of `n` colors, of which each number is in a row of its own.
CLOSET_TARGET_CLONES
void log_densities(const ColorMixture::Part& part, const std::array<const float*, 3>& colors,
                   std::size_t n, float* __restrict out) {
    const float m0 = part.mean[0], m1 = part.mean[1], m2 = part.mean[2];
    const float* l = part.precision.val;
    const float l00 = l[0], l10 = l[3], l11 = l[4], l20 = l[6], l21 = l[7], l22 = l[8];
    const float* __restrict first = colors[0];
    const float* __restrict second = colors[1];
    const float* __restrict third = colors[2];
    const float weight = part.log_weight;
    for (std::size_t i = 0; i < n; ++i) {
        const float a = first[i] - m0, b = second[i] - m1, c = third[i] - m2;
        const float u = l00 * a + l10 * b + l20 * c;
        const float v = l11 * b + l21 * c;
        const float w = l22 * c;
        out[i] = weight - 0.5F * (u * u + v * v + w * w);
    }
}

}  // namespace

void ColorMixture::learn(const std::vector<cv::Vec3b>& seen, std::size_t parts, float share) {
    if (seen.size() < kLeastSamples) {
        return;
    }
    const auto of_seen = [&](std::size_t i) {
        const cv::Vec3b& c = seen[i];
        return of_color(c[0], c[1], c[2]);
    };
    const std::size_t wanted = std::min(seen.size(), kMostSamples);
    const bool is_first = samples_.empty();
    if (is_first) {
        for (std::size_t i = 0; i < wanted; ++i) {
            samples_.push_back(of_seen(i * seen.size() / wanted));
        }
    } else {
        const auto replaced = static_cast<std::size_t>(share * static_cast<float>(wanted));
        for (std::size_t i = 0; i < replaced; ++i) {
            const cv::Vec3f color = of_seen(draw(random_, seen.size()));
            if (samples_.size() < kMostSamples) {
                samples_.push_back(color);
            } else {
                samples_[draw(random_, samples_.size())] = color;
            }
        }
    }
    const std::size_t most = std::clamp<std::size_t>(samples_.size() / kSamplesOfPart, 1, parts);
    if (is_first || parts_.size() < most) {
        start(most);
        fit(kFirstRounds);
    } else {
        fit(kNextRounds);
    }
}

float ColorMixture::log_density_at(cv::Vec3f color) const {
    float sum = std::exp(kLeast);
    for (const Part& part : parts_) {
        sum += std::exp(log_density(part, color));
    }
    return std::log(sum);
}

float ColorMixture::apart(const ColorMixture& a, const ColorMixture& b) {
    if (!a.is_known() || !b.is_known()) {
        return 1;
    }
    const auto own = [](const ColorMixture& of, const ColorMixture& other) {
        const auto likelier = std::ranges::count_if(of.samples_, [&](const cv::Vec3f& sample) {
            return of.log_density_at(sample) > other.log_density_at(sample);
        });
        return static_cast<float>(likelier) / static_cast<float>(of.samples_.size());
    };
    return std::max(own(a, b) + own(b, a) - 1, 0.0F);
}

/// k-means: means far apart to begin with, each the sample that is farthest from those before.
void ColorMixture::start(std::size_t parts) {
    std::vector<cv::Vec3f> means;
    cv::Vec3f mean{};
    for (const cv::Vec3f& s : samples_) {
        mean += s;
    }
    means.push_back(mean / static_cast<float>(samples_.size()));
    std::vector<float> nearest(samples_.size(), std::numeric_limits<float>::max());
    while (means.size() < parts) {
        double whole = 0;
        for (std::size_t i = 0; i < samples_.size(); ++i) {
            nearest[i] = std::min(nearest[i], squared(samples_[i] - means.back()));
            whole += static_cast<double>(nearest[i]);
        }
        // Drawn by squared distance, so that a single odd sample is seldom a mean.
        double at = whole * static_cast<double>(draw(random_, 1U << 20U)) / (1U << 20U);
        std::size_t i = 0;
        while (i + 1 < samples_.size() && at > static_cast<double>(nearest[i])) {
            at -= static_cast<double>(nearest[i++]);
        }
        means.push_back(samples_[i]);
    }
    std::vector<std::size_t> of(samples_.size(), 0);
    for (int round = 0; round < kMeansRounds; ++round) {
        std::vector<cv::Vec3f> sums(means.size());
        std::vector<float> counts(means.size(), 0);
        for (std::size_t i = 0; i < samples_.size(); ++i) {
            std::size_t best = 0;
            for (std::size_t k = 1; k < means.size(); ++k) {
                best =
                    squared(samples_[i] - means[k]) < squared(samples_[i] - means[best]) ? k : best;
            }
            of[i] = best;
            sums[best] += samples_[i];
            counts[best] += 1;
        }
        for (std::size_t k = 0; k < means.size(); ++k) {
            means[k] = counts[k] > 0 ? sums[k] / counts[k] : means[k];
        }
    }
    parts_.clear();
    for (const cv::Vec3f& center : means) {
        float spread = 0, count = 0;
        for (std::size_t i = 0; i < samples_.size(); ++i) {
            if (means[of[i]] == center) {
                spread += squared(samples_[i] - center) / 3;
                count += 1;
            }
        }
        const float variance = spread / std::max(count, 1.0F) + kLeastVariance;
        parts_.push_back(part_of(center, cv::Matx33f::eye() * variance,
                                 count / static_cast<float>(samples_.size())));
    }
}

/// Expectation and maximization.
void ColorMixture::fit(int rounds) {
    struct Moments {
        float weight = 1e-4F;
        cv::Vec3f sum{};
        std::array<float, 6> squares{};
    };
    for (int round = 0; round < rounds; ++round) {
        std::vector<Moments> moments(parts_.size());
        std::array<float, kMostParts> share{};
        for (const cv::Vec3f& s : samples_) {
            float most = std::numeric_limits<float>::lowest();
            for (std::size_t k = 0; k < parts_.size(); ++k) {
                share[k] = log_density(parts_[k], s);
                most = std::max(most, share[k]);
            }
            float whole = 0;
            for (std::size_t k = 0; k < parts_.size(); ++k) {
                whole += share[k] = std::exp(share[k] - most);
            }
            for (std::size_t k = 0; k < parts_.size(); ++k) {
                Moments& m = moments[k];
                const float r = share[k] / whole;
                const cv::Vec3f d = s - parts_[k].mean;  // small numbers lose nothing
                m.weight += r;
                m.sum += d * r;
                std::size_t n = 0;
                for (int i = 0; i < 3; ++i) {
                    for (int j = 0; j <= i; ++j) {
                        m.squares[n++] += r * d[i] * d[j];
                    }
                }
            }
        }
        for (std::size_t k = 0; k < parts_.size(); ++k) {
            const Moments& m = moments[k];
            const cv::Vec3f shift = m.sum / m.weight;
            cv::Matx33f covariance;
            std::size_t n = 0;
            for (int i = 0; i < 3; ++i) {
                for (int j = 0; j <= i; ++j) {
                    covariance(i, j) = covariance(j, i) =
                        m.squares[n++] / m.weight - shift[i] * shift[j];
                }
                covariance(i, i) += kLeastVariance;
            }
            parts_[k] = part_of(parts_[k].mean + shift, covariance,
                                m.weight / static_cast<float>(samples_.size()));
        }
    }
}

ColorTable::ColorTable() {
    constexpr int kCoarse =
        (static_cast<int>(kChroma) - 2 * kFineChroma / kFineStep) / 2;  // bins on each side
    std::array<float, kChroma> counts{};
    for (int level = 0; level < 256; ++level) {
        const int off = level - 128;
        const int bin = off < -kFineChroma
                            ? std::max(kCoarse - 1 - (-kFineChroma - 1 - off) / kCoarseStep, 0)
                        : off >= kFineChroma ? std::min(kCoarse + 2 * kFineChroma / kFineStep +
                                                            (off - kFineChroma) / kCoarseStep,
                                                        static_cast<int>(kChroma) - 1)
                                             : kCoarse + (off + kFineChroma) / kFineStep;
        const auto n = static_cast<std::size_t>(bin);
        chroma_bin_[static_cast<std::size_t>(level)] = static_cast<std::uint8_t>(bin);
        chroma_of_[n] += static_cast<float>(level);
        counts[n] += 1;
    }
    for (std::size_t n = 0; n < kChroma; ++n) {
        chroma_of_[n] /= std::max(counts[n], 1.0F);
    }
}

void ColorTable::make(const std::array<ColorMixture, 5>& mixtures) {
    for (std::size_t c = 0; c < mixtures.size(); ++c) {
        parts_[c] = mixtures[c].is_known() ? mixtures[c].parts() : decltype(parts_)::value_type{};
    }
    alike_ = kAlike * (1 - ColorMixture::apart(mixtures[3], mixtures[4]));
    is_found_.clear();
}

void ColorTable::find(const std::vector<std::uint16_t>& bins) {
    is_found_.resize(kLuma * kChroma * kChroma, false);
    ratios_.resize(is_found_.size());
    std::vector<std::uint16_t> missing;
    std::size_t last = is_found_.size();  // neighbors are often alike
    for (const std::uint16_t bin : bins) {
        if (bin != last && !is_found_[bin]) {
            is_found_[bin] = true;
            missing.push_back(bin);
        }
        last = bin;
    }
    const std::size_t n = missing.size();
    if (n == 0) {
        return;
    }
    std::array<std::vector<float>, 3> colors;
    for (const std::uint16_t bin : missing) {
        const cv::Vec3f color =
            ColorMixture::of_color(8.0F * static_cast<float>(bin / (kChroma * kChroma)) + 3.5F,
                                   chroma_of_[bin / kChroma % kChroma], chroma_of_[bin % kChroma]);
        for (std::size_t k = 0; k < 3; ++k) {
            colors[k].push_back(color[static_cast<int>(k)]);
        }
    }
    std::vector<float> logs(parts_.size() * n), exponents(n);
    cv::Mat powers(1, static_cast<int>(n), CV_32FC1, exponents.data());
    for (std::size_t c = 0; c < parts_.size(); ++c) {
        float* of_class = logs.data() + c * n;
        std::fill_n(of_class, n, parts_[c].empty() ? kUnknown : std::exp(kLeast));
        for (const ColorMixture::Part& part : parts_[c]) {
            log_densities(part, {colors[0].data(), colors[1].data(), colors[2].data()}, n,
                          exponents.data());
            cv::exp(powers, powers);
            for (std::size_t i = 0; i < n; ++i) {
                of_class[i] += exponents[i];
            }
        }
        if (!parts_[c].empty()) {
            cv::Mat densities(1, static_cast<int>(n), CV_32FC1, of_class);
            cv::log(densities, densities);
        }
    }
    for (std::size_t i = 0; i < n; ++i) {
        // Of upper and lower clothes of one color, small differences are chance.
        float &upper = logs[3 * n + i], &lower = logs[4 * n + i];
        const float middle = (upper + lower) / 2, half = upper - middle;
        const float noise = alike_ / std::max(std::abs(half), 1e-3F);
        const float kept = half / (1 + noise * noise * noise * noise);
        upper = middle + kept;
        lower = middle - kept;
        float best = logs[i];
        for (std::size_t c = 1; c < parts_.size(); ++c) {
            best = std::max(best, logs[c * n + i]);
        }
        const auto bounded = [&](std::size_t c) {
            return std::max(logs[c * n + i] - best, -kSurest);
        };
        ratios_[missing[i]] = Four{bounded(1), bounded(2), bounded(3), bounded(4)} - bounded(0);
    }
}

}  // namespace closet::classes
