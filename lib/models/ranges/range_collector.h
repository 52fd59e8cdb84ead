#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "models/network.h"
#include "models/ranges/range_table.h"

namespace closet {

/// Measures the ranges of all networks that it sees at work, of each in its first kMostPictures.
/// Graphs that the own kernels do not serve are left out.
class RangeCollector final : public InputWatcher {
  public:
    static constexpr int kMostPictures = 300;

    struct Measured {
        std::string network;  ///< its name, the file
        int pictures = 0;
        RangeTable ranges;
    };

    RangeCollector();
    ~RangeCollector() override;
    RangeCollector(const RangeCollector&) = delete;
    RangeCollector& operator=(const RangeCollector&) = delete;
    RangeCollector(RangeCollector&&) = delete;
    RangeCollector& operator=(RangeCollector&&) = delete;

    /// Each network's so far.
    std::vector<Measured> measured() const;

    void see(const NetworkGraph& graph, std::span<const float> picture) override;

  private:
    struct Meter;
    mutable std::mutex mutex_;
    std::map<const NetworkGraph*, std::unique_ptr<Meter>> meters_;
};

}  // namespace closet
