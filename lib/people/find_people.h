#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "batch/batch.h"
#include "core/option.h"
#include "decode/decode.h"
#include "encode/encode_options.h"
#include "infer/infer_options.h"
#include "people/people.h"

namespace closet::flags {
inline constexpr const char* kSegments = "--segments";
}

namespace closet {

/// Everything that a search for people can be told.
struct FindPeopleOptions {
    DecodeOptions decode;
    BatchOptions batch{.interval_s = 0.1, .scale = 1.0};
    InferOptions infer{.max_people = 10};
    EncodeOptions encode;  ///< of segments
    /// The least similarity of one person's faces; unset: the network's own.
    std::optional<double> similarity;
    bool segments = false;  ///< write each appearance as a clip
};
/// What is the search's own; its stages have theirs.
std::vector<Option> people_options(FindPeopleOptions& options);

/// Names of what is written into the folder.
inline constexpr const char* kPeopleJson = "people.json";
inline constexpr const char* kContactSheet = "people.png";

/// Called now and then with the frames that were looked at and the frames to expect (0: unknown),
/// of the first reading, then of the second; false ends the work.
using PeopleTick = std::function<bool(std::int64_t done, std::int64_t expected)>;

/// Finds out who is in a clip and when, see Note [Identities], and writes people.json, people.png
/// and the segments (person-1-01.mp4 and so on) into `folder`, which is made where it is missing:
/// all of them appear together, when all are complete. Segments of an earlier run, as its
/// people.json names them, that this one does not write are removed. Nothing, and nothing is
/// written, where `tick` ended it. Throws MediaError, ModelError or ConfigError.
std::optional<People> find_people(const std::string& clip, const std::filesystem::path& folder,
                                  const FindPeopleOptions& options, const PeopleTick& tick = {});

}  // namespace closet
