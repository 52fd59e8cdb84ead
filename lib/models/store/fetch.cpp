#include "models/store/fetch.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "core/sha256.h"
#include "models/store/download.h"
#include "models/store/file_lock.h"
#include "models/store/versions.h"

namespace closet {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestModel = 4ULL << 30;  // bytes, where the manifest knows no size
constexpr int kMostAttempts = 3;                     // on one address

std::string variable(const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr ? value : "";
}

std::vector<std::string> addresses(const ModelEntry& entry) {
    std::vector<std::string> all;
    if (std::string mirror = variable("CLOSET_MODELS_MIRROR"); !mirror.empty()) {
        if (!mirror.starts_with("http://") && !mirror.starts_with("https://")) {
            throw ConfigError(fmt::format(
                "CLOSET_MODELS_MIRROR={}: not an address that begins with http:// or https://",
                mirror));
        }
        all.push_back(mirror + (mirror.ends_with('/') ? "" : "/") + entry.file);
    }
    if (!entry.url.empty()) {
        all.push_back(entry.url);
    }
    all.insert(all.end(), entry.mirrors.begin(), entry.mirrors.end());
    return all;
}

std::string host_of(const std::string& url) {
    const std::string shown = shown_address(url);
    const auto begin = shown.find("://") + 3;
    return shown.substr(begin, shown.find_first_of("/?#", begin) - begin);
}

void remove_if_empty(const NewFile& part) {
    if (part.size() == 0) {
        fs::remove(part.partial());
    }
}

class Fetch {
  public:
    Fetch(const ModelStore& store, const ModelEntry& entry, const FetchOptions& options)
        : store_(store), entry_(entry), path_(store.path_of(entry)) {
        download_.limit = entry.size > 0 ? entry.size : kLargestModel;
        download_.connect_timeout = options.connect_timeout;
        download_.stall_timeout = options.stall_timeout;
        download_.progress = options.progress;
    }

    FetchEnd run(const std::vector<std::string>& urls) {
        std::string reasons;
        for (const std::string& url : urls) {
            try {
                return from(url);
            } catch (const DownloadFailure& failure) {
                const std::string reason = fmt::format("{}: {}", host_of(url), failure.what());
                if (reasons.find(reason) == std::string::npos) {
                    reasons += (reasons.empty() ? "" : ", ") + reason;
                }
            }
        }
        throw ModelError(fmt::format(
            "cannot fetch the model {} ({}): {}, or give it to `closet models import FILE`",
            entry_.name, reasons, by_hand(entry_, path_)));
    }

  private:
    FetchEnd from(const std::string& url) {
        for (int attempt = 1;; ++attempt) {
            NewFile part(path_, {.ending = ".part", .follow = false, .resume = true});
            const std::uint64_t before = part.size();
            try {
                const bool is_complete = entry_.size > 0 && before == entry_.size;
                if (!is_complete && download(url, part, download_) == DownloadEnd::kStopped) {
                    remove_if_empty(part);
                    return FetchEnd::kStopped;
                }
                const std::string hash = sha256_of_file(part.partial());
                if (is_file_of(entry_, part.size(), hash)) {
                    place(store_, entry_, part);
                    forget_own(store_, entry_.name);
                    return FetchEnd::kFetched;
                }
                const std::uint64_t size = part.size();
                part.clear();
                // What was there before may have been the wrong half.
                throw DownloadFailure(
                    fmt::format("its file has {} bytes and the sha256 {}", size, hash), before > 0);
            } catch (const DownloadFailure& failure) {
                if (!failure.may_continue || attempt == kMostAttempts) {
                    remove_if_empty(part);
                    throw;
                }
            }
        }
    }

    const ModelStore& store_;
    const ModelEntry& entry_;
    fs::path path_;
    DownloadOptions download_;
};

}  // namespace

FetchEnd fetch_model(const ModelStore& store, std::string_view name, const FetchOptions& options) {
    const ModelEntry* const entry = store.published(name);
    if (entry == nullptr) {
        throw ModelError(fmt::format("the model {} was imported, so there is no address for it",
                                     store.model(name).name));
    }
    if (entry->is_by_hand()) {
        store.find(name);
        return FetchEnd::kPresent;
    }
    const auto is_ready = [&] { return store.check(*entry).state == FileCheck::State::kReady; };
    const fs::path path = store.path_of(*entry);
    if (is_ready()) {
        forget_own(store, name);
        return FetchEnd::kPresent;
    }
    const std::string offline = variable("CLOSET_OFFLINE");
    if (options.offline || !(offline.empty() || offline == "0")) {
        throw ModelError(fmt::format(
            "the model {} is missing and the network is off limits ({} or CLOSET_OFFLINE): {}",
            name, flags::kOffline, by_hand(*entry, path)));
    }
    const std::vector<std::string> urls = addresses(*entry);
    if (urls.empty()) {
        throw ModelError(fmt::format("the manifest has no address for the model {}", name));
    }
    std::error_code error;
    fs::create_directories(store.folder(), error);  // the lock says what is wrong with it
    const FileLock lock(path, [&] { return !options.waiting || options.waiting(); });
    if (!lock.held()) {
        return FetchEnd::kStopped;
    }
    if (is_ready()) {
        return FetchEnd::kPresent;  // by whoever held the lock
    }
    return Fetch(store, *entry, options).run(urls);
}

}  // namespace closet
