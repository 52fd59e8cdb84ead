#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "core/error.h"
#include "models/checkpoint/checkpoint.h"
#include "refusal.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"

using namespace closet;

namespace {

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_SUITE("truncated files") {
    TEST_CASE("no part of a file is taken for the whole") {
        const auto folder = test::shared_file("fixtures/rtm");
        if (!folder) {
            return;
        }
        for (const char* name :
             {"views_zip.pth", "views_legacy.pth", "hostile_reduce_zip.pth",
              "hostile_reduce_legacy.pth", "rtmpose_micro_published_legacy.pth",
              "rtmpose_micro_training_zip.pth", "rtmpose_micro_fp16_zip.pth",
              "rtmdet_micro_random_expected.safetensors", "rtmdet_nano_person.safetensors"}) {
            const std::string bytes = bytes_of(*folder / name);
            constexpr std::size_t kEveryLength = 4096;
            // A prime number of steps, so that the alignment of the cut varies.
            const std::size_t step = bytes.size() <= kEveryLength ? 1 : bytes.size() / 211;
            for (std::size_t length = 0; length < bytes.size(); length += step) {
                CAPTURE(name);
                CAPTURE(length);
                REQUIRE(!test::refusal(std::string_view(bytes).substr(0, length)).empty());
            }
        }
    }

    TEST_CASE("a file that was not fetched completely is named") {
        const auto path = test::shared_file("fixtures/rtm/truncated_legacy.pth");
        if (!path) {
            return;
        }
        CHECK_THROWS_WITH_AS(read_checkpoint(*path),
                             doctest::Contains("truncated_legacy.pth: its pickle ends early"),
                             ModelError);
    }

    TEST_CASE("a file that is absent or empty or a folder is named") {
        const test::TemporaryFolder folder;
        std::ofstream(folder / "empty.pth").flush();
        CHECK_THROWS_WITH_AS(read_checkpoint(folder / "none.pth"), doctest::Contains("none.pth"),
                             ModelError);
        CHECK_THROWS_WITH_AS(read_checkpoint(folder / "empty.pth"), doctest::Contains("empty"),
                             ModelError);
        CHECK_THROWS_WITH_AS(read_checkpoint(folder.path()), doctest::Contains("not a file"),
                             ModelError);
    }
}
