#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "bench/probe/case_player.h"
#include "bench/result/result.h"
#include "bench/sweep/case_runner.h"

namespace closet::bench {

/// Note [Worker protocol]
/// A worker is a closet process that measures for another one (`closet bench worker`): it answers
/// each line of JSON on its stdin with one on its stdout, in order. It says hello unasked:
///
///     < {"hello": {"protocol": 1, "closet": "1.2.0", "revision": "abc", "schema_major": 1,
///                "schema_minor": 1}}
///     > {"open": {"clip": FILE, "base": [["garment", FILE], ...], "include_decode": false,
///                 "include_encode": false, "max_frames": 300, "max_bytes": 2147483648}}
///     < {"opened": true}
///     > {"run": {"settings": [["batch", "4"]], "warm_up": false}}
///     < {"sample": {...}, "model_load_s": 0.2}
///     > {"quit": true}
///
/// Of several clips the list is in "clips" and "clip" is absent; a worker that says no
/// "schema_minor" of at least kSeveralClipsMinor is asked for one only. `max_frames` may be absent.
/// A request that fails is answered by
/// {"failure": SENTENCE, "kind": "config"|"media"|"model"|"error"}, and the worker goes on. The end
/// of its input ends it. Everything else that it has to say goes to stderr.
inline constexpr int kWorkerProtocol = 1;

/// Minor version of the schema from which on a worker takes several clips.
inline constexpr int kSeveralClipsMinor = 1;

/// The longest line on either side: the latencies of a million frames fit several times.
inline constexpr std::size_t kMaxProtocolLine = std::size_t{64} << 20;

// The objects of Note [Worker protocol], for both sides. What is read comes from another process:
// the functions that read throw Error where it is not what it should be.

nlohmann::json to_json(const ProbeOptions& options);
ProbeOptions probe_options_from_json(const nlohmann::json& json);

nlohmann::json to_json(const std::vector<Setting>& settings);
std::vector<Setting> settings_from_json(const nlohmann::json& json);

/// {"failure": ..., "kind": ...} of what was thrown.
nlohmann::json failure_of(const std::exception& error);
/// Throws what `failure_of` was made from, as the same kind of Error.
[[noreturn]] void throw_failure(const nlohmann::json& answer);

/// One line, without its end. Text that is no UTF-8 is mended.
std::string one_line(const nlohmann::json& json);

/// What a worker tells of itself.
struct WorkerFacts {
    std::string closet_version, revision;
};

/// Makes the runner for an "open". Throws closet::Error.
using OpenRunner = std::function<std::unique_ptr<CaseRunner>(const ProbeOptions&)>;

/// Serves requests until "quit" or the end of `in`. Returns 0, or 1 where a line was too long or
/// `out` is gone. Requests are hostile: none brings the worker down, whatever it says.
int serve(std::istream& in, std::ostream& out, const WorkerFacts& facts, const OpenRunner& open);

}  // namespace closet::bench
