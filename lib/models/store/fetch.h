#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

#include "models/store/model_store.h"

namespace closet {

struct FetchOptions {
    bool offline = false;  ///< never touch the network; $CLOSET_OFFLINE says so, too, unless 0
    std::chrono::seconds connect_timeout{15};
    std::chrono::seconds stall_timeout{30};
    /// Told how many bytes there are and will be (0: unknown), some times a second; returning false
    /// ends the call and leaves what came for the next one.
    std::function<bool(std::uint64_t done, std::uint64_t total)> progress;
    /// Told that another process holds the model's lock, some times a second; the same.
    std::function<bool()> waiting;
};

enum class FetchEnd { kFetched, kPresent, kStopped };

/// Brings a published model into the store: verified, under its name, once even where several
/// processes ask for it at the same time. Addresses are tried in this order:
///   1. $CLOSET_MODELS_MIRROR/FILE, FILE being the name in the models folder (so that a copy of
///   such
///      a folder behind any web server is a mirror)
///   2. url
///   3. mirrors
/// A broken connection is taken up again where it stopped; a file of another hash is thrown away.
/// One that has no published hash (ModelEntry::is_by_hand) is never fetched: kPresent where it was
/// imported, else ModelError that says how. Throws ModelError with one sentence that has every
/// address's reason, the address, the hash and where to put the file by hand; ConfigError for an
/// unusable $CLOSET_MODELS_MIRROR.
FetchEnd fetch_model(const ModelStore& store, std::string_view name,
                     const FetchOptions& options = {});

}  // namespace closet
