#include "core/sha256.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>

#include "core/error.h"

TEST_CASE("sha256: a file's digest matches the standard's example") {
    const auto path = std::filesystem::temp_directory_path() / "closet_sha256_test";
    std::ofstream(path) << "abc";  // FIPS 180-2, appendix B.1
    CHECK(closet::sha256_of_file(path) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    std::filesystem::remove(path);
    CHECK_THROWS_AS(closet::sha256_of_file(path), closet::Error);
}
