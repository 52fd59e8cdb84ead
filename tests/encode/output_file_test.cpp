#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>

#include <doctest/doctest.h>

#include "encode/transcode.h"
#include "support/clips.h"
#include "support/log_capture.h"

namespace closet::test {

TEST_SUITE("encode") {
    TEST_CASE("the final name appears with publish and not before") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string output = folder / "out.mp4";
        Decode decode(folder / "plain.mp4");
        Encode encode(output, decode.info(), lossless_x264());
        CHECK(fs::exists(output + ".partial"));
        while (std::optional<Frame> frame = decode.next()) {
            encode.consume(std::move(*frame));
        }
        CHECK(encode.frames() == 60);
        CHECK(!fs::exists(output));
        encode.finish();
        CHECK(!fs::exists(output));
        CHECK(frame_count(output + ".partial") == 60);
        encode.file().publish();
        CHECK(fs::exists(output));
        CHECK(!fs::exists(output + ".partial"));
    }

    TEST_CASE("an interrupted run leaves a playable partial file") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string output = folder / "out.mp4";
        {
            Decode decode(folder / "plain.mp4");
            Encode encode(output, decode.info(), lossless_x264());
            for (int i = 0; i < 25; ++i) {
                encode.consume(std::move(*decode.next()));
            }
            encode.finish();
            encode.file().keep();
        }
        CHECK(!fs::exists(output));
        CHECK(frame_count(output + ".partial") == 25);
    }

    TEST_CASE("a failed run leaves nothing and an older result stays") {
        if (!have_ffmpeg()) {
            return;
        }
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string output = folder / "out.mp4";
        write_file(output, "older");
        {
            Decode decode(folder / "plain.mp4");
            Encode encode(output, decode.info(), lossless_x264());
            encode.consume(std::move(*decode.next()));
        }
        CHECK(read_file(output) == "older");
        CHECK(!fs::exists(output + ".partial"));
    }

    TEST_CASE("targets that cannot be written are refused before the first frame") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string input = folder / "plain.mp4";
        CHECK(contains(sentence(input, folder / "none/out.mp4"), "none/out.mp4: No such file"));
        CHECK(contains(sentence(input, folder.path()), "folder"));
        CHECK(contains(sentence(input, folder / "out.xyz"), "names no container"));
        CHECK(contains(sentence(input, folder / "out"), "names no container"));
        CHECK(contains(sentence(input, input), "it is the input itself"));
        fs::create_symlink(input, folder / "soft.mp4");
        CHECK(contains(sentence(input, folder / "soft.mp4"), "it is the input itself"));
        fs::create_hard_link(input, folder / "hard.mp4");
        CHECK(contains(sentence(input, folder / "hard.mp4"), "it is the input itself"));
        fs::copy_file(input, folder / "x.mp4.partial");
        CHECK(contains(sentence(folder / "x.mp4.partial", folder / "x.mp4"), "input itself"));
        CHECK(frame_count(input) == 60);
        CHECK(fs::exists(folder / "x.mp4.partial"));
    }

    TEST_CASE("a full disk gives one sentence and leaves nothing") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        const std::string disk = folder / "disk";
        fs::create_directory(disk);
        if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=256k") != 0) {
            MESSAGE("SKIPPED: mounting a small file system needs root");
            return;
        }
        EncodeOptions options = lossless_x264();
        const std::string text = sentence(folder / "plain.mp4", disk + "/out.mp4", options);
        const bool is_empty = fs::is_empty(disk);
        umount(disk.c_str());
        CHECK(contains(text, "disk/out.mp4: No space left on device"));
        CHECK(is_empty);
    }

    TEST_CASE("a file that may not grow fails at the write that did not fit") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        make_ingredients(folder);
        rlimit before{};
        getrlimit(RLIMIT_FSIZE, &before);
        rlimit small = before;
        std::signal(SIGXFSZ, SIG_IGN);
        // The last bytes only: all of the file but its end fits, so only the trailer fails.
        transcode(folder / "plain.mp4", folder / "whole.mp4", lossless_x264());
        small.rlim_cur = fs::file_size(folder / "whole.mp4") - 100;
        setrlimit(RLIMIT_FSIZE, &small);
        const std::string text =
            sentence(folder / "plain.mp4", folder / "out.mp4", lossless_x264());
        setrlimit(RLIMIT_FSIZE, &before);
        CHECK(contains(text, "out.mp4: File too large"));
        CHECK(!fs::exists(folder / "out.mp4"));
        CHECK(!fs::exists(folder / "out.mp4.partial"));
    }
}

}  // namespace closet::test
