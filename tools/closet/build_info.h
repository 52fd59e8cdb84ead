#pragma once

namespace closet {

/// What this program was built from, and how. The texts live as long as the program.
struct BuildInfo {
    const char* version;     ///< of the project: "0.1.0"
    const char* revision;    ///< `git describe` of the sources when they were compiled, or ""
    const char* build_type;  ///< "Release"
    const char* compiler;    ///< "GNU 12.2.0"
    const char* sanitizers;  ///< "address,undefined", or ""
};

BuildInfo build_info();

}  // namespace closet
