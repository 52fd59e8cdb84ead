#include "live/flow/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>

namespace closet {
namespace {

// Each power of two is cut into 2^6 buckets, whose middle is at most 1/128 of a value off. Below
// 2^13 ns, which is less than 10 us, buckets stay as wide as they are there.
constexpr int kBucketBits = 6;
constexpr int kFirstPower = 13;
constexpr int kPowers = 37 - kFirstPower;  // 2^37 ns are 137 s
constexpr std::size_t kInPower = std::size_t{1} << kBucketBits;
constexpr std::size_t kBuckets = (kPowers + 1) * kInPower;
constexpr std::int64_t kGreatestNs = 100'000'000'000;

/// How far the values of a bucket of the power above 2^kFirstPower are shifted.
constexpr int shift_of(int power) {
    return kFirstPower - kBucketBits + power;
}

std::size_t bucket_of(std::int64_t ns) {
    const auto value = static_cast<std::uint64_t>(std::clamp(ns, std::int64_t{0}, kGreatestNs));
    const int power = std::max(static_cast<int>(std::bit_width(value)) - 1 - kFirstPower, -1);
    if (power < 0) {
        return static_cast<std::size_t>(value >> shift_of(0));
    }
    const auto row = static_cast<std::size_t>(power);
    return row * kInPower + static_cast<std::size_t>(value >> shift_of(power));
}

double middle_ns(std::size_t bucket) {
    const int power = std::max(static_cast<int>(bucket / kInPower) - 1, 0);
    const double width = std::ldexp(1.0, shift_of(power));
    const std::size_t steps = bucket - static_cast<std::size_t>(power) * kInPower;
    return (static_cast<double>(steps) + 0.5) * width;
}

}  // namespace

LatencyHistogram::LatencyHistogram() : buckets_(kBuckets, 0) {}

void LatencyHistogram::add(LiveClock::duration time) {
    const std::int64_t ns =
        std::max(std::chrono::nanoseconds(time).count(), std::chrono::nanoseconds::rep{0});
    ++buckets_[bucket_of(ns)];
    min_ns_ = count_ == 0 ? ns : std::min(min_ns_, ns);
    max_ns_ = std::max(max_ns_, ns);
    sum_ns_ += static_cast<double>(ns);
    ++count_;
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
    if (other.count_ == 0) {
        return;
    }
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        buckets_[i] += other.buckets_[i];
    }
    min_ns_ = count_ == 0 ? other.min_ns_ : std::min(min_ns_, other.min_ns_);
    max_ns_ = std::max(max_ns_, other.max_ns_);
    sum_ns_ += other.sum_ns_;
    count_ += other.count_;
}

void LatencyHistogram::clear() {
    std::fill(buckets_.begin(), buckets_.end(), 0);
    count_ = 0;
    min_ns_ = max_ns_ = 0;
    sum_ns_ = 0;
}

double LatencyHistogram::quantile_ms(double quantile) const {
    if (count_ == 0) {
        return 0;
    }
    const double share = std::clamp(quantile, 0.0, 1.0);
    const auto rank = std::max(
        static_cast<std::int64_t>(std::ceil(share * static_cast<double>(count_))), std::int64_t{1});
    std::int64_t passed = 0;
    std::size_t bucket = 0;
    while ((passed += buckets_[bucket]) < rank) {
        ++bucket;
    }
    return 1e-6 * std::clamp(middle_ns(bucket), static_cast<double>(min_ns_),
                             static_cast<double>(max_ns_));
}

LatencyFigures LatencyHistogram::figures() const {
    LatencyFigures figures;
    figures.count = count_;
    if (count_ > 0) {
        figures.min_ms = 1e-6 * static_cast<double>(min_ns_);
        figures.max_ms = 1e-6 * static_cast<double>(max_ns_);
        figures.mean_ms = 1e-6 * sum_ns_ / static_cast<double>(count_);
        figures.p50_ms = quantile_ms(0.5);
        figures.p95_ms = quantile_ms(0.95);
        figures.p99_ms = quantile_ms(0.99);
    }
    return figures;
}

}  // namespace closet
