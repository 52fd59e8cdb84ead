#include "bench/result/result.h"

#include <doctest/doctest.h>

#include "bench/sweep/sample_sweep.h"

namespace closet::bench {
namespace {

std::vector<std::string> names(const std::vector<Difference>& differences) {
    std::vector<std::string> found;
    for (const Difference& difference : differences) {
        found.push_back(difference.name);
    }
    return found;
}

using Names = std::vector<std::string>;

TEST_CASE("conditions: a comparison allows other builds and one result does not") {
    const Context here = test::whole_sweep().context;
    Context there = here;
    CHECK(find_differences(there, here, Likeness::kOneResult).empty());
    there.host = "another";
    there.seed = 99;
    there.time_utc = "later";
    CHECK(find_differences(there, here, Likeness::kOneResult).empty());
    there.revision = "fedcba";
    there.libraries["torch"] = "1.0";
    there.cpu_path = "avx512";
    CHECK(find_differences(there, here, Likeness::kComparison).empty());
    CHECK(names(find_differences(there, here, Likeness::kOneResult)) ==
          Names{"revision", "library torch", "instructions"});
    there.settings = {{"scale", "1"}};
    there.cores = 8;
    CHECK(names(find_differences(there, here, Likeness::kComparison)) ==
          Names{"--interval", "--scale", "cores"});
    const Difference scale = find_differences(there, here, Likeness::kComparison)[1];
    CHECK(scale.there == "1");
    CHECK(scale.here == "");
}

TEST_CASE("cases: speeds are those of passes that count") {
    const Case measured = test::whole_sweep().cases[0];  // a warm-up, a good pass, a failed one
    REQUIRE(speeds_by_round(measured).size() == 2);
    CHECK(speeds_by_round(measured)[0] == doctest::Approx(12));
    CHECK(speeds_of(measured).size() == 1);
    CHECK(work_of(measured) == &measured.samples[1].work);
    CHECK(work_of(Case{}) == nullptr);
    CHECK(setting_of(measured, "scale") == "0.5");
    CHECK_FALSE(setting_of(measured, "warp"));
    CHECK(varying_axes(test::whole_sweep()) == Names{"batch"});
}

}  // namespace
}  // namespace closet::bench
