#include "encode/stream/address_target.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include <fmt/format.h>

#include "core/error.h"
#include "decode/libav_log.h"
#include "encode/stream/live_output.h"

namespace closet {
namespace {

using namespace std::chrono_literals;

constexpr auto kConnect = 10s;  ///< longest time until a peer has answered
constexpr auto kStalled = 5s;   ///< longest time in which a peer takes nothing

constexpr std::array<std::string_view, 9> kSchemes{"udp",   "tcp",   "tls",  "srt",  "rtmp",
                                                   "rtmps", "rtmpt", "http", "https"};

/// Seven packets of MPEG-TS: as many as fit the usual MTU of 1500 and, by definition, SRT's live
/// messages. Streams take larger parts.
constexpr int kDatagramBytes = 7 * 188;
constexpr int kStreamBytes = 1 << 15;

int chunk_of(const std::string& scheme) {
    return scheme == "udp" || scheme == "srt" ? kDatagramBytes : kStreamBytes;
}

/// A server waits for its client as long as that takes.
bool is_listening(const std::string& url) {
    return url.find("listen=1") != std::string::npos ||
           url.find("mode=listener") != std::string::npos;
}

}  // namespace

std::string AddressTarget::scheme_of(const std::string& url) {
    const std::size_t end = url.find("://");
    return end == std::string::npos ? std::string() : url.substr(0, end);
}

AddressTarget::AddressTarget(const std::string& url, std::stop_token stop)
    : StreamTarget(url, chunk_of(scheme_of(url))), patience_(std::move(stop)) {
    if (std::find(kSchemes.begin(), kSchemes.end(), scheme_of(url)) == kSchemes.end()) {
        throw ConfigError(
            fmt::format("{} {}: cannot send to {}://, use udp://, tcp://, srt://, rtmp:// or "
                        "http://",
                        flags::kOutput, url, scheme_of(url)));
    }
    capture_libav_log();
    patience_.begin(is_listening(url) ? std::nullopt
                                      : std::optional<Patience::Clock::duration>(kConnect));
    const AVIOInterruptCB interrupt = patience_.callback();
    const int code =
        avio_open2(&peer_, url.c_str(), AVIO_FLAG_WRITE | AVIO_FLAG_DIRECT, &interrupt, nullptr);
    if (code < 0) {
        fail(code);
    }
    is_connected_ = true;
}

AddressTarget::~AddressTarget() {
    AddressTarget::close();
}

int AddressTarget::put(const std::uint8_t* data, int size) {
    patience_.begin(kStalled);
    avio_write(peer_, data, size);
    avio_flush(peer_);
    return peer_->error;
}

int AddressTarget::close() {
    patience_.begin(kStalled);
    return avio_closep(&peer_);
}

std::string AddressTarget::explain(int code) const {
    if (code == AVERROR_EXIT && patience_.is_stopped()) {
        return "the run was stopped while the other side took nothing";
    }
    if (code == AVERROR_EXIT) {
        return is_connected_
                   ? fmt::format("the other side took nothing for {} s, start it again",
                                 kStalled.count())
                   : fmt::format("no answer within {} s, check the address", kConnect.count());
    }
    const std::string reason = av_error_text(code);
    return is_connected_
               ? fmt::format("the connection is lost ({}), start the other side again", reason)
               : fmt::format("{}, start the program that receives it first", reason);
}

}  // namespace closet
