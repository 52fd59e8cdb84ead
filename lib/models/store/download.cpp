#include "models/store/download.h"

#include <array>
#include <cctype>
#include <charconv>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>

#include <curl/curl.h>
#include <fmt/format.h>

#include "core/error.h"

namespace closet {

namespace {

constexpr long kMostRedirects = 10;
constexpr long kSlowestBytesPerSecond = 1024;
constexpr long kOk = 200, kPartialContent = 206, kRangeNotSatisfiable = 416;

using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

Curl make_curl() {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    Curl curl(ready == CURLE_OK ? curl_easy_init() : nullptr, curl_easy_cleanup);
    if (!curl) {
        throw ModelError("libcurl, which fetches models, does not start");
    }
    return curl;
}

/// The first byte that a "Content-Range: bytes 5-9/10" header promises.
std::optional<std::uint64_t> range_start(std::string_view header) {
    constexpr std::string_view kName = "content-range: bytes ";
    for (std::size_t i = 0; i < kName.size(); ++i) {
        if (i >= header.size() || std::tolower(static_cast<unsigned char>(header[i])) != kName[i]) {
            return std::nullopt;
        }
    }
    std::uint64_t start = 0;
    header.remove_prefix(kName.size());
    const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), start);
    return error == std::errc{} ? std::optional(start) : std::nullopt;
}

/// One request. libcurl calls back through C, which no exception may cross: what fails in a
/// callback is kept in `failure_` and thrown once libcurl has returned.
class Transfer {
  public:
    Transfer(NewFile& part, const DownloadOptions& options)
        : curl_(make_curl()), part_(part), options_(options), start_(part.size()) {}

    DownloadEnd run(const std::string& url) {
        set(CURLOPT_URL, url.c_str());
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_REDIR_PROTOCOLS_STR, url.starts_with("https:") ? "https" : "http,https");
        set(CURLOPT_FOLLOWLOCATION, 1L);
        set(CURLOPT_MAXREDIRS, kMostRedirects);
        set(CURLOPT_USERAGENT, "closet");
        set(CURLOPT_NOSIGNAL, 1L);  // SIGALRM would end a threaded program
        set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(options_.connect_timeout.count()));
        set(CURLOPT_LOW_SPEED_LIMIT, kSlowestBytesPerSecond);
        set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.stall_timeout.count()));
        set(CURLOPT_ERRORBUFFER, message_.data());
        set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
        set(CURLOPT_HEADERDATA, this);
        set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
        set(CURLOPT_WRITEDATA, this);
        set(CURLOPT_NOPROGRESS, 0L);
        set(CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
        set(CURLOPT_XFERINFODATA, this);
        // Not CURLOPT_RESUME_FROM: that fails where the server sends the whole file instead.
        const std::string range = fmt::format("{}-", start_);
        if (start_ > 0) {
            set(CURLOPT_RANGE, range.c_str());
        }
        return finish(curl_easy_perform(curl_.get()));
    }

  private:
    template <class T>
    void set(CURLoption option, T value) {
        if (curl_easy_setopt(curl_.get(), option, value) != CURLE_OK) {
            throw ModelError(
                fmt::format("libcurl does not know its option {}", static_cast<int>(option)));
        }
    }

    DownloadEnd finish(CURLcode code) {
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        if (code == CURLE_ABORTED_BY_CALLBACK) {
            return DownloadEnd::kStopped;
        }
        if (code != CURLE_OK) {
            const std::string why =
                message_.front() != '\0' ? message_.data() : curl_easy_strerror(code);
            throw DownloadFailure(why, begun_);
        }
        if (status() == kRangeNotSatisfiable) {
            part_.clear();  // longer than the file, or the file has changed
            throw DownloadFailure("it does not continue the download", true);
        }
        begin_body();  // an empty file has had none
        return DownloadEnd::kComplete;
    }

    long status() const {
        long status = 0;
        curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
        return status;
    }

    /// Looks at the answer's head once its body begins.
    void begin_body() {
        if (begun_) {
            return;
        }
        begun_ = true;
        if (status() == kOk) {
            part_.clear();
        } else if (status() == kPartialContent && start_ > 0) {
            if (range_start_ != start_) {
                throw DownloadFailure("it answers with another part of the file", false);
            }
        } else {
            throw DownloadFailure(fmt::format("HTTP status {}", status()), false);
        }
        curl_off_t length = -1;
        curl_easy_getinfo(curl_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
        total_ = length < 0 ? 0 : part_.size() + static_cast<std::uint64_t>(length);
        check_limit(total_);
    }

    void check_limit(std::uint64_t size) {
        if (size > options_.limit) {
            part_.clear();
            throw DownloadFailure(fmt::format("the file is larger than {} bytes", options_.limit),
                                  false);
        }
    }

    std::size_t body(const char* bytes, std::size_t count) {
        try {
            if (status() == kRangeNotSatisfiable) {
                return count;  // an error page; finish() sees to it
            }
            begin_body();
            check_limit(part_.size() + count);
            part_.write(bytes, count);
            return count;
        } catch (...) {
            failure_ = std::current_exception();
            return CURL_WRITEFUNC_ERROR;
        }
    }

    bool progress() {
        try {
            return !options_.progress || options_.progress(part_.size(), total_);
        } catch (...) {
            failure_ = std::current_exception();
            return false;
        }
    }

    static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self) {
        const std::string_view header(bytes, size * count);
        auto& transfer = *static_cast<Transfer*>(self);
        if (header.starts_with("HTTP/")) {
            transfer.range_start_.reset();  // the next answer, after a redirect
        } else if (const auto start = range_start(header)) {
            transfer.range_start_ = start;
        }
        return size * count;
    }

    static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
        return static_cast<Transfer*>(self)->body(bytes, size * count);
    }

    static int on_progress(void* self, curl_off_t /*download_total*/, curl_off_t /*download_now*/,
                           curl_off_t /*upload_total*/, curl_off_t /*upload_now*/) {
        return static_cast<Transfer*>(self)->progress() ? 0 : 1;
    }

    Curl curl_;
    NewFile& part_;
    const DownloadOptions& options_;
    const std::uint64_t start_;
    std::array<char, CURL_ERROR_SIZE> message_{};
    std::optional<std::uint64_t> range_start_;
    std::uint64_t total_ = 0;
    bool begun_ = false;
    std::exception_ptr failure_;
};

}  // namespace

DownloadEnd download(const std::string& url, NewFile& part, const DownloadOptions& options) {
    return Transfer(part, options).run(url);
}

std::string shown_address(const std::string& url) {
    const auto host = url.find("://");
    if (host == std::string::npos) {
        return url;
    }
    const auto path = url.find_first_of("/?#", host + 3);
    const auto at = url.substr(0, path).rfind('@');
    return at == std::string::npos ? url : url.substr(0, host + 3) + url.substr(at + 1);
}

}  // namespace closet
