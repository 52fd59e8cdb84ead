#include "bench/text/number_text.h"

#include <limits>

#include <doctest/doctest.h>

using namespace closet::bench;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("an interval is shown as it is") {
    CHECK(estimate_text({123.4, 122.2, 124.6, 0.95}, 1) == "123.4 ± 1.2");
    CHECK(estimate_text({123.4, 122.0, 130.0, 0.95}, 1) == "123.4 (122.0..130.0)");
    CHECK(estimate_text({123.4, 123.4, 123.4, 0.95}, 1) == "123.4");
    CHECK(estimate_text({123.4, -kInfinity, kInfinity, 0.95}, 1) == "123.4 ± ?");
    CHECK(estimate_text({123.4, 122.0, kInfinity, 0.95}, 1) == "123.4 ± ?");
    CHECK(estimate_text({std::numeric_limits<double>::quiet_NaN(), 0, 0, 0.95}, 1) == "-");
    CHECK(estimate_text({kInfinity, 0, 0, 0.95}, 1) == "-");
}

TEST_CASE("an interval is never rounded inwards") {
    CHECK(estimate_text({10.0, 9.99, 10.01, 0.95}, 1) == "10.0 ± 0.1");
    CHECK(estimate_text({10.0, 9.91, 10.31, 0.95}, 1) == "10.0 (9.9..10.4)");
}

TEST_CASE("numbers have four digits") {
    CHECK(number_text(1234.4) == "1234");
    CHECK(number_text(0.5) == "0.5");
    CHECK(number_text(12.345) == "12.35");
    CHECK(number_text(0) == "0");
    CHECK(number_text(kInfinity) == "-");
    CHECK(decimals_for(123.4) == 1);
    CHECK(decimals_for(0.0123) == 4);
    CHECK(decimals_for(123456) == 0);
    CHECK(decimals_for(kInfinity) == 0);
}
