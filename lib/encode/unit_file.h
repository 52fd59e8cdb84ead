#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "core/new_file.h"
#include "core/sha256.h"
#include "encode/stream_copy.h"

namespace closet {

/// Note [Units]
/// A unit is a run of consecutive frames with an encoder of its own, which begins with a picture
/// that refers to none before: it can be made alone, twice, on any machine, and is the same. Its
/// packets wait in a file of their own, as the encoder gave them, until all units of a clip are
/// there and are joined by copying (encode/join_units.h). No container stands in for such a file:
/// those that keep time stamps exactly do not keep the order of decoding, and the other way round.

/// Writes the packets of one unit. The file appears under its name when it is complete.
class UnitWriter {
  public:
    /// Throws MediaError where the file cannot be written or another process writes it now.
    UnitWriter(const std::filesystem::path& path, const EncodedVideo& video,
               NewFileOptions options = {});

    /// In the time base of the video.
    void write(const AVPacket& packet);

    /// Forces the file to the disk and gives it its name. Returns its SHA-256.
    std::string publish();

    std::int64_t packets() const { return packets_; }

  private:
    void put(const void* bytes, std::size_t count);
    template <class T>
    void put(const T& number) {
        put(&number, sizeof number);
    }

    NewFile file_;
    Sha256 hash_;
    std::string buffer_;  ///< of the packet at hand
    std::int64_t packets_ = 0;
};

/// Reads such a file, checking every length against what is there.
class UnitReader {
  public:
    /// Throws MediaError where it cannot be read or is none.
    explicit UnitReader(std::filesystem::path path);

    const EncodedVideo& video() const { return video_; }
    /// The next packet, or nothing at the end. Throws MediaError.
    std::optional<AvPacket> next();
    /// The SHA-256 of all bytes, once `next` has given nothing.
    std::string hash() { return hash_.hex(); }

  private:
    void take(void* bytes, std::size_t count);
    template <class T>
    T take();
    std::size_t take_size();
    [[noreturn]] void fail() const;

    std::filesystem::path path_;
    std::ifstream file_;
    std::uint64_t left_ = 0;  ///< bytes
    Sha256 hash_;
    EncodedVideo video_;
};

/// The file of a unit has another hash than the one on record. Throws MediaError.
[[noreturn]] void fail_as_changed(const std::filesystem::path& unit);

/// Whether packets of both can follow each other in one stream.
bool is_same_stream(const EncodedVideo& a, const EncodedVideo& b);

}  // namespace closet
