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
}
