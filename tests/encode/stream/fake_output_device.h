#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace closet::test {

/// A V4L2 device that only exists in this process: its calls of libc are answered here.
struct FakeOutputDevice {
    static constexpr const char* kPath = "/dev/video-fake";

    std::uint32_t capabilities = 0;            ///< V4L2_CAP_*
    std::vector<std::uint32_t> pixel_formats;  ///< four-letter codes that it takes
    std::uint32_t width = 0, height = 0;       ///< fixed where not 0
    int fails_with = 0;                        ///< errno of writes; 0: they work

    std::uint32_t chosen_format = 0;
    std::vector<std::string> frames;  ///< one for each write
    int open = 0;                     ///< descriptors that nobody closed
};

/// The device from now on; null: there is none.
void plug_in(FakeOutputDevice* device);

}  // namespace closet::test
