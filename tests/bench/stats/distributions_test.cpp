#include "bench/stats/distributions.h"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <limits>

#include "bench/stats/random.h"

using namespace closet::bench;

namespace {

bool is_close(double value, double expected) {
    return value == doctest::Approx(expected).epsilon(1e-11);
}

}  // namespace

// The numbers below are those of scipy 1.17.1 (norm.ppf, t.ppf, t.cdf).
TEST_CASE("distributions: normal quantiles are scipy's to eleven digits") {
    CHECK(is_close(normal_quantile(1e-12), -7.034483825301131));
    CHECK(is_close(normal_quantile(0.001), -3.090232306167813));
    CHECK(is_close(normal_quantile(0.025), -1.9599639845400545));
    CHECK(is_close(normal_quantile(0.3), -0.5244005127080409));
    CHECK(is_close(normal_quantile(0.975), 1.959963984540054));
    CHECK(normal_quantile(0.5) == doctest::Approx(0));
    CHECK(std::isinf(normal_quantile(0)));
    CHECK(normal_quantile(1) > 1e300);
}

TEST_CASE("distributions: Student quantiles are scipy's from one degree of freedom to a million") {
    CHECK(is_close(student_quantile(0.975, 1), 12.706204736174694));
    CHECK(is_close(student_quantile(0.975, 4), 2.7764451051977934));
    CHECK(is_close(student_quantile(0.995, 9), 3.249835541592126));
    CHECK(is_close(student_quantile(1e-6, 4), -41.577854150450975));
    CHECK(is_close(student_quantile(0.4, 2.5), -0.2814595127485477));
    CHECK(is_close(student_quantile(0.975, 30), 2.0422724563012378));
    CHECK(is_close(student_quantile(1e-9, 1), -318309886.1837907));
    CHECK(student_quantile(0.6, 1e6) == doctest::Approx(0.25334717053784184).epsilon(1e-8));
    CHECK(student_quantile(0.5, 3) == 0);
    const double normal = std::numeric_limits<double>::infinity();
    CHECK(student_quantile(0.975, normal) == normal_quantile(0.975));
}

TEST_CASE("distributions: Student probabilities are scipy's and undo the quantiles") {
    CHECK(is_close(student_cdf(-2.5, 3), 0.04385332350403278));
    CHECK(is_close(student_cdf(1.3, 7.7), 0.8844186511740483));
    CHECK(is_close(student_cdf(0.01, 1), 0.503182992764907));
    CHECK(is_close(student_cdf(-40, 5), 9.205981085886477e-08));
    CHECK(student_cdf(0, 2) == 0.5);
    for (double degrees : {1.0, 2.0, 4.5, 9.0, 100.0}) {
        for (double p : {1e-8, 0.01, 0.3, 0.49, 0.51, 0.999}) {
            CHECK(student_cdf(student_quantile(p, degrees), degrees) ==
                  doctest::Approx(p).epsilon(1e-10));
        }
    }
}

TEST_CASE("random: PCG32 gives the published numbers of seed 42 and stream 54") {
    Random random(42, 54);
    for (std::uint32_t expected :
         {0xa15c02b7U, 0x7b47f409U, 0xba1d3330U, 0x83d2f293U, 0xbfa4784bU, 0xcbed606eU}) {
        CHECK(random.next() == expected);
    }
}

TEST_CASE("random: integers below a count are all reached about equally often") {
    Random random(7);
    int counts[5] = {};
    for (int i = 0; i < 50000; ++i) {
        const std::uint32_t value = random.below(5);
        REQUIRE(value < 5);
        ++counts[value];
    }
    for (int count : counts) {
        CHECK(std::abs(count - 10000) < 450);  // 5 standard deviations
    }
    CHECK(Random(7).below(1) == 0);
}
