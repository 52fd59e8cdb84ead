#include <chrono>
#include <csignal>

#include <doctest/doctest.h>

#include "encode/stream/outputs.h"
#include "encode/stream/peers.h"
#include "encode/stream/stream_target.h"
#include "support/shell.h"

namespace closet::test {
namespace {

using namespace std::chrono_literals;

std::vector<Frame> read_bytes(const TemporaryFolder& folder, const std::string& bytes) {
    write_file(folder / "received", bytes);
    return read_back(folder / "received");
}

/// Pictures that do not compress, until the output gives up.
std::string flood(LiveOutput& output) {
    return sentence_of([&] {
        for (unsigned i = 0; i < 2000; ++i) {
            output.write(make_frame(make_picture(AV_PIX_FMT_YUV420P, 640, 480, i), i * 40000));
        }
    });
}

}  // namespace

TEST_SUITE("stream.address") {
    TEST_CASE("a TCP peer gets MPEG-TS with every frame") {
        const TemporaryFolder folder;
        for (const std::string format : {"", "mpegts", "flv", "matroska"}) {
            CAPTURE(format);
            TcpPeer peer(TcpPeer::Manner::kReads);
            {
                const std::unique_ptr<LiveOutput> output =
                    open_live_output(lossless(peer.address(), format));
                CHECK(contains(output->describe(),
                               "libx264 in " + (format.empty() ? "mpegts" : format)));
                put(*output, {0, 40000, 80000, 200000});
                output->finish();
            }
            const std::vector<Frame> frames = read_bytes(folder, peer.finish());
            REQUIRE(frames.size() == 4);
            CHECK(frames[3].seconds() - frames[0].seconds() == doctest::Approx(0.2).epsilon(1e-3));
            CHECK(bytes_of(*frames[2].image) ==
                  bytes_of(*make_picture(AV_PIX_FMT_YUV420P, 64, 48, 2)));
        }
    }

    TEST_CASE("a UDP peer gets whole MPEG-TS packets at once") {
        const TemporaryFolder folder;
        const Socket peer(SOCK_DGRAM);
        const std::unique_ptr<LiveOutput> output = open_live_output(lossless(peer.address("udp")));
        std::string bytes;
        for (unsigned i = 0; i < 5; ++i) {
            output->write(make_frame(make_picture(AV_PIX_FMT_YUV420P, 64, 48, i), i * 40000));
            std::array<char, 65536> packet{};
            bool came = false;
            for (ssize_t size = 0;
                 (size = recv(peer.descriptor(), packet.data(), packet.size(), MSG_DONTWAIT)) > 0;
                 came = true) {
                CHECK(size % 188 == 0);
                CHECK(size <= 1316);
                bytes.append(packet.data(), static_cast<std::size_t>(size));
            }
            CHECK(came);
        }
        CHECK(read_bytes(folder, bytes).size() == 5);
        output->finish();
    }

    TEST_CASE("a UDP peer that is not there is nobody's fault") {
        const std::string address = Socket(SOCK_DGRAM).address("udp");
        const std::unique_ptr<LiveOutput> output = open_live_output(to(address));
        put(*output, {0, 40000, 80000});
        output->finish();
    }

    TEST_CASE("HTTP servers get the stream in the body of a request") {
        TcpPeer peer(TcpPeer::Manner::kReads, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        {
            const std::unique_ptr<LiveOutput> output =
                open_live_output(lossless(peer.address("http") + "/live"));
            put(*output, {0, 40000});
            output->finish();
        }
        const std::string request = peer.finish();
        CHECK(request.starts_with("POST /live HTTP/1.1"));
        CHECK(request.size() > 1000);
    }

    TEST_CASE("a refused connection tells what to do") {
        const std::string address = Socket(SOCK_STREAM).address("tcp");  // bound, then closed
        CHECK(sentence_of(to(address)) ==
              "cannot write " + address +
                  ": Connection refused, start the program that receives it first");
        CHECK(contains(sentence_of(to("rtmp" + address.substr(3) + "/live/key")), "rtmp://"));
    }

    TEST_CASE("a connection that is lost ends with one sentence") {
        std::signal(SIGPIPE, SIG_IGN);
        TcpPeer peer(TcpPeer::Manner::kLeaves);
        const std::unique_ptr<LiveOutput> output = open_live_output(lossless(peer.address()));
        const std::string sentence = flood(*output);
        CHECK(
            sentence.starts_with("cannot write " + peer.address() + ": the connection is lost ("));
        CHECK(sentence.ends_with("), start the other side again"));
        CHECK_THROWS_AS(put(*output, {0}), MediaError);
        output->finish();
    }

    TEST_CASE("a peer that stops reading does not hold up a stop") {
        TcpPeer peer(TcpPeer::Manner::kSleeps);
        std::stop_source stop;
        LiveOutputOptions options = to(peer.address(), "raw");
        options.stop = stop.get_token();
        const std::unique_ptr<LiveOutput> output = open_live_output(options);
        const std::jthread stopper([&] {
            std::this_thread::sleep_for(200ms);
            stop.request_stop();
        });
        const auto begin = std::chrono::steady_clock::now();
        CHECK(flood(*output) == "cannot write " + peer.address() +
                                    ": the run was stopped while the other side took nothing");
        output->finish();
        CHECK(std::chrono::steady_clock::now() - begin < 3s);
    }

    TEST_CASE("patience ends at its limit or soon after a stop") {
        std::stop_source stop;
        Patience patience(stop.get_token());
        CHECK(!patience.is_over());
        patience.begin(1h);
        CHECK(!patience.is_over());
        patience.begin(-1ms);
        CHECK(patience.is_over());
        patience.begin(std::nullopt);
        CHECK(!patience.is_over());
        stop.request_stop();
        const AVIOInterruptCB callback = patience.callback();
        CHECK(callback.callback(callback.opaque) == 0);
        std::this_thread::sleep_for(600ms);
        CHECK(callback.callback(callback.opaque) == 1);
    }

    TEST_CASE("schemes that nothing is sent by are refused") {
        CHECK(contains(sentence_of(to("gopher://127.0.0.1/x")), "cannot send to gopher://"));
        CHECK(contains(sentence_of(to("file:///tmp/x.mp4")), "cannot send to file://"));
        CHECK(contains(sentence_of(to("tcp://127.0.0.1:1", "v4l2")), "--output-format v4l2"));
    }
}

}  // namespace closet::test
