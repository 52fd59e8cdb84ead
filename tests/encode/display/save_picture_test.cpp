#include <cstdint>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/error.h"
#include "core/picture_geometry.h"
#include "encode/display/drawn_frames.h"
#include "encode/display/to_bgr.h"
#include "encode/display/window.h"
#include "support/temporary_folder.h"

namespace closet {
namespace {

std::string reason(const Frame& frame, const std::string& path) {
    try {
        save_picture(frame, path);
    } catch (const MediaError& error) {
        return error.what();
    }
    return "nothing was thrown";
}

}  // namespace

TEST_CASE("saved pictures are upright and look as shown") {
    const test::TemporaryFolder folder;
    for (const int rotation : {0, 90, 180, 270}) {
        Frame frame = test::drawn_frame(320, 180);
        frame.orientation.turn = rotation;
        const cv::Mat shown = ToBgr{}(frame, geometry_of(frame).shown).clone();
        save_picture(frame, folder / "look.png");
        save_picture(frame, folder / "look.JPG");
        const cv::Mat png = cv::imread(folder / "look.png"), jpeg = cv::imread(folder / "look.JPG");
        REQUIRE(png.size() == shown.size());
        REQUIRE(jpeg.size() == shown.size());
        CHECK(cv::norm(png, shown, cv::NORM_INF) == 0.0);
        CHECK(cv::norm(jpeg, shown, cv::NORM_INF) <= 12.0);
    }
}

TEST_CASE("a picture that cannot be saved is one sentence and leaves nothing behind") {
    const test::TemporaryFolder folder;
    const Frame frame = test::drawn_frame(64, 48);
    const std::string absent = folder / "absent/look.png";
    CHECK(reason(frame, absent) ==
          "cannot write " + absent + ": No such file or directory, its folder has to exist");
    const std::string text = folder / "look.txt";
    CHECK(reason(frame, text) ==
          "cannot save the picture " + text + ": its name must end in .png or .jpg");
    CHECK(reason(frame, folder / "look").find("must end in") != std::string::npos);
    std::filesystem::create_directory(folder / "taken.png");
    CHECK(reason(frame, folder / "taken.png").find("it is a folder") != std::string::npos);
    CHECK(std::filesystem::is_directory(folder / "taken.png"));
    std::filesystem::remove(folder / "taken.png");
    CHECK(std::filesystem::is_empty(folder.path()));
}

}  // namespace closet
