#pragma once

#include <array>
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace closet::test {

/// A socket of this machine on a port that the system chooses.
class Socket {
  public:
    explicit Socket(int type) : descriptor_(socket(AF_INET, type, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* any = reinterpret_cast<sockaddr*>(&address);
        if (descriptor_ < 0 || bind(descriptor_, any, size) != 0 ||
            getsockname(descriptor_, any, &size) != 0) {
            throw std::runtime_error("cannot open a socket");
        }
        port_ = ntohs(address.sin_port);
    }
    ~Socket() { close(descriptor_); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    Socket(Socket&&) = delete;
    Socket& operator=(Socket&&) = delete;

    int descriptor() const { return descriptor_; }
    std::string address(const std::string& scheme) const {
        return scheme + "://127.0.0.1:" + std::to_string(port_);
    }

  private:
    int descriptor_;
    int port_ = 0;
};

/// Somebody who accepts one connection and reads it, or does not.
class TcpPeer {
  public:
    enum class Manner { kReads, kLeaves, kSleeps };

    explicit TcpPeer(Manner manner, std::string greeting = {}) : socket_(SOCK_STREAM) {
        if (listen(socket_.descriptor(), 1) != 0) {
            throw std::runtime_error("cannot listen");
        }
        thread_ = std::jthread([this, manner, greeting](const std::stop_token& stop) {
            serve(stop, manner, greeting);
        });
    }

    std::string address(const std::string& scheme = "tcp") const { return socket_.address(scheme); }

    /// Everything that came, once the other side is done.
    std::string finish() {
        thread_.join();
        return bytes_;
    }

  private:
    static constexpr int kPollMs = 20;

    void serve(const std::stop_token& stop, Manner manner, const std::string& greeting) {
        pollfd waiting{socket_.descriptor(), POLLIN, 0};
        while (poll(&waiting, 1, kPollMs) == 0) {
            if (stop.stop_requested()) {
                return;
            }
        }
        const int peer = accept(socket_.descriptor(), nullptr, nullptr);
        send(peer, greeting.data(), greeting.size(), MSG_NOSIGNAL);
        std::array<char, 65536> part{};
        while (manner == Manner::kReads) {
            const ssize_t size = recv(peer, part.data(), part.size(), 0);
            if (size <= 0) {
                break;
            }
            bytes_.append(part.data(), static_cast<std::size_t>(size));
        }
        while (manner == Manner::kSleeps && !stop.stop_requested()) {
            poll(nullptr, 0, kPollMs);
        }
        close(peer);
    }

    Socket socket_;
    std::string bytes_;
    std::jthread thread_;
};

}  // namespace closet::test
