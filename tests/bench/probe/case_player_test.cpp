#include "bench/probe/case_player.h"

#include "core/error.h"
#include "support/doctest_with_torch.h"

namespace closet::bench {

TEST_CASE("case options: what is included is read from a list and told in words") {
    ProbeOptions options;
    include_parts("", options);
    CHECK_FALSE(options.include_decode);
    CHECK_FALSE(options.include_encode);
    const std::string in_memory = describe_contents(options, {});
    CHECK(in_memory.find("from memory") != std::string::npos);
    CHECK(in_memory.find("dropping") != std::string::npos);

    include_parts("encode,decode", options);
    CHECK(options.include_decode);
    CHECK(options.include_encode);
    const std::string both = describe_contents(options, {});
    CHECK(both.find("decoding the file") != std::string::npos);
    CHECK(both.find("encoding with libx264") != std::string::npos);

    CHECK_THROWS_WITH_AS(include_parts("decode,sound", options),
                         "--include decode,sound: 'sound' is neither decode nor encode, the two "
                         "that can be included",
                         ConfigError);
}

}  // namespace closet::bench
