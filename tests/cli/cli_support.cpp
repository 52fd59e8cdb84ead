#include "cli/cli_support.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "support/demo_clip.h"
#include "support/paths.h"

namespace closet::test {
namespace {

namespace fs = std::filesystem;

}  // namespace

std::string closet_binary() {
    return (build_folder() / "tools/closet/closet").string();
}

Finished run_closet(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), closet_binary());
    return run(arguments);
}

bool fits_a_screen(const std::string& text) {
    std::istringstream lines(text);
    int count = 1;
    for (std::string line; std::getline(lines, line); ++count) {
        // Bytes that continue a character of UTF-8 take no column.
        if (std::count_if(line.begin(), line.end(), [](char c) { return (c & '\xc0') != '\x80'; }) >
            80) {
            return false;
        }
    }
    return count <= 24;
}

void ffmpeg(const std::vector<std::string>& arguments) {
    std::vector<std::string> command{"ffmpeg", "-v", "error", "-nostdin", "-y"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const Finished result = run(command);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
}

std::string make_bars(const TemporaryFolder& folder, const std::string& name, int frames,
                      const std::string& size) {
    const std::string path = folder / name;
    ffmpeg({"-f",        "lavfi",
            "-i",        "testsrc2=r=25:s=" + size,
            "-f",        "lavfi",
            "-i",        "sine",
            "-frames:v", std::to_string(frames),
            "-shortest", "-c:v",
            "libx264",   "-preset",
            "ultrafast", "-pix_fmt",
            "yuv420p",   "-c:a",
            "aac",       path});
    return path;
}

std::optional<std::string> make_person_clip(const TemporaryFolder& folder) {
    const auto demo = demo_clip();
    if (!demo) {
        return std::nullopt;
    }
    const std::string path = folder / "person.mp4";
    ffmpeg({"-ss", "0.5", "-i", demo->string(), "-map", "0", "-t", "0.3", "-vf", "scale=360:640",
            "-c:v", "libx264", "-crf", "18", "-c:a", "aac", path});
    return path;
}

std::string frame_hashes(const std::string& file, const std::string& filter) {
    const Finished result = run({"ffmpeg", "-v", "error", "-nostdin", "-i", file, "-map", "0:v:0",
                                 "-vf", filter, "-vsync", "passthrough", "-f", "framehash", "-"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    std::string hashes;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty() && line.front() != '#') {
            hashes += line.substr(line.rfind(',') + 1) + '\n';
        }
    }
    return hashes;
}

std::string packet_hash(const std::string& file, const std::string& stream) {
    const Finished result = run({"ffmpeg", "-v", "error", "-nostdin", "-i", file, "-map",
                                 "0:" + stream, "-c", "copy", "-f", "hash", "-"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return result.out;
}

std::string make_garment(const TemporaryFolder& folder, int alpha) {
    const std::string path = folder / fmt::format("garment{}.png", alpha);
    ffmpeg(
        {"-f", "lavfi", "-i",
         fmt::format("color=c=red@{:.3f}:s=48x64,format=rgba,pad=64:80:8:8:black@0", alpha / 255.0),
         "-frames:v", "1", path});
    return path;
}

void check_refused(const Finished& result, int exit_code, const std::string& words,
                   const std::string& output) {
    INFO(result.err);
    CHECK(result.exit_code == exit_code);
    CHECK(result.err.find(words) != std::string::npos);
    CHECK(result.out.empty());
    if (!output.empty()) {
        CHECK_FALSE(fs::exists(output));
        CHECK_FALSE(fs::exists(output + ".partial"));
    }
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

void write_text(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

}  // namespace closet::test
