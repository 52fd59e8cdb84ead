#pragma once

namespace closet::bench {

/// P(Z <= z) of the standard normal distribution.
double normal_cdf(double z);

/// The z with normal_cdf(z) = p; p in (0, 1), infinite at 0 and 1.
double normal_quantile(double p);

/// P(T <= t) of Student's distribution with `degrees` > 0 of freedom, whole or not.
double student_cdf(double t, double degrees);

/// The t with student_cdf(t) = p; p in (0, 1), infinite at 0 and 1.
double student_quantile(double p, double degrees);

}  // namespace closet::bench
