#pragma once

#include <cerrno>
#include <cstdint>
#include <deque>
#include <mutex>

#include <linux/videodev2.h>
#include <sys/mman.h>

#include "decode/capture/fake_v4l2.h"

namespace closet::test {

struct FakeCamera::State {
    std::mutex mutex;
    FakeCameraSettings settings;
    int calls = 0;

    // What the driver has been told. One user at a time is enough here.
    FakeCameraSettings::Mode mode{};
    std::uint32_t rate = 0;
    std::size_t buffer_bytes = 0;
    std::uint8_t* memory = nullptr;
    std::size_t memory_bytes = 0;
    std::deque<std::uint32_t> empty;
    std::deque<v4l2_buffer> full;
    bool is_streaming = false;
    std::int64_t begin_us = 0, pictures = 0;

    ~State() { release(); }
    void release() {
        if (memory != nullptr) {
            munmap(memory, memory_bytes);
            memory = nullptr;
        }
        empty.clear();
        full.clear();
        is_streaming = false;
    }
};

/// The driver's answer to one ioctl, with the camera locked: 0, or -1 with `errno`.
int answer_ioctl(FakeCamera::State& state, int file, unsigned long request, void* argument);

inline int fail_with(int code) {
    errno = code;
    return -1;
}

}  // namespace closet::test
