#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "decode/capture/capture.h"
#include "decode/capture/pipe_reader.h"
#include "decode/input.h"

namespace closet {

/// Throws ConfigError for a filter graph with a source that opens files.
///
/// Note [Graphs that read files]
/// A graph comes from the user's own hand, so its name is not hostile. The file that `movie` and
/// `amovie` open may be, and they would open it behind the back of Note [Hostile inputs] (playlists
/// that reach for other files or hosts). The file can be named as the input itself.
void check_graph(const std::string& graph);

/// Opens a V4L2 device through libavdevice, not blocking: reading gives EAGAIN while there is no
/// picture. Throws MediaError (absent, in use, not allowed, no camera) or ConfigError (a mode that
/// it does not have, with those that it has).
Input open_camera(const CaptureOptions& options);

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
