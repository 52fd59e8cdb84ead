#pragma once

#include <optional>
#include <string>
#include <vector>

#include "support/process.h"

namespace closet::test {

/// The closet program that was built with these tests.
std::string closet_binary();

/// Runs the closet program that was built with these tests.
Finished run_closet(std::vector<std::string> arguments);

/// Whether a text is no more than 24 lines (the prompt's included) of 80 columns.
bool fits_a_screen(const std::string& text);

/// Runs ffmpeg quietly; fails the test when it fails.
void ffmpeg(const std::vector<std::string>& arguments);

/// A clip of moving bars with a tone and nobody in it: `frames` frames at 25 a second, `size` like
/// "160x120".
std::string make_bars(const TemporaryFolder& folder, const std::string& name, int frames,
                      const std::string& size = "160x120");

/// Three tenths of a second of the demo's clip (a man who moves his arms), shrunk to 360x640, with
/// sound; nothing, with a SKIPPED line, where scripts/setup has not fetched it.
std::optional<std::string> make_person_clip(const TemporaryFolder& folder);

/// One hash a decoded video frame with its time stamp, after the filter (e.g. "crop=16:16:0:0").
std::string frame_hashes(const std::string& file, const std::string& filter = "null");

/// The hash of all packets of a stream ("a:0") as they lie in the file.
std::string packet_hash(const std::string& file, const std::string& stream);

/// Writes a garment: a red 48 x 64 sheet of `alpha` 0..255 with a transparent border.
std::string make_garment(const TemporaryFolder& folder, int alpha);

/// The program failed with one sentence that holds `words`, left no output and no partial file.
void check_refused(const Finished& result, int exit_code, const std::string& words,
                   const std::string& output = "");

/// Whether `part` occurs in the text.
bool holds(const std::string& text, const std::string& part);

std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);

}  // namespace closet::test
