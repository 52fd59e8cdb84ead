#include "core/sha256.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>

#include "core/error.h"
#include "support/temporary_folder.h"

TEST_CASE("sha256: a file's digest matches the standard's example") {
    const closet::test::TemporaryFolder folder;
    const std::filesystem::path path = folder / "abc";
    std::ofstream(path) << "abc";  // FIPS 180-2, appendix B.1
    CHECK(closet::sha256_of_file(path) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_THROWS_AS(closet::sha256_of_file(folder / "absent"), closet::Error);
}
