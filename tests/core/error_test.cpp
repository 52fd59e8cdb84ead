#include "core/error.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "core/log.h"

extern "C" {
#include <libavutil/error.h>
}

TEST_CASE("error: a failing libav call becomes a sentence and keeps its code") {
    CHECK(closet::av_check(7, "unused") == 7);
    try {
        closet::av_check(AVERROR(ENOENT), "cannot open clip.mp4");
        FAIL("no exception");
    } catch (const closet::MediaError& error) {
        CHECK(std::string(error.what()) == "cannot open clip.mp4: No such file or directory");
        CHECK(error.averror() == AVERROR(ENOENT));
    }
}

TEST_CASE("log: a message reaches the sink with its level and its arguments") {
    closet::log::Level seen = closet::log::Level::kDebug;
    std::string text;
    closet::log::set_sink([&](closet::log::Level level, std::string_view message) {
        seen = level;
        text = message;
    });
    closet::log::warning("{} of {}", 3, 4);
    closet::log::set_sink({});
    closet::log::error("dropped");
    CHECK(seen == closet::log::Level::kWarning);
    CHECK(text == "3 of 4");
}
