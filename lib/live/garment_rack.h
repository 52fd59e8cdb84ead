#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/ensemble.h"
#include "core/garment.h"

namespace closet {

/// The looks of a live run, each an outfit: prepared ahead on a thread of the rack's own, the one
/// that is worn first, then its neighbors, then the rest, so that switching does not wait. `worn`
/// may be asked from any thread; the rest is for one.
class GarmentRack {
  public:
    using Load = std::function<std::shared_ptr<const Garment>(const GarmentChoice& garment)>;

    /// `looks`: what is worn together; a folder stands for the pictures in it, by name, each of
    /// which makes a look of its own with the rest. The first look is loaded before this returns;
    /// throws as `load` and Ensemble do where none can be, and ConfigError for a path that is
    /// absent or a folder without pictures. Others that cannot be loaded are left out with one
    /// warning each. At most `kKept` are kept in memory, those nearest to the worn one; a garment
    /// of several of these is loaded once.
    GarmentRack(const std::vector<OutfitChoice>& looks, Load load);
    ~GarmentRack();
    GarmentRack(const GarmentRack&) = delete;
    GarmentRack& operator=(const GarmentRack&) = delete;
    GarmentRack(GarmentRack&&) = delete;
    GarmentRack& operator=(GarmentRack&&) = delete;

    static constexpr std::size_t kKept = 16;

    /// Looks that can be worn, as far as is known.
    std::size_t size() const;

    /// Asks for the look `steps` further on (negative: back), around the end. It is worn as soon as
    /// it is ready; until then the old one stays.
    void step(int steps);

    /// What to wear now; never blocks for long, never empty once constructed with a look. Empty
    /// where there were none.
    Ensemble worn() const;

    /// Name of the look that was asked for and is still being prepared; empty: none.
    std::string awaited() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace closet
