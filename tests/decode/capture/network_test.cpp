#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "decode/capture/take.h"
#include "support/clips.h"
#include "support/http_server.h"
#include "support/log_capture.h"

namespace closet::test {
namespace {

using namespace std::chrono_literals;

const std::string kHeader =
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: video/mp2t\r\n\r\n";

/// A transport stream of 10 frames, each brighter than the one before.
std::string make_stream(const TemporaryFolder& folder, const std::string& size,
                        const std::string& codec = "libx264 -g 5 -bf 0 -preset veryfast") {
    const std::string out = folder / "stream.ts";
    ffmpeg("-f lavfi -i color=black:s=" + size +
           ":r=30:d=0.3333,format=gray,geq=lum='16+20*N' -pix_fmt yuv420p -c:v " + codec + " " +
           out);
    return read_file(out);
}

CaptureOptions options_for(const std::string& url) {
    CaptureOptions options;
    options.input = url;
    options.first_backoff_s = 0.02;
    options.max_backoff_s = 0.05;
    options.timeout_s = 0.4;
    return options;
}

/// Requests a stop after a while and tells how long `wait` took after that.
template <class Wait>
LiveClock::duration after_stop(Wait wait) {
    std::stop_source source;
    LiveClock::time_point stopped;
    std::jthread stopper([&] {
        std::this_thread::sleep_for(100ms);
        stopped = LiveClock::now();
        source.request_stop();
    });
    wait(source.get_token());
    stopper.join();
    return LiveClock::now() - stopped;
}

std::vector<int> lumas(const std::vector<CapturedFrame>& frames) {
    std::vector<int> values;
    for (const CapturedFrame& each : frames) {
        values.push_back(each.frame.image->data[0][0]);
    }
    return values;
}

}  // namespace

TEST_SUITE("capture") {
    TEST_CASE("an address that closes and comes back with another size goes on") {
        if (!have_ffmpeg()) {
            return;
        }
        LogCapture log;
        const TemporaryFolder folder;
        const std::string small = make_stream(folder, "160x120");
        const std::string large = make_stream(folder, "320x240");
        std::atomic<int> requests = 0;
        const HttpServer server([&](const HttpRequest&, HttpConnection& client) {
            const int number = requests++;
            if (number == 1) {
                client.answer("503 Service Unavailable", "later");
            } else if (number == 2) {
                client.send(kHeader + std::string(20'000, '\x5a'));
            } else {
                client.send(kHeader + (number == 0 ? small : large));
            }
        });
        Capture capture(options_for(server.url("/live.ts")));
        CHECK(capture.facts().kind == SourceKind::kNetwork);
        CHECK(capture.facts().codec == "h264");
        const auto frames = take(capture, 20);
        REQUIRE(frames.size() == 20);
        CHECK(stamps_grow(frames));
        CHECK(frames[0].frame.width() == 160);
        CHECK(frames[19].frame.width() == 320);
        for (std::size_t i = 0; i < frames.size(); ++i) {
            CHECK(frames[i].frame.scene_start == (i == 0 || i == 10));
        }
        CHECK(capture.counts().reconnections == 1);
        CHECK(capture.facts().width == 320);
        CHECK(capture.info()->video().codec->width == 160);  // as opened first
        CHECK(log.count("has ended; waiting for it to come back") == 1);
        CHECK(log.count("still waiting: cannot read http") == 2);
        CHECK(log.count("is back after") == 1);
    }

    TEST_CASE("streams with B-frames come in the order of time") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        for (const char* codec : {"libx264 -bf 3 -preset medium", "mpeg2video -bf 2"}) {
            CAPTURE(codec);
            const std::string stream = make_stream(folder, "160x120", codec);
            const HttpServer server(
                [&](const HttpRequest&, HttpConnection& client) { client.send(kHeader + stream); });
            CaptureOptions options = options_for(server.url("/live.ts"));
            options.reconnect = false;
            Capture capture(options);
            const auto frames = take(capture, 100);
            const std::vector<int> values = lumas(frames);
            CHECK(values.size() == 10);
            CHECK(std::is_sorted(values.begin(), values.end()));
            CHECK(stamps_grow(frames));
        }
    }

    TEST_CASE("an address that cannot be used is refused at once") {
        const LogCapture log;
        const HttpServer absent([](const HttpRequest&, HttpConnection& client) {
            client.answer("404 Not Found", "no");
        });
        CHECK(contains(refusal(options_for(absent.url("/live.ts"))), "404"));
        const HttpServer garbage([](const HttpRequest&, HttpConnection& client) {
            client.answer("200 OK", std::string(50'000, '\x5a'));
        });
        CHECK(contains(refusal(options_for(garbage.url("/live.ts"))), "not a video"));
        const HttpServer silent(
            [](const HttpRequest&, HttpConnection& client) { client.wait_for_end(); });
        const auto begin = LiveClock::now();
        CHECK(contains(refusal(options_for(silent.url("/live.ts"))), "no answer within 0.4 s"));
        CHECK(LiveClock::now() - begin < 1s);
    }

    TEST_CASE("a stream that stalls counts as gone after its time") {
        if (!have_ffmpeg()) {
            return;
        }
        LogCapture log;
        const TemporaryFolder folder;
        const std::string stream = make_stream(folder, "160x120");
        const HttpServer server([&](const HttpRequest&, HttpConnection& client) {
            client.send(kHeader + stream);
            client.wait_for_end();
        });
        Capture capture(options_for(server.url("/live.ts")));
        CHECK(take(capture, 15).size() == 15);
        CHECK(capture.counts().reconnections == 1);
        CHECK(log.count("nothing for 0.4 s") == 1);
    }

    TEST_CASE("garbage within a stream is counted and passed over") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        const std::string good = make_stream(folder, "160x120", "mpeg2video -q:v 1 -g 1");
        std::string noise = good;
        std::uint32_t state = 1;
        for (std::size_t i = 0; i < noise.size(); ++i) {
            state = state * 1664525 + 1013904223;  // Numerical Recipes' generator
            const bool begins_picture = (noise[i - i % 188 + 1] & 0x40) != 0;
            if (i % 188 >= 4 && !begins_picture) {  // packets stay packets
                noise[i] = static_cast<char>(state >> 24);
            }
        }
        const HttpServer server([&](const HttpRequest&, HttpConnection& client) {
            client.send(kHeader + good + noise + noise + good + std::string(5000, '\x5a') + good);
        });
        CaptureOptions options = options_for(server.url("/live.ts"));
        options.reconnect = false;
        Capture capture(options);
        const auto frames = take(capture, 100);
        CHECK(frames.size() >= 20);
        CHECK(capture.counts().damaged >= 1);
        CHECK(stamps_grow(frames));
    }

    TEST_CASE("a source that turns to nothing but garbage counts as gone") {
        if (!have_ffmpeg()) {
            return;
        }
        LogCapture log;
        const TemporaryFolder folder;
        const std::string stream = make_stream(folder, "160x120");
        std::atomic<int> requests = 0;
        const HttpServer server([&](const HttpRequest&, HttpConnection& client) {
            client.send(kHeader + stream);
            for (int i = 0; requests == 0 && i < 100; ++i) {
                client.send(std::string(10'000, static_cast<char>(i)));
                std::this_thread::sleep_for(10ms);
            }
            ++requests;
        });
        Capture capture(options_for(server.url("/live.ts")));
        const auto begin = LiveClock::now();
        CHECK(take(capture, 15).size() == 15);
        CHECK(LiveClock::now() - begin < 1500ms);
        CHECK(capture.counts().reconnections >= 1);
    }

    TEST_CASE("a stop ends connecting and reading and the pause between tries") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        const std::string stream = make_stream(folder, "160x120");
        CaptureOptions options;
        {
            std::atomic<bool> answers = false;
            const HttpServer server([&](const HttpRequest&, HttpConnection& client) {
                if (answers) {
                    client.send(kHeader + stream);
                }
                client.wait_for_end();
            });
            options = options_for(server.url("/live.ts"));
            options.timeout_s = 60;
            options.first_backoff_s = options.max_backoff_s = 60;
            CHECK(after_stop([&](const std::stop_token& stop) {
                      CHECK_THROWS_WITH_AS(Capture(options, stop),
                                           doctest::Contains("stopped while opening"), MediaError);
                  }) < 300ms);
            answers = true;
            Capture capture(options);
            CHECK(after_stop([&](const std::stop_token& stop) { take(capture, 100, stop); }) <
                  300ms);
        }
        const HttpServer brief(
            [&](const HttpRequest&, HttpConnection& client) { client.send(kHeader + stream); });
        options.input = brief.url("/live.ts");
        Capture capture(options);
        CHECK(after_stop([&](const std::stop_token& stop) { take(capture, 100, stop); }) < 300ms);
        CHECK_FALSE(capture.connected());
    }

    TEST_CASE("datagrams are joined in the middle of their stream") {
        if (!have_ffmpeg()) {
            return;
        }
        const LogCapture log;
        const TemporaryFolder folder;
        const std::string stream = make_stream(folder, "160x120");
        const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(bind(probe, any, size) == 0);
        REQUIRE(getsockname(probe, any, &size) == 0);
        close(probe);  // the port is free now, and nobody else is given it so soon
        const std::jthread sender([&](const std::stop_token& stop) {
            const int out = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            constexpr std::size_t kDatagram = 7 * 188;
            for (std::size_t at = stream.size() / 2; !stop.stop_requested(); at += kDatagram) {
                at = at >= stream.size() ? 0 : at;
                sendto(out, stream.data() + at, std::min(kDatagram, stream.size() - at),
                       MSG_NOSIGNAL, any, size);
                std::this_thread::sleep_for(2ms);
            }
            close(out);
        });
        CaptureOptions options =
            options_for("udp://127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
        options.timeout_s = 3;
        Capture capture(options);
        const auto frames = take(capture, 12);
        CHECK(frames.size() == 12);
        CHECK(stamps_grow(frames));
        CHECK(frames.front().frame.width() == 160);
    }
}

}  // namespace closet::test
