#include <algorithm>
#include <chrono>
#include <vector>

#include <fmt/format.h>

#include "encode/stream/mirror.h"
#include "encode/stream/pictures.h"

/// Time that Mirror takes for one 1280x720 picture of each kind; prints the median of many.
int main() {
    using namespace closet;
    using Clock = std::chrono::steady_clock;
    constexpr int kRuns = 500;
    for (const AVPixelFormat format :
         {AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_P010LE,
          AV_PIX_FMT_RGB24, AV_PIX_FMT_BGRA, AV_PIX_FMT_YUV444P}) {
        for (const int rotation : {0, 90}) {
            Mirror mirror;
            const Frame frame =
                test::make_frame(test::make_picture(format, 1280, 720), 0, {1, 1000000}, rotation);
            std::vector<double> us;
            for (int i = 0; i < kRuns; ++i) {
                const auto begin = Clock::now();
                const Frame mirrored = mirror(frame);
                us.push_back(
                    std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
            }
            std::sort(us.begin(), us.end());
            fmt::print("{:12} rotation {:3}: median {:4.0f} us, fastest {:4.0f} us\n",
                       av_get_pix_fmt_name(format), rotation, us[us.size() / 2], us.front());
        }
    }
}
