// `closet live` with its window on a hidden display: keys go in as a user's do, and what they did
// is seen in the window's pixels, the files and the figures alone.

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "cli/cli_support.h"
#include "support/child.h"
#include "support/hidden_display.h"
#include "support/x_client.h"

using namespace closet::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// Whether `holds` becomes true; no machine is that slow.
bool becomes(const std::function<bool()>& holds) {
    constexpr auto kPatience = 30s;
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(20ms);
    }
    return true;
}

/// A picture that stands still: dark above and bright below, gray on the left and red on the right.
std::string make_still(const TemporaryFolder& folder) {
    const std::string path = folder / "still.mp4";
    ffmpeg({"-f", "lavfi", "-i",
            "color=0x303030:s=640x360:r=25,drawbox=y=180:w=640:h=180:c=0xc0c0c0:t=fill,"
            "drawbox=x=480:y=100:w=160:h=160:c=red:t=fill",
            "-frames:v", "25", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
            path});
    return path;
}

/// closet live in a window 640x360.
class LiveWindow {
  public:
    LiveWindow(const TemporaryFolder& folder, const std::string& clip) : folder_(folder) {
        child_.emplace(std::vector<std::string>{
            "env", "DISPLAY=" + display_.name(), closet_binary(), "live", clip, "--loop", "-g",
            make_garment(folder, 255), "-g", make_garment(folder, 200), "--folder",
            folder.path().string(), "--stats", folder / "stats.jsonl", "--summary",
            folder / "summary.json"});
        window_ = display_.focus_window("Smart Closet");
        REQUIRE(window_ != 0);
        REQUIRE(becomes([&] { return picture().size() == cv::Size(640, 360); }));
        REQUIRE(becomes([&] { return cv::sum(picture()) != cv::Scalar(); }));
    }

    void press(const std::string& key) const {
        std::this_thread::sleep_for(200ms);  // the same key at once would count as held
        display_.xdotool({"key", key});
    }
    void close() const { ask_to_close(display_.name(), window_); }
    cv::Mat picture() const { return picture_of(display_.name(), window_); }
    int wait() { return child_->wait(); }

    /// The figures of the last second; null before the first.
    json figures() const {
        std::ifstream lines(folder_ / "stats.jsonl");
        json last;
        for (std::string line; std::getline(lines, line) && !lines.eof();) {
            last = json::parse(line);
        }
        return last;
    }

    /// Files of that ending in the folder for pictures and recordings.
    std::vector<std::string> saved(const std::string& ending) const {
        std::vector<std::string> paths;
        for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
            const std::string name = file.path().filename().string();
            if (name.starts_with("closet-") && name.ends_with(ending)) {
                paths.push_back(file.path().string());
            }
        }
        return paths;
    }

  private:
    const TemporaryFolder& folder_;
    HiddenDisplay display_;
    std::optional<Child> child_;
    unsigned window_ = 0;
};

cv::Scalar color(const cv::Mat& picture, const cv::Rect& box) {
    return cv::mean(picture(box));
}

bool differ(const cv::Mat& a, const cv::Mat& b) {
    constexpr double kSeen = 2.0;  // of 255, mean over the box
    return cv::norm(a, b, cv::NORM_L1) > kSeen * static_cast<double>(a.total()) * 3;
}

}  // namespace

TEST_CASE("live window: text and mirror change what is on the screen") {
    if (!can_show_windows()) {
        return;
    }
    const TemporaryFolder folder;
    LiveWindow live(folder, make_still(folder));
    const cv::Rect card(200, 60, 240, 200), figures(12, 12, 100, 60), right(500, 120, 120, 80),
        left(20, 120, 120, 80);
    const auto red_at = [&](const cv::Rect& box) {
        const cv::Scalar bgr = color(live.picture(), box);
        return bgr[2] > 180 && bgr[1] < 60;
    };
    REQUIRE(becomes([&] { return red_at(left); }));  // mirrored
    live.press("m");
    CHECK(becomes([&] { return red_at(right); }));
    for (const auto& [key, box] : {std::pair{"h", card}, std::pair{"i", figures}}) {
        CAPTURE(key);
        REQUIRE(becomes([&] { return !live.figures().is_null(); }));  // there is what to show
        const cv::Mat before = live.picture();
        live.press(key);
        CHECK(becomes([&, b = box] { return differ(live.picture()(b), before(b)); }));
        live.press(key);
        CHECK(becomes([&, b = box] { return !differ(live.picture()(b), before(b)); }));
    }
    live.press("q");
    CHECK(live.wait() == 0);
    CHECK(json::parse(read_text(folder / "summary.json")).at("frames").at("captured") > 0);
}

