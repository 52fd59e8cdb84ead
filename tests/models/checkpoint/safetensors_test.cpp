#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "bytes.h"
#include "core/error.h"
#include "models/checkpoint/checkpoint.h"
#include "refusal.h"
#include "support/safetensors.h"
#include "support/shared_data.h"

using namespace closet;
using test::check_refused;

namespace {

std::string safetensors(const std::string& header, const std::string& data) {
    return test::stored<std::uint64_t>(header.size()) + header + data;
}

std::string one_tensor(const std::string& type, const std::string& data) {
    const std::string size = std::to_string(data.size());
    return safetensors(
        R"({"x":{"dtype":")" + type + R"(","shape":[2],"data_offsets":[0,)" + size + "]}}", data);
}

std::vector<float> floats_of(const std::string& type, const std::string& data) {
    const std::string bytes = one_tensor(type, data);
    return to_floats(*parse_checkpoint(test::as_bytes(bytes), "test")->find("x"));
}

using Floats = std::vector<float>;

}  // namespace

TEST_SUITE("safetensors") {
    TEST_CASE("every element type becomes floats") {
        using test::stored;
        CHECK(floats_of("F64", stored(1.5) + stored(-2.0)) == Floats{1.5F, -2});
        CHECK(floats_of("F32", stored(1.5F) + stored(-2.0F)) == Floats{1.5F, -2});
        CHECK(floats_of("BF16", stored<std::uint16_t>(0x3FC0) + stored<std::uint16_t>(0xC000)) ==
              Floats{1.5F, -2});
        CHECK(floats_of("I64", stored<std::int64_t>(7) + stored<std::int64_t>(-8)) ==
              Floats{7, -8});
        CHECK(floats_of("I32", stored<std::int32_t>(7) + stored<std::int32_t>(-8)) ==
              Floats{7, -8});
        CHECK(floats_of("I16", stored<std::int16_t>(7) + stored<std::int16_t>(-8)) ==
              Floats{7, -8});
        CHECK(floats_of("I8", stored<std::int8_t>(7) + stored<std::int8_t>(-8)) == Floats{7, -8});
        CHECK(floats_of("U8", stored<std::uint8_t>(7) + stored<std::uint8_t>(248)) ==
              Floats{7, 248});
        CHECK(floats_of("BOOL", stored<std::uint8_t>(0) + stored<std::uint8_t>(2)) == Floats{0, 1});
    }

    TEST_CASE("half precision is exact for all kinds of numbers") {
        const auto half = [](std::uint16_t bits) {
            return floats_of("F16", test::stored(bits) + test::stored(bits))[0];
        };
        CHECK(half(0x3C00) == 1.0F);
        CHECK(half(0xC248) == -3.140625F);
        CHECK(half(0x7BFF) == 65504.0F);
        CHECK(half(0x0400) == 0x1p-14F);
        CHECK(half(0x0001) == 0x1p-24F);
        CHECK(half(0x83FF) == -1023 * 0x1p-24F);
        CHECK(std::signbit(half(0x8000)));
        CHECK(half(0x7C00) == std::numeric_limits<float>::infinity());
        CHECK(std::isnan(half(0x7E00)));
    }

    TEST_CASE("names keep the order of the file and metadata is kept") {
        const std::string bytes = safetensors(
            R"({"b":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"__metadata__":{"format":"pt"},)"
            R"("a":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]}})",
            test::stored(2.5F));
        const auto checkpoint = parse_checkpoint(test::as_bytes(bytes), "test");
        CHECK(checkpoint->format() == Checkpoint::Format::kSafetensors);
        REQUIRE(checkpoint->tensors().size() == 2);
        CHECK(checkpoint->tensors()[0].key == "b");
        CHECK(to_floats(checkpoint->tensors()[0]) == Floats{2.5F});
        CHECK(to_floats(checkpoint->tensors()[1]).empty());
        CHECK(checkpoint->find("c") == nullptr);
        REQUIRE(checkpoint->metadata().size() == 1);
        CHECK(checkpoint->metadata()[0] == std::pair<std::string, std::string>{"format", "pt"});
    }

    TEST_CASE("every reference file reads as the tests' own reader reads it") {
        for (const char* folder : {"fixtures/rtm", "fixtures/blazepose"}) {
            const auto path = test::shared_file(folder);
            if (!path) {
                return;
            }
            for (const auto& file : std::filesystem::directory_iterator(*path)) {
                if (file.path().extension() != ".safetensors") {
                    continue;
                }
                CAPTURE(file.path());
                const auto checkpoint = read_checkpoint(file.path());
                const auto expected = test::read_safetensors(file.path());
                CHECK(checkpoint->tensors().size() == expected.size());
                for (const auto& [name, tensor] : expected) {
                    const TensorEntry* const entry = checkpoint->find(name);
                    REQUIRE(entry != nullptr);
                    CHECK(entry->shape == tensor.shape);
                    REQUIRE(entry->storage.size() == tensor.bytes.size());
                    CHECK(std::memcmp(entry->storage.data(), tensor.bytes.data(),
                                      tensor.bytes.size()) == 0);
                }
            }
        }
    }

    TEST_CASE("offsets that lie are refused") {
        const auto entry = [](const std::string& name, const std::string& shape,
                              const std::string& offsets) {
            return "\"" + name + R"(":{"dtype":"F32","shape":[)" + shape + R"(],"data_offsets":[)" +
                   offsets + "]}";
        };
        const auto with = [&](const std::string& entries) {
            return safetensors("{" + entries + "}", std::string(16, 'd'));
        };
        CHECK(test::refusal(with(entry("a", "2", "8,16") + "," + entry("b", "2", "0,8"))).empty());
        check_refused(with(entry("a", "2", "0,8") + "," + entry("b", "2", "4,12")), "overlap");
        check_refused(with(entry("a", "4", "0,16") + "," + entry("b", "4", "0,16")), "overlap");
        check_refused(with(entry("a", "1", "0,4") + "," + entry("b", "2", "8,16")), "gaps");
        check_refused(with(entry("a", "2", "0,8")), "do not cover");
        check_refused(with(entry("a", "2", "16,8")), "beyond the file");
        check_refused(with(entry("a", "5", "0,20")), "beyond the file");
        check_refused(with(entry("a", "2", "0,9223372036854775807")), "beyond the file");
        check_refused(with(entry("a", "2", "0,9223372036854775808")), "near 'data_offsets'");
        check_refused(with(entry("a", "2", "-8,8")), "near 'data_offsets'");
        check_refused(with(entry("a", "2", "0,8,16")), "lacks");
        check_refused(with(entry("a", "3", "0,16")), "bytes of its shape");
        check_refused(with(entry("a", "4611686018427387904,4", "0,16")), "larger than any memory");
        check_refused(with(entry("a", "4294967296,4294967296,0", "0,16")), "larger than any");
        check_refused(with(entry("a", "1e1", "0,16")), "near 'shape'");
        check_refused(with(entry("a", "1,1,1,1,1,1,1,1,4", "0,16")), "near 'shape'");
        check_refused(with(entry("a", "4", "0,16") + "," + entry("a", "0", "16,16")),
                      "'a' is there twice");
        check_refused(with(entry("a\\n", "4", "0,16")), "not plain text");
        check_refused(with(entry("\xFF", "4", "0,16")), "no valid JSON");
    }

    TEST_CASE("a header that is something else is refused") {
        const std::string good = R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
        const std::string data = test::stored(1.0F);
        CHECK(test::refusal(safetensors(good, data)).empty());
        check_refused(test::stored(std::uint64_t{1} << 63) + good + data, "longer than the file");
        check_refused(test::stored(~std::uint64_t{0}) + good + data, "longer than the file");
        check_refused(test::stored<std::uint64_t>(good.size() + 5) + good + data,
                      "longer than the file");
        check_refused(test::stored<std::uint64_t>(0) + good + data, "no valid JSON");
        check_refused(safetensors("{}", ""), "no tensors");
        check_refused(safetensors("[]", ""), "neither");
        check_refused("short", "neither");
        check_refused("<!DOCTYPE html><html>Not found</html>", "neither");
        check_refused(one_tensor("F4", "d"), "'F4' is not supported");
        check_refused(one_tensor("\\u001b[2J", "d"), "'\uFFFD[2J' is not supported");
        const std::string deep(1'000'000, '[');
        for (const std::string& header :
             {R"({"x":)" + deep, R"({"x":{"shape":)" + deep,
              std::string(R"({"x":{"dtype":{"a":{"b":1}}}})"), std::string(R"({"x":1})"),
              std::string(R"({"x":{"dtype":"F32","dtype":"F32"}})"),
              std::string(R"({"x":{"shape":[],"shape":[]}})"),
              std::string(R"({"x":{"other":"text"}})"), std::string(R"({"x":{"dtype":null}})"),
              std::string(R"({"__metadata__":{"a":[1]}})"),
              std::string(R"({"__metadata__":{"a":1}})")}) {
            check_refused(safetensors(header, ""), "something else than tensors");
        }
        check_refused(safetensors(R"({"x":{"dtype":"F32","shape":[0]}})", ""), "lacks");
        check_refused(safetensors(R"({"__metadata__":{},"__metadata__":{}})", ""), "there twice");
        check_refused(safetensors(good + "}", data), "no valid JSON");
    }
}
