#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>

#include "cli/cli_support.h"

using namespace closet::test;
namespace fs = std::filesystem;

namespace {

struct Interrupted {
    Finished result;
    std::string partial;
    std::string output;
};

/// Starts a rendering that takes far longer than the test, and sends the signal once it writes.
Interrupted interrupt(const TemporaryFolder& folder, int signal, int times) {
    const std::string clip = make_bars(folder, "bars.mp4", 250, "640x480");
    const std::string output = folder / "out.mkv", partial = output + ".partial";
    const Finished result =
        run_and_signal({closet_binary(), "fit", clip, "-g", make_garment(folder, 255), "-o", output,
                        "--preset", "veryslow", "--every", "1"},
                       partial, signal, times);
    return {result, partial, output};
}

}  // namespace

TEST_CASE("interrupt: Ctrl-C once leaves a playable file under its partial name") {
    for (const int signal : {SIGINT, SIGTERM}) {
        const TemporaryFolder folder;
        const Interrupted run = interrupt(folder, signal, 1);
        INFO(run.result.err);
        CHECK(run.result.exit_code == 130);
        CHECK_FALSE(fs::exists(run.output));
        REQUIRE(fs::exists(run.partial));
        CHECK(frame_hashes(run.partial).size() > 10);
        CHECK(run.result.err.find("partial") != std::string::npos);
    }
}

TEST_CASE("interrupt: Ctrl-C twice ends at once and leaves nothing under the final name") {
    const TemporaryFolder folder;
    const Interrupted run = interrupt(folder, SIGINT, 2);
    CHECK(run.result.exit_code == 130);
    CHECK_FALSE(fs::exists(run.output));
}
