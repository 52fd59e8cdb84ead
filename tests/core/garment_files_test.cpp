#include "core/garment_files.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"
#include "support/temporary_folder.h"

using closet::ConfigError;
using closet::garment_files;
using closet::natural_less;
using closet::test::TemporaryFolder;

namespace {

void touch(const std::filesystem::path& path) {
    std::ofstream(path) << "x";
}

std::vector<std::string> names(const std::vector<std::filesystem::path>& paths) {
    std::vector<std::string> result;
    for (const auto& path : paths) {
        result.push_back(path.filename().string());
    }
    return result;
}

}  // namespace

TEST_CASE("garment files: numbers in names count by their value and case does not") {
    CHECK(natural_less("shirt2.png", "shirt10.png"));
    CHECK_FALSE(natural_less("shirt10.png", "shirt2.png"));
    CHECK(natural_less("Alpha.png", "beta.png"));
    CHECK(natural_less("alpha.png", "Beta.png"));
    CHECK(natural_less("shirt.png", "shirt2.png"));
    CHECK(natural_less("a2b10", "a2b11"));
    CHECK(natural_less("99999999999999999999998", "99999999999999999999999"));
    CHECK(natural_less("a1", "b"));
    CHECK(natural_less("7", "a"));
    CHECK_FALSE(natural_less("same", "same"));
}

TEST_CASE("garment files: names that only look equal still have one order") {
    CHECK(natural_less("a01", "a1") != natural_less("a1", "a01"));
    CHECK(natural_less("A", "a") != natural_less("a", "A"));
    CHECK(natural_less("000", "001"));
}

TEST_CASE("garment files: a folder stands for its pictures in natural order") {
    const TemporaryFolder folder;
    for (const char* name : {"b10.png", "b2.JPG", "a.webp", "c.tiff", "b2.json", "notes.txt",
                             ".hidden.png", "d.jpeg", "e.tif"}) {
        touch(folder.path() / name);
    }
    std::filesystem::create_directory(folder.path() / "folder.png");
    std::filesystem::create_symlink(folder.path() / "gone", folder.path() / "broken.png");
    CHECK(names(garment_files({folder.path().string()})) ==
          std::vector<std::string>{"a.webp", "b2.JPG", "b10.png", "c.tiff", "d.jpeg", "e.tif"});
}

TEST_CASE("garment files: files come as they are given and among folders") {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder.path() / "more");
    touch(folder.path() / "more" / "2.png");
    touch(folder.path() / "z.png");
    touch(folder.path() / "a.bin");  // whatever it is called: it was asked for
    const std::string base = folder.path().string();
    CHECK(names(garment_files({base + "/z.png", base + "/more", base + "/a.bin"})) ==
          std::vector<std::string>{"z.png", "2.png", "a.bin"});
    CHECK(garment_files({}).empty());
}

TEST_CASE("garment files: what is absent or empty is named") {
    const TemporaryFolder folder;
    const std::string base = folder.path().string();
    CHECK_THROWS_WITH_AS(garment_files({base + "/none.png"}),
                         doctest::Contains("none.png: No such file"), ConfigError);
    CHECK_THROWS_WITH_AS(garment_files({base}), doctest::Contains("holds no garment"), ConfigError);
    CHECK_THROWS_AS(garment_files({""}), ConfigError);
}
