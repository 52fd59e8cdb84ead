#pragma once

#include <string>
#include <vector>

namespace closet {

/// What `closet doctor` tells of the libav that the program runs with.

struct LibraryVersion {
    std::string name;     ///< "libavcodec"
    std::string version;  ///< "59.37.100"
};
std::vector<LibraryVersion> libav_versions();

/// Those of the encoders that users ask for which this build has, in order of preference.
std::vector<std::string> available_encoders();

/// True where libav was built with parts under the GPL, which then covers the program as a whole.
bool libav_is_gpl();

}  // namespace closet
