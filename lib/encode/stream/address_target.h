#pragma once

#include <string>

#include "encode/stream/stream_target.h"

namespace closet {

/// A peer on the network: udp://, tcp://, srt://, rtmp://, http://. Ends a write that the peer does
/// not take within seconds.
class AddressTarget : public StreamTarget {
  public:
    /// Connects. Throws ConfigError (no such protocol) or MediaError (nobody there).
    AddressTarget(const std::string& url, std::stop_token stop);
    ~AddressTarget() override;
    AddressTarget(const AddressTarget&) = delete;
    AddressTarget& operator=(const AddressTarget&) = delete;
    AddressTarget(AddressTarget&&) = delete;
    AddressTarget& operator=(AddressTarget&&) = delete;

    /// "tcp" of "tcp://host:1". Empty where there is no "://".
    static std::string scheme_of(const std::string& url);

  private:
    int put(const std::uint8_t* data, int size) override;
    int close() override;
    std::string explain(int code) const override;

    Patience patience_;
    AVIOContext* peer_ = nullptr;
    bool is_connected_ = false;
};

}  // namespace closet
