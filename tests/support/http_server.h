#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace closet::test {

/// One request as it came.
struct HttpRequest {
    std::string path;   ///< "/tiny.tflite"
    std::string range;  ///< "bytes=2-", empty where the request has none
};

/// The other end of a connection, open until the answer function returns.
class HttpConnection {
  public:
    explicit HttpConnection(int socket) : socket_(socket) {}
    void send(const std::string& bytes) const;
    /// A whole answer. `headers` are lines that end with "\r\n".
    void answer(const std::string& status, const std::string& body,
                const std::string& headers = "");
    /// What a well-behaved server says: 200 with everything, or 206 with the rest.
    void serve(const std::string& file, const HttpRequest& request);
    /// Returns once the client has hung up or the server is being stopped.
    void wait_for_end() const;

  private:
    int socket_;
};

/// A web server on 127.0.0.1 at a free port, with one thread and a scripted answer.
class HttpServer {
  public:
    using Answer = std::function<void(const HttpRequest&, HttpConnection&)>;
    explicit HttpServer(Answer answer);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    HttpServer(HttpServer&&) = delete;
    HttpServer& operator=(HttpServer&&) = delete;

    /// "http://127.0.0.1:PORT" + path.
    std::string url(const std::string& path) const;
    /// What came so far.
    std::vector<HttpRequest> requests() const;

  private:
    void run();
    void handle(int client);

    Answer answer_;
    int socket_ = -1;
    int port_ = 0;
    std::atomic<int> client_{-1};
    std::atomic<bool> stopping_{false};
    mutable std::mutex mutex_;
    std::vector<HttpRequest> requests_;
    std::thread thread_;
};

}  // namespace closet::test
