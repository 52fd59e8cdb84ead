#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/shell.h"

namespace closet::test {

/// What the ffmpeg tools, which know nothing of this project, see in a file.

struct HashedFrame {
    double seconds;
    std::string md5;
};

/// Every frame of the video in `format`, decoded by one thread (damaged pictures are otherwise
/// patched up differently from run to run), not turned, not resampled in time.
inline std::vector<HashedFrame> hash_frames(const std::string& path, const std::string& format) {
    const std::string text =
        shell("ffmpeg -nostdin -v quiet -threads 1 -noautorotate -copyts -i '" + path +
              "' -map 0:V:0 -vsync passthrough -enc_time_base -1 -sws_flags "
              "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp -pix_fmt " +
              format + " -f framehash -hash md5 -");
    std::vector<HashedFrame> frames;
    std::istringstream lines(text);
    double tick = 0;
    for (std::string line; std::getline(lines, line);) {
        long long numerator = 0, denominator = 1, pts = 0;
        char md5[33] = "";
        if (std::sscanf(line.c_str(), "#tb 0: %lld/%lld", &numerator, &denominator) == 2) {
            tick = static_cast<double>(numerator) / static_cast<double>(denominator);
        } else if (std::sscanf(line.c_str(), "%*d, %*d, %lld, %*d, %*d, %32s", &pts, md5) == 2) {
            frames.push_back({static_cast<double>(pts) * tick, md5});
        }
    }
    return frames;
}

inline nlohmann::json probe(const std::string& path) {
    return nlohmann::json::parse(shell(
        "ffprobe -v error -show_streams -show_chapters -show_format -of json '" + path + "'"));
}

/// MD5 of every packet's bytes of one stream.
inline std::vector<std::string> hash_packets(const std::string& path, int stream) {
    const auto json = nlohmann::json::parse(
        shell("ffprobe -v error -select_streams " + std::to_string(stream) +
              " -show_data_hash md5 -show_entries packet=data_hash -of json '" + path + "'"));
    std::vector<std::string> hashes;
    for (const auto& packet : json.at("packets")) {
        hashes.push_back(packet.at("data_hash"));
    }
    return hashes;
}

/// The description of the stream that is decoded.
inline nlohmann::json video_of(const nlohmann::json& file) {
    for (const auto& stream : file.at("streams")) {
        if (stream.at("codec_type") == "video" &&
            stream.at("disposition").at("attached_pic") == 0) {
            return stream;
        }
    }
    return nullptr;
}

}  // namespace closet::test
