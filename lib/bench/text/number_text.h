#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bench/result/result.h"

namespace closet::bench {

/// Decimals that give the largest of a column's figures four digits: 1 for 123.4; 0 to 4.
int decimals_for(double largest);

/// Whether the estimate has an interval: bounds that differ from its value.
bool has_interval(const Estimate& estimate);

/// A figure and its interval: "123.4 ± 1.2" where both sides are about alike, "123.4
/// (122.0..125.1)" where they are not, "123.4 ± ?" where nothing is known of the interval, "123.4"
/// where the figure has none, "-" where it is not finite. Intervals are rounded outwards.
std::string estimate_text(const Estimate& figure, int decimals);

/// A number as short as four digits allow: "1234", "0.1234", "12"; "-" where it is not finite.
std::string number_text(double number);

/// The number that a text is as a whole; nothing for any other text and for what is not finite.
std::optional<double> number_in(std::string_view text);

/// "13.1 MB" and the like; "0 MB" below zero.
std::string bytes_text(double bytes);

}  // namespace closet::bench
