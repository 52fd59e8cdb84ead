#include "warp/paint/blend.h"

#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace closet;

constexpr std::size_t kByteValues = 256;

std::array<std::uint8_t, kByteValues> all_bytes() {
    std::array<std::uint8_t, kByteValues> values{};
    std::iota(values.begin(), values.end(), std::uint8_t{0});
    return values;
}

/// round(n / d) for n >= 0, halves upwards.
long rounded(long n, long d) {
    return (2 * n + d) / (2 * d);
}

TEST_CASE("8 bit blending rounds to nearest for all 2^24 inputs") {
    const auto below = all_bytes();
    long wrong = 0;
    for (int a = 0; a < 256; ++a) {
        for (int s = 0; s < 256; ++s) {
            auto row = below;
            std::array<std::uint8_t, kByteValues> source{}, alpha{};
            source.fill(static_cast<std::uint8_t>(s));
            alpha.fill(static_cast<std::uint8_t>(a));
            blend::row8(row.data(), 1, source.data(), alpha.data(), row.size());
            for (int d = 0; d < 256; ++d) {
                wrong += row[static_cast<std::size_t>(d)] !=
                         rounded(static_cast<long>(s) * a + static_cast<long>(d) * (255 - a), 255);
            }
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("division by 255 is exact over its whole range") {
    bool exact = true;
    for (std::uint32_t y = 0; y <= 261000; ++y) {
        exact = exact && blend::div255(y) == y / 255;
    }
    CHECK(exact);
}

TEST_CASE("packed channels are blended without touching their neighbors") {
    for (const std::size_t step : {3U, 4U}) {
        std::vector<std::uint8_t> row(step * 40, 200);
        const std::vector<std::uint8_t> source(40, 100);
        const std::vector<std::uint8_t> alpha(40, 128);
        blend::row8(row.data() + 1, step, source.data(), alpha.data(), 39);
        for (std::size_t i = 0; i < row.size(); ++i) {
            CHECK(row[i] == (i % step == 1 && i / step < 39 ? 150 : 200));
        }
    }
}

TEST_CASE(
    "10 bit blending is exact for every sample at alpha 0 and full and within rounding between") {
    std::vector<std::uint16_t> below(1024);
    std::iota(below.begin(), below.end(), std::uint16_t{0});
    for (const int a : {0, 1, 2, 77, 127, 128, 254, 255}) {
        const std::vector<std::uint8_t> alpha(1024, static_cast<std::uint8_t>(a));
        for (int s = 0; s < 1024; s += a == 0 || a == 255 ? 1 : 31) {
            const std::vector<std::uint16_t> source(1024, static_cast<std::uint16_t>(s));
            for (const int shift : {0, 6}) {
                auto row = below;
                for (auto& sample : row) {
                    sample = static_cast<std::uint16_t>(sample << shift);
                }
                blend::row10(row.data(), shift, source.data(), alpha.data(), row.size());
                bool exact = true;
                for (std::size_t d = 0; d < 1024; ++d) {
                    const long expected =
                        rounded(static_cast<long>(s) * a + static_cast<long>(d) * (255 - a), 255);
                    exact = exact && row[d] == expected << shift;
                }
                REQUIRE(exact);
            }
        }
    }
}

TEST_CASE("bits below a p010 sample survive") {
    std::vector<std::uint16_t> row{0xffff, 0x0015};
    const std::vector<std::uint16_t> source{0, 1023};
    const std::vector<std::uint8_t> alpha{255, 0};
    blend::row10(row.data(), 6, source.data(), alpha.data(), 2);
    CHECK(row[0] == 0x003f);
    CHECK(row[1] == 0x0015);
}

TEST_CASE("chroma sums blend exactly at no alpha and full alpha and round between") {
    std::vector<std::uint8_t> below(256);
    std::iota(below.begin(), below.end(), std::uint8_t{0});
    for (const std::uint32_t a : {0U, 1U, 255U, 2040U, 4079U, 4080U}) {
        for (std::int32_t s = 0; s < 256; s += 5) {
            const std::vector<std::int32_t> source(256, s * static_cast<std::int32_t>(a));
            const std::vector<std::uint32_t> alpha(256, a);
            auto row = below;
            blend::sums8(row.data(), source.data(), alpha.data(), row.size());
            std::vector<std::uint8_t> pairs(512);
            for (std::size_t i = 0; i < 256; ++i) {
                pairs[2 * i] = pairs[2 * i + 1] = below[i];
            }
            blend::sums8_pair(pairs.data(), source.data(), source.data(), alpha.data(), 256);
            for (long d = 0; d < 256; ++d) {
                const auto i = static_cast<std::size_t>(d);
                const long expected = rounded(s * long{a} + d * (4080 - long{a}), 4080);
                REQUIRE(row[i] == expected);
                REQUIRE(pairs[2 * i] == expected);
                REQUIRE(pairs[2 * i + 1] == expected);
            }
        }
    }
}

TEST_CASE("a transparent frame under a garment gets the garment's straight color") {
    std::array<std::uint8_t, 8> row{10, 20, 30, 0, 10, 20, 30, 0};
    const std::array<std::uint8_t, 2> r{200, 200}, g{100, 100}, b{50, 50}, a{128, 0};
    blend::row_with_alpha(row.data(), r.data(), g.data(), b.data(), a.data(), 2);
    CHECK(row == std::array<std::uint8_t, 8>{200, 100, 50, 128, 10, 20, 30, 0});
}

}  // namespace
