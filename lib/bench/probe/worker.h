#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

#include "bench/probe/case_options.h"
#include "bench/sweep/case_runner.h"

namespace closet::bench {

/// Note [Worker protocol]
/// A worker is a closet process that measures for another one (`closet bench worker`): one JSON
/// object a line on its stdin, one on its stdout for each, in order. It says hello unasked:
///
///     < {"hello": {"protocol": 1, "closet": "1.2.0", "revision": "abc", "schema": "1.0"}}
///     > {"open": {"clip": FILE, "base": [["garment", FILE], ...], "include": "decode",
///                 "max_frames": 300, "max_bytes": 2147483648}}
///     < {"opened": true}
///     > {"run": {"settings": [["batch", "4"]], "warm_up": false}}
///     < {"sample": {...}, "model_load_s": 0.2}
///     > {"quit": true}
///
/// Where a request fails the answer is {"failure": SENTENCE, "kind": "config"|"media"|"model"|
/// "error"} and the worker goes on. The end of its input ends it. Everything else that it has to
/// say goes to stderr.
inline constexpr int kWorkerProtocol = 1;
inline constexpr std::size_t kMaxProtocolLine = std::size_t{64} << 20;

/// What a worker is.
struct WorkerFacts {
    std::string closet_version, revision;
};

/// Makes the runner for an "open".
using OpenRunner = std::function<std::unique_ptr<CaseRunner>(const ProbeOptions&)>;

/// Serves requests until "quit" or the end of `in`. Returns 0, or 1 where the other side broke the
/// protocol; then the last line says how. Requests are hostile: none brings the worker down or
/// makes it take more than kMaxProtocolLine of memory.
int serve(std::istream& in, std::ostream& out, const WorkerFacts& facts, const OpenRunner& open);

}  // namespace closet::bench
