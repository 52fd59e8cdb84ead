#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <linux/videodev2.h>

namespace closet::test {

/// How a made-up camera answers. May be changed while it runs.
struct FakeCameraSettings {
    struct Mode {
        std::uint32_t fourcc = V4L2_PIX_FMT_YUYV;
        std::uint32_t width = 64, height = 48;
        std::vector<std::uint32_t> rates{100};
    };
    enum class Clock { kMonotonic, kWall, kNone };
    enum class Enumeration {
        kHonest,
        kEndless,    ///< never says that there is no more
        kNonsense,   ///< zero and huge sizes and intervals
        kRange,      ///< all sizes from 16x16 to the mode's, all rates up to the first
        kUntold,     ///< every enumeration fails
        kVanishing,  ///< ENODEV after the first entry
    };

    std::string card = "Fake camera";
    std::uint32_t abilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    std::vector<Mode> modes{Mode{}};
    Enumeration enumeration = Enumeration::kHonest;
    int open_error = 0;         ///< errno of open()
    bool is_busy = false;       ///< another program takes pictures
    bool is_stuck = false;      ///< never a picture
    bool is_gone = false;       ///< unplugged
    int vanishes_after = -1;    ///< pictures of one streaming, then it is unplugged
    bool changes_size = false;  ///< takes a size, then sets half of it
    Clock clock = Clock::kMonotonic;
    std::string jpeg;  ///< what an MJPEG mode delivers
};

/// A camera at `path` for all of this process, libavdevice included: the test program brings its
/// own open, open64 and ioctl, which come before those of libc. YUYV pictures have the luma of
/// their number. The file handle is memory, so that mmap needs no fake.
class FakeCamera {
  public:
    explicit FakeCamera(const std::string& path, FakeCameraSettings settings = {});
    ~FakeCamera();
    FakeCamera(const FakeCamera&) = delete;
    FakeCamera& operator=(const FakeCamera&) = delete;
    FakeCamera(FakeCamera&&) = delete;
    FakeCamera& operator=(FakeCamera&&) = delete;

    /// `change(settings)` under the lock of the camera.
    template <class Change>
    void change(Change change) {
        FakeCameraSettings settings = this->settings();
        change(settings);
        set(std::move(settings));
    }
    /// How many calls of ioctl there were.
    int calls() const;

    struct State;

  private:
    FakeCameraSettings settings() const;
    void set(FakeCameraSettings settings);

    std::shared_ptr<State> state_;
};

}  // namespace closet::test
