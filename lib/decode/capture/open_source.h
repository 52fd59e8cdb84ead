#pragma once

#include <memory>
#include <stop_token>

#include "decode/capture/capture.h"
#include "decode/capture/pipe_reader.h"
#include "decode/input.h"

namespace closet {

/// A source that libav reads packets from. Members in the order of their lifetimes.
struct OpenedSource {
    std::unique_ptr<PipeReader> pipe;  ///< of pipes only
    Input input;
};

/// Opens what the options name. Throws MediaError or ConfigError as `Capture` does, MediaError
/// where a stop comes first.
OpenedSource open_source(const CaptureOptions& options, SourceKind kind,
                         const std::stop_token& stop);

}  // namespace closet
