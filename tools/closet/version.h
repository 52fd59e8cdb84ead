#pragma once

#include <string>

namespace closet {

/// Several lines: version, revision, build type, compiler, and the libraries with their versions
/// and what their licence makes of the binary's.
std::string version_text();

}  // namespace closet
