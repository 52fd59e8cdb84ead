// What the program loads before it does anything, which is most of what a short run costs.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cli/cli_support.h"
#include "support/environment.h"
#include "support/temporary_folder.h"

using namespace closet::test;

namespace {

/// What the loader says of a run, all libraries by name among it.
std::string loaded_by(const std::vector<std::string>& arguments) {
    const Variable debug("LD_DEBUG", "files");
    const Finished finished = run_closet(arguments);
    REQUIRE(finished.exit_code == 0);
    REQUIRE(holds(finished.err, "libavformat"));
    return finished.err;
}

}  // namespace

TEST_CASE("start: help and version load no library that only some runs need") {
    for (const char* argument : {"--version", "--help"}) {
        CAPTURE(argument);
        const std::string loaded = loaded_by({argument});
        for (const char* library : {"libcloset_torch", "libtorch", "libopencv_imgcodecs", "libgdal",
                                    "libavdevice", "libavfilter"}) {
            CAPTURE(library);
            CHECK_FALSE(holds(loaded, library));
        }
    }
}

TEST_CASE("start: a clip is dressed by the default networks without LibTorch") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    const std::string loaded = loaded_by({"fit", *clip, "-g", make_garment(folder, 255), "--device",
                                          "cpu", "-o", folder / "dressed.mp4"});
    CHECK_FALSE(holds(loaded, "libtorch"));
    CHECK_FALSE(holds(loaded, "libopencv_imgcodecs"));
}
