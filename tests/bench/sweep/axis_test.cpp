#include "bench/sweep/axis.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"

namespace closet::bench {
namespace {

using Values = std::vector<std::string>;
using enum ValueKind;

std::string refusal(const std::string& text, ValueKind kind) {
    try {
        parse_values("--batch", text, kind);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "taken";
}

TEST_CASE("cases: every axis has its own name and a list that can be read") {
    std::set<std::string_view> names;
    for (const AxisInfo& axis : all_axes()) {
        CAPTURE(axis.name);
        CHECK(names.insert(axis.name).second);
        CHECK(find_axis(axis.name) == &axis);
        CHECK_FALSE(axis.description.empty());
        if (!axis.published_list.empty()) {
            CHECK(parse_axis(axis.name, axis.published_list).values.size() ==
                  8);  // as its records say
        }
    }
    CHECK(find_axis("output") == nullptr);
    CHECK_THROWS_AS(parse_axis("output", "a"), ConfigError);
}

TEST_CASE("value list: values and ranges come in the order of the list") {
    CHECK(parse_values("--batch", "1,2,4-8", kInteger) ==
          Values{"1", "2", "4", "5", "6", "7", "8"});
    CHECK(parse_values("--batch", "8,1-3", kInteger) == Values{"8", "1", "2", "3"});
    CHECK(parse_values("--batch", "5-5", kInteger) == Values{"5"});
    CHECK(parse_values("--batch", " 1 , 2 ", kInteger) == Values{"1", "2"});
}

TEST_CASE("value list: steps of decimals are exact and keep their writing") {
    CHECK(parse_values("--scale", "0.3-1.0+0.1", kNumber) ==
          Values{"0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1.0"});
    CHECK(parse_values("--interval", "0.03-0.1+0.01", kNumber) ==
          Values{"0.03", "0.04", "0.05", "0.06", "0.07", "0.08", "0.09", "0.10"});
    CHECK(parse_values("--scale", "0.3-1+0.25", kNumber) == Values{"0.30", "0.55", "0.80"});
    CHECK(parse_values("--scale", "0-0.5+.25", kNumber) == Values{"0.00", "0.25", "0.50"});
    CHECK(parse_values("--scale", "0.50,1", kNumber) == Values{"0.50", "1"});
}

TEST_CASE("value list: factors multiply up to the end") {
    CHECK(parse_values("--batch", "1-64*2", kInteger) ==
          Values{"1", "2", "4", "8", "16", "32", "64"});
    CHECK(parse_values("--batch", "3-30*3", kInteger) == Values{"3", "9", "27"});
    CHECK(parse_values("--interval", "0.05-0.5*2", kNumber) ==
          Values{"0.05", "0.10", "0.20", "0.40"});
    CHECK(parse_values("--batch", "999999999-999999999*999999999", kInteger).size() == 1);
}

TEST_CASE("value list: names may hold dashes and are parted at commas only") {
    CHECK(parse_values("--model", "rtmpose-s,rtmpose-m,blazepose", kName) ==
          Values{"rtmpose-s", "rtmpose-m", "blazepose"});
    CHECK(parse_values("--precision", "fp32,bf16", kName) == Values{"fp32", "bf16"});
    CHECK(parse_values("--device", "cuda:0", kName) == Values{"cuda:0"});
}

TEST_CASE("value list: what is there already is left out") {
    CHECK(parse_values("--batch", "1,2,1-3", kInteger) == Values{"1", "2", "3"});
    CHECK(parse_values("--scale", "1,1.0,0.5,0.50", kNumber) == Values{"1", "0.5"});
    CHECK(parse_values("--warp", "mesh,affine,mesh", kName) == Values{"mesh", "affine"});
}

TEST_CASE("value list: at most a thousand values") {
    CHECK(parse_values("--batch", "1-1000", kInteger).size() == kMaximumValues);
    CHECK(refusal("1-1001", kInteger) ==
          "--batch 1-1001: more than 1000 values; give a larger step");
    CHECK(refusal("0-999999999+0.000001", kNumber).find("more than 1000") != std::string::npos);
}

TEST_CASE("value list: hostile lists are refused in one sentence that names the flag") {
    const std::vector<std::string> hostile{
        "",     ",",     "1,,2",     "1,",   "a",           "1-",         "-1",    "-",
        "1-2-", "1-2-3", "8-1",      "1-2+", "1-2+0",       "1-2*1",      "1-2*0", "0-8*2",
        "1e9",  "0x10",  "1-8+2*2",  "nan",  "inf",         "1.",         ".",     "1..2",
        "1;2",  "--x",   "1-2*1.5",  "+1",   "10000000000", "1.00000001", "1-99*", "\n",
        "1 2",  "1-2+-", "\xff\xfe", "*",    "1-*2",        "0.1-0.5",    "1-1.5"};
    for (const std::string& text : hostile) {
        CAPTURE(text);
        const std::string said = refusal(text, kNumber);
        CHECK(said.starts_with("--batch "));
        CHECK(said.find('\n') == std::string::npos);
    }
    CHECK(refusal("0.5", kInteger) == "--batch 0.5: '0.5' is not a whole number");
    CHECK(refusal("0.1-0.5", kNumber) ==
          "--batch 0.1-0.5: the range 0.1-0.5 needs a step, like 0.1-0.5+0.1");
    CHECK(refusal("--rm", kName) == "--batch --rm: '--rm' is no name");
    CHECK(refusal("a\nb", kName).starts_with("--batch a?b: "));
    CHECK(refusal(std::string(1 << 20, '1'), kNumber).size() < 200);
    CHECK(refusal(std::string(5000, 'x'), kName).size() < 200);
}

TEST_CASE("value list: numbers have one shortest writing") {
    CHECK(shortest_number("1.0") == "1");
    CHECK(shortest_number("01.50") == "1.5");
    CHECK(shortest_number(".25") == "0.25");
    CHECK(shortest_number("0") == "0");
    CHECK(shortest_number("100") == "100");
    CHECK(shortest_number("rtmpose-s") == "rtmpose-s");
    CHECK(shortest_number("") == "");
}

}  // namespace
}  // namespace closet::bench
