#pragma once

#include <string>

namespace closet {

/// Takes libav's messages off stderr: from the first call on they go to log::debug, since the
/// sentence for the user comes from an Error. Cheap to call again; safe from any thread.
void capture_libav_log();

/// The calling thread's most recent libav message of level "error", e.g. "Possible presets: ...";
/// empty where there was none since `forget_libav_error`. It explains a bare "Invalid argument".
std::string last_libav_error();
void forget_libav_error();

}  // namespace closet
