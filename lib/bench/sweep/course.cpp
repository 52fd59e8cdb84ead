#include "bench/sweep/course.h"

namespace closet::bench {

double expected_time(std::span<const Course> courses, int min_repeats) {
    double known_s = 0, known = 0;
    for (const Course& course : courses) {
        known_s += course.pass_s.value_or(0);
        known += course.pass_s ? 1 : 0;
    }
    const double typical_s = known > 0 ? known_s / known : 0;
    const auto wanted = static_cast<std::size_t>(min_repeats);
    double expected_s = 0;
    for (const Course& course : courses) {
        const std::size_t left = wanted > course.good ? wanted - course.good : 1;
        expected_s += static_cast<double>(left) * course.pass_s.value_or(typical_s);
    }
    return expected_s;
}

}  // namespace closet::bench
