#include "support/http_server.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace closet::test {

namespace {

constexpr std::size_t kLongestRequest = 1 << 16;

std::string header_of(const std::string& request, const std::string& name) {
    std::string lower = request;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    const auto at = lower.find("\r\n" + name + ": ");
    if (at == std::string::npos) {
        return "";
    }
    const auto begin = at + name.size() + 4;
    return request.substr(begin, request.find("\r\n", begin) - begin);
}

}  // namespace

void HttpConnection::send(const std::string& bytes) const {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const ssize_t count =
            ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) {
            return;  // the client hung up, which is its right
        }
        sent += static_cast<std::size_t>(count);
    }
}

void HttpConnection::answer(const std::string& status, const std::string& body,
                            const std::string& headers) {
    send("HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body);
}

void HttpConnection::serve(const std::string& file, const HttpRequest& request) {
    if (request.range.empty()) {
        answer("200 OK", file);
        return;
    }
    const std::size_t start = std::stoul(request.range.substr(sizeof("bytes=") - 1));
    if (start >= file.size()) {
        answer("416 Range Not Satisfiable", "no");
        return;
    }
    answer("206 Partial Content", file.substr(start),
           "Content-Range: bytes " + std::to_string(start) + "-" + std::to_string(file.size() - 1) +
               "/" + std::to_string(file.size()) + "\r\n");
}

void HttpConnection::wait_for_end() const {
    char byte = 0;
    while (recv(socket_, &byte, 1, 0) > 0) {
    }
}

HttpServer::HttpServer(Answer answer) : answer_(std::move(answer)) {
    socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (socket_ < 0 || bind(socket_, any, size) != 0 || listen(socket_, SOMAXCONN) != 0 ||
        getsockname(socket_, any, &size) != 0) {
        throw std::runtime_error("cannot listen on 127.0.0.1");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
}

HttpServer::~HttpServer() {
    stopping_ = true;
    shutdown(socket_, SHUT_RDWR);  // ends accept()
    if (const int client = client_; client >= 0) {
        shutdown(client, SHUT_RDWR);  // ends wait_for_end()
    }
    thread_.join();
    close(socket_);
}

std::string HttpServer::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::vector<HttpRequest> HttpServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void HttpServer::run() {
    while (!stopping_) {
        const int client = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) {
            continue;
        }
        client_ = client;
        handle(client);
        client_ = -1;
        close(client);
    }
}

void HttpServer::handle(int client) {
    std::string text;
    char part[4096];
    while (text.find("\r\n\r\n") == std::string::npos && text.size() < kLongestRequest) {
        const ssize_t count = recv(client, part, sizeof(part), 0);
        if (count <= 0) {
            return;
        }
        text.append(part, static_cast<std::size_t>(count));
    }
    const auto path = text.find(' ') + 1;
    const HttpRequest request{text.substr(path, text.find(' ', path) - path),
                              header_of(text, "range")};
    {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
    }
    HttpConnection connection(client);
    answer_(request, connection);
    // Without this the kernel may drop unsent bytes together with unread ones.
    shutdown(client, SHUT_WR);
    if (!stopping_) {
        connection.wait_for_end();
    }
}

}  // namespace closet::test
