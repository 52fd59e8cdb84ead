#include "decode/capture/fake_v4l2_driver.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <unistd.h>

namespace closet::test {
namespace {

using State = FakeCamera::State;
using Enumeration = FakeCameraSettings::Enumeration;

std::int64_t now_us(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000;
}

std::size_t bytes_of(const FakeCameraSettings::Mode& mode) {
    const std::size_t pixels = std::size_t{mode.width} * mode.height;
    return mode.fourcc == V4L2_PIX_FMT_YUYV   ? pixels * 2
           : mode.fourcc == V4L2_PIX_FMT_NV12 ? pixels * 3 / 2
                                              : pixels * 2 + 4096;
}

int query(State& state, v4l2_capability& answer) {
    answer = {};
    const std::string& card = state.settings.card;
    std::memcpy(answer.card, card.data(), std::min(card.size(), sizeof answer.card));
    answer.device_caps = state.settings.abilities;
    answer.capabilities = V4L2_CAP_DEVICE_CAPS | V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    return 0;
}

/// What the enumerations have in common; 0 where there is an entry.
int enumerate(const State& state, std::uint32_t index, std::size_t count) {
    switch (state.settings.enumeration) {
        case Enumeration::kEndless:
            return 0;
        case Enumeration::kUntold:
            return fail_with(EINVAL);
        case Enumeration::kVanishing:
            return index > 0 ? fail_with(ENODEV) : 0;
        default:
            return index < count ? 0 : fail_with(EINVAL);
    }
}

int enumerate_formats(const State& state, v4l2_fmtdesc& entry) {
    std::vector<std::uint32_t> formats;
    for (const auto& mode : state.settings.modes) {
        if (std::find(formats.begin(), formats.end(), mode.fourcc) == formats.end()) {
            formats.push_back(mode.fourcc);
        }
    }
    const int result = enumerate(state, entry.index, formats.size());
    entry.pixelformat = formats[std::min<std::size_t>(entry.index, formats.size() - 1)];
    return result;
}

std::vector<FakeCameraSettings::Mode> modes_of(const State& state, std::uint32_t fourcc) {
    std::vector<FakeCameraSettings::Mode> modes;
    for (const auto& mode : state.settings.modes) {
        if (mode.fourcc == fourcc) {
            modes.push_back(mode);
        }
    }
    return modes;
}

int enumerate_sizes(const State& state, v4l2_frmsizeenum& entry) {
    const auto modes = modes_of(state, entry.pixel_format);
    const int result = enumerate(state, entry.index, modes.size());
    if (result < 0 || modes.empty()) {
        return fail_with(errno);
    }
    const auto& mode = modes[std::min<std::size_t>(entry.index, modes.size() - 1)];
    entry.type = V4L2_FRMSIZE_TYPE_DISCRETE;
    entry.discrete = {mode.width, mode.height};
    if (state.settings.enumeration == Enumeration::kNonsense) {
        entry.discrete = entry.index % 2 == 0 ? v4l2_frmsize_discrete{0, 0}
                                              : v4l2_frmsize_discrete{0xffffffff, 0xffffffff};
        return entry.index < 2 ? 0 : fail_with(EINVAL);
    }
    if (state.settings.enumeration == Enumeration::kRange) {
        entry.type = V4L2_FRMSIZE_TYPE_STEPWISE;
        entry.stepwise = {16, mode.width, 2, 16, mode.height, 2};
    }
    return 0;
}

int enumerate_rates(const State& state, v4l2_frmivalenum& entry) {
    for (const auto& mode : modes_of(state, entry.pixel_format)) {
        if (mode.width != entry.width || mode.height != entry.height) {
            continue;
        }
        if (enumerate(state, entry.index, mode.rates.size()) < 0) {
            return -1;
        }
        entry.type = V4L2_FRMIVAL_TYPE_DISCRETE;
        entry.discrete = {1, mode.rates[std::min<std::size_t>(entry.index, mode.rates.size() - 1)]};
        if (state.settings.enumeration == Enumeration::kRange) {
            entry.type = V4L2_FRMIVAL_TYPE_CONTINUOUS;
            entry.stepwise = {{1, mode.rates.front()}, {1, 1}, {1, 1}};
        }
        return 0;
    }
    return fail_with(EINVAL);
}

void describe_format(const State& state, v4l2_format& format) {
    format.fmt.pix = {};
    format.fmt.pix.width = state.mode.width;
    format.fmt.pix.height = state.mode.height;
    format.fmt.pix.pixelformat = state.mode.fourcc;
    format.fmt.pix.field = V4L2_FIELD_NONE;
    format.fmt.pix.sizeimage = static_cast<std::uint32_t>(bytes_of(state.mode));
}

/// Takes the mode that is nearest to what is asked for, as drivers do.
int set_format(State& state, v4l2_format& format) {
    if (state.settings.is_busy || state.is_streaming) {
        return fail_with(EBUSY);
    }
    const auto& wanted = format.fmt.pix;
    const auto distance = [&](const FakeCameraSettings::Mode& mode) {
        return (mode.fourcc == wanted.pixelformat ? 0 : 1 << 30) +
               std::abs(static_cast<int>(mode.width) - static_cast<int>(wanted.width)) +
               std::abs(static_cast<int>(mode.height) - static_cast<int>(wanted.height));
    };
    const auto& modes = state.settings.modes;
    state.mode = *std::min_element(modes.begin(), modes.end(), [&](const auto& a, const auto& b) {
        return distance(a) < distance(b);
    });
    if (state.settings.enumeration == Enumeration::kRange) {
        state.mode.width = wanted.width;
        state.mode.height = wanted.height;
    }
    if (state.settings.changes_size) {
        state.mode.width /= 2;
    }
    state.rate = state.mode.rates.front();
    describe_format(state, format);
    return 0;
}

int rate_parameter(State& state, v4l2_streamparm& parameter, bool set) {
    if (set) {
        const v4l2_fract wanted = parameter.parm.capture.timeperframe;
        const auto& rates = state.mode.rates;
        state.rate = rates.front();
        for (const std::uint32_t rate : rates) {
            if (wanted.numerator > 0 && wanted.denominator / wanted.numerator == rate) {
                state.rate = rate;
            }
        }
    }
    parameter.parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
    parameter.parm.capture.timeperframe = {1, state.rate};
    return 0;
}

int request_buffers(State& state, int file, v4l2_requestbuffers& request) {
    state.release();
    if (request.count == 0) {
        return 0;
    }
    request.count = 6;
    state.buffer_bytes = (bytes_of(state.mode) + 4095) / 4096 * 4096;
    state.memory_bytes = state.buffer_bytes * request.count;
    if (ftruncate(file, static_cast<off_t>(state.memory_bytes)) != 0) {
        return -1;
    }
    state.memory = static_cast<std::uint8_t*>(
        mmap(nullptr, state.memory_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    return 0;
}

/// Lets the pictures happen that are due by now; one without an empty buffer is lost.
void expose(State& state) {
    while (state.is_streaming && !state.settings.is_stuck) {
        const std::int64_t at = state.begin_us + (state.pictures + 1) * 1'000'000 / state.rate;
        if (at > now_us(CLOCK_MONOTONIC)) {
            return;
        }
        const std::int64_t number = state.pictures++;
        if (state.empty.empty()) {
            continue;
        }
        v4l2_buffer buffer{};
        buffer.index = state.empty.front();
        state.empty.pop_front();
        std::uint8_t* bytes = state.memory + buffer.index * state.buffer_bytes;
        const std::string& jpeg = state.settings.jpeg;
        if (state.mode.fourcc == V4L2_PIX_FMT_MJPEG) {
            buffer.bytesused =
                static_cast<std::uint32_t>(std::min(jpeg.size(), state.buffer_bytes));
            std::memcpy(bytes, jpeg.data(), buffer.bytesused);
        } else {
            buffer.bytesused = static_cast<std::uint32_t>(bytes_of(state.mode));
            std::memset(bytes, 128, buffer.bytesused);
            const std::size_t step = state.mode.fourcc == V4L2_PIX_FMT_YUYV ? 2 : 1;
            for (std::size_t i = 0; i < std::size_t{state.mode.width} * state.mode.height; ++i) {
                bytes[i * step] = static_cast<std::uint8_t>(number);
            }
        }
        using Stamp = FakeCameraSettings::Clock;
        const std::int64_t stamp = state.settings.clock == Stamp::kMonotonic ? at
                                   : state.settings.clock == Stamp::kWall ? now_us(CLOCK_REALTIME)
                                                                          : 0;
        buffer.timestamp = {static_cast<time_t>(stamp / 1'000'000),
                            static_cast<suseconds_t>(stamp % 1'000'000)};
        state.full.push_back(buffer);
    }
}

int dequeue(State& state, v4l2_buffer& buffer) {
    expose(state);
    const int limit = state.settings.vanishes_after;
    if (limit >= 0 && state.pictures >= limit) {
        state.settings.is_gone = true;
        return fail_with(ENODEV);
    }
    if (state.full.empty()) {
        return fail_with(EAGAIN);
    }
    const v4l2_buffer next = state.full.front();
    state.full.pop_front();
    buffer.index = next.index;
    buffer.bytesused = next.bytesused;
    buffer.timestamp = next.timestamp;
    buffer.flags = 0;
    return 0;
}

}  // namespace

int answer_ioctl(FakeCamera::State& state, int file, unsigned long request, void* argument) {
    ++state.calls;
    if (state.settings.is_gone) {
        return fail_with(ENODEV);
    }
    switch (request) {
        case VIDIOC_QUERYCAP:
            return query(state, *static_cast<v4l2_capability*>(argument));
        case VIDIOC_ENUM_FMT:
            return enumerate_formats(state, *static_cast<v4l2_fmtdesc*>(argument));
        case VIDIOC_ENUM_FRAMESIZES:
            return enumerate_sizes(state, *static_cast<v4l2_frmsizeenum*>(argument));
        case VIDIOC_ENUM_FRAMEINTERVALS:
            return enumerate_rates(state, *static_cast<v4l2_frmivalenum*>(argument));
        case VIDIOC_G_FMT:
            describe_format(state, *static_cast<v4l2_format*>(argument));
            return 0;
        case VIDIOC_S_FMT:
            return set_format(state, *static_cast<v4l2_format*>(argument));
        case VIDIOC_G_PARM:
        case VIDIOC_S_PARM:
            return rate_parameter(state, *static_cast<v4l2_streamparm*>(argument),
                                  request == VIDIOC_S_PARM);
        case VIDIOC_REQBUFS:
            return request_buffers(state, file, *static_cast<v4l2_requestbuffers*>(argument));
        case VIDIOC_QUERYBUF: {
            auto& buffer = *static_cast<v4l2_buffer*>(argument);
            buffer.length = static_cast<std::uint32_t>(state.buffer_bytes);
            buffer.m.offset = static_cast<std::uint32_t>(buffer.index * state.buffer_bytes);
            return 0;
        }
        case VIDIOC_QBUF:
            state.empty.push_back(static_cast<v4l2_buffer*>(argument)->index);
            return 0;
        case VIDIOC_DQBUF:
            return dequeue(state, *static_cast<v4l2_buffer*>(argument));
        case VIDIOC_STREAMON:
            state.is_streaming = true;
            state.begin_us = now_us(CLOCK_MONOTONIC);
            state.pictures = 0;
            return 0;
        case VIDIOC_G_INPUT:
            *static_cast<int*>(argument) = 0;
            return 0;
        case VIDIOC_ENUMINPUT: {
            auto& input = *static_cast<v4l2_input*>(argument);
            input.type = V4L2_INPUT_TYPE_CAMERA;
            return input.index == 0 ? 0 : fail_with(EINVAL);
        }
        case VIDIOC_STREAMOFF:
            state.is_streaming = false;
            return 0;
        default:
            return fail_with(ENOTTY);
    }
}

}  // namespace closet::test
