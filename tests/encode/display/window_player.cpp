// Opens the window and lives by its keys: the program that the tests of the window drive.
//   window_player WIDTH HEIGHT BRIGHTNESS [ROTATION]
// Prints a line for each thing that happens: "open", "action <number>", "error <sentence>", "bye".

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "core/error.h"
#include "encode/display/drawn_frames.h"
#include "encode/display/window.h"

namespace {

void say(const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

/// What closet live tells; here the figures stand still.
const std::vector<std::string> kStatistics{
    "live\t1280x720, 12:04",
    "in\t30.0 frames/s",
    "inferred\t14.8 frames/s",
    "out\t30.0 frames/s",
    "latency\t21.4 ms, p99 38.0 ms",
    "dropped\t0 + 3 + 0",
    "convert\t0.9 ms",
    "inference\t52.3 ms",
    "warp\t7.1 ms",
    "garment\tred-jacket.png",
    "warp\tmesh",
    "device\tcpu, 2 threads",
};

}  // namespace

int main(int argc, char** argv) {
    using closet::WindowAction;
    if (argc < 4) {
        return 2;
    }
    try {
        closet::Frame frame = closet::test::drawn_frame(std::atoi(argv[1]), std::atoi(argv[2]),
                                                        AV_PIX_FMT_YUV420P, std::atoi(argv[3]));
        frame.orientation.turn = argc > 4 ? std::atoi(argv[4]) : 0;
        closet::WindowText text;
        closet::Window window("window player", frame.width(), frame.height());
        window.show(frame, text);
        say("open");
        // A forgotten player ends by itself.
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (std::chrono::steady_clock::now() < end) {
            window.show(frame, text);
            for (auto action = window.poll(); action != WindowAction::kNone;
                 action = window.poll()) {
                say(fmt::format("action {}", static_cast<int>(action)));
                switch (action) {
                    case WindowAction::kQuit:
                        say("bye");
                        return 0;
                    case WindowAction::kHelp:
                        text.help = !text.help;
                        break;
                    case WindowAction::kStatistics:
                        text.statistics =
                            text.statistics.empty() ? kStatistics : std::vector<std::string>{};
                        break;
                    case WindowAction::kRecord:
                        text.recording = !text.recording;
                        break;
                    case WindowAction::kSavePicture:
                        text.message = "saved look-0001.png";
                        break;
                    default:
                        break;
                }
                window.show_again(text);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    } catch (const closet::Error& error) {
        say(std::string("error ") + error.what());
        return 3;
    }
    return 4;
}
