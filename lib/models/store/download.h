#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

#include "core/new_file.h"

namespace closet {

/// Why an address did not give its file: the middle of a sentence, e.g. "HTTP status 404".
class DownloadFailure : public std::runtime_error {
  public:
    DownloadFailure(const std::string& why, bool again)
        : std::runtime_error(why), may_continue(again) {}
    bool may_continue;  ///< the connection broke, so the rest may come on another one
};

struct DownloadOptions {
    std::uint64_t limit = 4ULL << 30;          ///< bytes that a file may have
    std::chrono::seconds connect_timeout{15};  ///< for name, connection and TLS together
    std::chrono::seconds stall_timeout{30};    ///< with less than 1 KB/s
    /// Told how many bytes there are and will be (0: unknown), some times a second while waiting,
    /// too; returning false ends the transfer.
    std::function<bool(std::uint64_t done, std::uint64_t total)> progress;
};

enum class DownloadEnd { kComplete, kStopped };

/// Fetches an http or https address into `part`, continuing behind what is in it; a server that
/// cannot do so makes it start again. Redirects are followed to http and https only, and from
/// https to https only. The usual variables name proxies: https_proxy, http_proxy, all_proxy,
/// no_proxy. Not for concurrent use of one `part`.
/// Throws DownloadFailure, and ModelError where `part` cannot be written.
DownloadEnd download(const std::string& url, NewFile& part, const DownloadOptions& options);

/// The address without user name and password, which do not belong in messages.
std::string shown_address(const std::string& url);

}  // namespace closet
