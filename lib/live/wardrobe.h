#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "core/garment.h"
#include "warp/warp.h"

namespace closet {

/// What is worn and how.
struct Outfit {
    std::shared_ptr<const Garment> garment;  ///< null: nothing
    std::string warp;
    bool skeleton = false;

    bool operator==(const Outfit&) const = default;
};

/// Prepares warps away from the rendering thread, so that another garment or warp costs no frame.
class Wardrobe {
  public:
    /// options: of all looks, but for what a look says itself.
    explicit Wardrobe(const WarpOptions& options) : options_(options) {}

    /// The warp of a look, made now. Throws as Warp does.
    std::shared_ptr<Warp> make(const Outfit& look) const;

    /// Asks for a look; a later wish replaces one that waits. Never blocks for long.
    void wish(const Outfit& look);

    struct Ready {
        Outfit look;
        std::shared_ptr<Warp> warp;  ///< null: it cannot be worn
        std::string problem;         ///< then why, one sentence
    };
    /// What was wished for, once, as soon as it is ready.
    std::optional<Ready> take();

    /// The body of the thread that prepares; returns when a stop is requested.
    void work(const std::stop_token& stop);

  private:
    const WarpOptions options_;
    std::mutex mutex_;
    std::condition_variable_any wished_;
    std::optional<Outfit> wish_;
    std::optional<Ready> ready_;
};

}  // namespace closet
