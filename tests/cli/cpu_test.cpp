// Less than the processor has, by CLOSET_CPU.
#include <doctest/doctest.h>

#include "cli/cli_support.h"

using namespace closet::test;

namespace {

Finished run_on(const std::string& path, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"env", "CLOSET_CPU=" + path, closet_binary()});
    return run(arguments);
}

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("cpu: a path that is none is refused by every command") {
    for (const char* const command : {"doctor", "--version", "fit"}) {
        const Finished result = run_on("sse9", {command});
        CHECK(result.exit_code == 2);
        CHECK(result.err ==
              "error: CLOSET_CPU=sse9 is not generic, avx2, avx512 or avx512bf16; set it to one of "
              "them, or unset it\n");
    }
}

TEST_CASE("cpu: doctor tells the path, and what the processor has") {
    CHECK(says(run_on("generic", {"doctor"}).out, "CPU, generic"));
    CHECK(run_on("", {"doctor"}).exit_code == 0);
}

TEST_CASE("cpu: bf16 where there is none is one sentence with the remedy in every command") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 3), garment = make_garment(folder, 255);
    const std::vector<std::vector<std::string>> commands{
        {"fit", clip, "-g", garment, "-o", folder / "o.mp4", "--precision", "bf16"},
        {"bench", clip, "-g", garment, "--precision", "bf16"},
        {"live", clip, "-g", garment, "-o", "null", "--no-window", "--precision", "bf16"}};
    for (const auto& command : commands) {
        const Finished result = run_on("generic", command);
        CAPTURE(command.front());
        // For a sweep it is a case that failed.
        CHECK(result.exit_code == (command.front() == "bench" ? 1 : 2));
        CHECK(says(result.err,
                   "--precision bf16 is not possible because this processor has "
                   "no bf16 instructions, only generic"));
        CHECK(says(result.err, "use --precision fp32 or auto\n"));
        CHECK_FALSE(says(result.err, "Exception raised from"));
    }
}

TEST_CASE("cpu: a clip is dressed on the path that any processor has") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    const std::string garment = make_garment(folder, 255);
    const Finished result =
        run_on("generic", {"fit", *clip, "-g", garment, "-o", folder / "out.mp4", "--quiet"});
    CHECK(result.exit_code == 0);
    CHECK(result.err.empty());
    CHECK(frame_hashes(folder / "out.mp4") != frame_hashes(*clip));
}
