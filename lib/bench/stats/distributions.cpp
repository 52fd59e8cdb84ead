#include "bench/stats/distributions.h"

#include <cmath>
#include <limits>
#include <numbers>

// Own code of 120 lines: Boost.Math has the same functions, but Debian's libboost-math-dev brings
// 140 MB of headers, and each platform would have to provide it.

namespace closet::bench {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNormalDegrees = 1e7;  ///< from here on Student's is the normal distribution

double log_beta(double a, double b) {
    return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
}

/// The continued fraction of the incomplete beta function (Abramowitz & Stegun 26.5.8) by Lentz's
/// method; converges fast for x < (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
    constexpr double kTiny = 1e-300;
    constexpr int kMaxSteps = 20000;  // about sqrt(a) are needed
    double c = 1;
    double d = 1 / (1 - (a + b) * x / (a + 1));
    double value = d;
    for (int step = 1; step < kMaxSteps; ++step) {
        const double m = step;
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 + even * d;
        c = 1 + even / c;
        d = 1 / (std::abs(d) < kTiny ? kTiny : d);
        value *= d * c;
        d = 1 + odd * d;
        c = 1 + odd / c;
        d = 1 / (std::abs(d) < kTiny ? kTiny : d);
        value *= d * c;
        if (std::abs(d * c - 1) < 1e-15) {
            break;
        }
    }
    return value;
}

/// P(T > t) for t >= 0: I_x(degrees / 2, 1 / 2) / 2 with x = degrees / (degrees + t^2) (Abramowitz
/// & Stegun 26.7.1).
double student_tail(double t, double degrees) {
    const double a = degrees / 2, b = 0.5;
    const double x = degrees / (degrees + t * t), rest = t * t / (degrees + t * t);
    const double front = std::exp(a * std::log(x) + b * std::log(rest) - log_beta(a, b));
    if (x < (a + 1) / (a + b + 2)) {
        return front * beta_fraction(a, b, x) / a / 2;
    }
    return (1 - front * beta_fraction(b, a, rest) / b) / 2;
}

double student_density(double t, double degrees) {
    return std::exp(-log_beta(degrees / 2, 0.5) - std::log(degrees) / 2 -
                    (degrees + 1) / 2 * std::log1p(t * t / degrees));
}

}  // namespace

double normal_cdf(double z) {
    return std::erfc(-z / std::numbers::sqrt2) / 2;
}

double normal_quantile(double p) {
    if (p <= 0 || p >= 1) {
        return p <= 0 ? -kInfinity : kInfinity;
    }
    if (p > 0.5) {
        return -normal_quantile(1 - p);
    }
    // Abramowitz & Stegun 26.2.23, within 4.5e-4; each Halley step triples the digits.
    const double t = std::sqrt(-2 * std::log(p));
    double z = (2.515517 + t * (0.802853 + t * 0.010328)) /
                   (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) -
               t;
    for (int step = 0; step < 3; ++step) {
        const double error =
            (normal_cdf(z) - p) * std::sqrt(2 * std::numbers::pi) * std::exp(z * z / 2);
        z -= error / (1 + z * error / 2);
    }
    return z;
}

double student_cdf(double t, double degrees) {
    if (degrees >= kNormalDegrees) {
        return normal_cdf(t);
    }
    if (t == 0) {
        return 0.5;
    }
    if (std::isinf(t)) {
        return t > 0 ? 1 : 0;
    }
    return t < 0 ? student_tail(-t, degrees) : 1 - student_tail(t, degrees);
}

double student_quantile(double p, double degrees) {
    if (p <= 0 || p >= 1 || degrees >= kNormalDegrees) {
        return normal_quantile(p);
    }
    if (p > 0.5) {
        return -student_quantile(1 - p, degrees);
    }
    if (p == 0.5) {
        return 0;
    }
    // The log of the tail is concave in the log of t, so Newton's method cannot diverge from the
    // normal quantile, which lies nearer to 0.
    constexpr int kMaxSteps = 100;
    double t = -normal_quantile(p);
    for (int step = 0; step < kMaxSteps; ++step) {
        const double tail = student_tail(t, degrees);
        const double change = std::log(tail / p) * tail / (t * student_density(t, degrees));
        t *= std::exp(change);
        if (std::abs(change) < 1e-13) {
            break;
        }
    }
    return -t;
}

}  // namespace closet::bench