TEST_CASE("live window: pause stops the picture and goes on") {
    if (!can_show_windows()) {
        return;
    }
    const TemporaryFolder folder;
    LiveWindow live(folder, make_bars(folder, "bars.mp4", 50, "640x360"));
    const cv::Rect moving(0, 0, 640, 300);  // the message lies below
    const auto stands_still = [&] {
        const cv::Mat before = live.picture()(moving).clone();
        std::this_thread::sleep_for(200ms);  // five frames of the clip
        return cv::norm(before, live.picture()(moving), cv::NORM_INF) == 0;
    };
    REQUIRE(becomes([&] { return !stands_still(); }));
    live.press("space");
    CHECK(becomes(stands_still));
    live.press("space");
    CHECK(becomes([&] { return !stands_still(); }));
    live.close();
    CHECK(live.wait() == 0);
    CHECK(std::filesystem::exists(folder / "summary.json"));
}

TEST_CASE("live window: garment and warp change in the figures and the skeleton in the picture") {
    if (!can_show_windows()) {
        return;
    }
    const TemporaryFolder folder;
    LiveWindow live(folder, make_still(folder));
    const auto worn = [&](const char* key) {
        const json now = live.figures();
        return now.is_null() ? std::string() : now.at(key).get<std::string>();
    };
    REQUIRE(becomes([&] { return worn("garment") == "garment255"; }));
    live.press("n");
    CHECK(becomes([&] { return worn("garment") == "garment200"; }));
    live.press("p");
    CHECK(becomes([&] { return worn("garment") == "garment255"; }));
    const std::string warp = worn("warp");
    live.press("w");
    CHECK(becomes([&] { return worn("warp") != warp; }));
    // Nobody is on this picture: the key's answer is the message at the bottom.
    const cv::Rect message(240, 318, 160, 24);
    cv::Mat before;
    REQUIRE(becomes([&] {
        before = live.picture();
        return color(before, message)[0] > 180;  // the last message has gone
    }));
    live.press("k");
    CHECK(becomes([&] { return differ(live.picture()(message), before(message)); }));
    live.press("Escape");
    CHECK(live.wait() == 0);
}

TEST_CASE("live window: a picture is saved upright and a recording can be played") {
    if (!can_show_windows()) {
        return;
    }
    const TemporaryFolder folder;
    LiveWindow live(folder, make_still(folder));
    live.press("s");
    REQUIRE(becomes([&] { return live.saved(".png").size() == 1; }));
    live.press("r");
    const auto is_recording = [&] {
        const json now = live.figures();
        return !now.is_null() && now.contains("recording") && now.at("recording").is_string() &&
               !now.at("recording").get<std::string>().empty();
    };
    CHECK(becomes(is_recording));
    live.press("r");
    REQUIRE(becomes([&] { return live.saved(".mp4").size() == 1; }));  // under its name at the end
    CHECK(becomes([&] { return !is_recording(); }));
    live.press("q");
    CHECK(live.wait() == 0);

    ffmpeg({"-i", live.saved(".png").front(), "-pix_fmt", "gray", "-f", "rawvideo",
            folder / "saved.gray"});
    const std::string gray = read_text(folder / "saved.gray");
    REQUIRE(gray.size() == 640 * 360);
    const auto at = [&](std::size_t x, std::size_t y) {
        return static_cast<int>(static_cast<unsigned char>(gray[640 * y + x]));
    };
    CHECK(at(320, 40) < 90);    // dark above
    CHECK(at(320, 320) > 150);  // bright below
    CHECK_FALSE(frame_hashes(live.saved(".mp4").front()).empty());
}

TEST_CASE("live window: without a display there is one sentence") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 5);
    const Finished result =
        run({"env", "-u", "WAYLAND_DISPLAY", "DISPLAY=:987", closet_binary(), "live", "-q", clip});
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK(result.err.find("--no-window") != std::string::npos);
    CHECK(result.err.find('\n') == result.err.size() - 1);
}
