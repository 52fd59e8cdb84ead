#pragma once

#include <string>

namespace closet {

/// The first line of the next.
std::string short_version_text();

/// Several lines: version, revision, build type, compiler, and the libraries with their versions
/// and what their license makes of the binary's.
std::string version_text();

}  // namespace closet
