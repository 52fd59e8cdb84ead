#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/garment.h"

namespace closet {

/// True where `a` comes before `b` for a person: numbers in names by their value ("2" before "10"),
/// letters without regard to case.
bool natural_less(const std::string& a, const std::string& b);

/// The garment files that `paths` name: folders stand for the pictures directly in them (PNG, JPEG,
/// WebP, TIFF by their endings, hidden files left out) in natural order. Throws ConfigError for a
/// path that is absent or cannot be read, and for a folder without pictures.
std::vector<std::filesystem::path> garment_files(const std::vector<std::string>& paths);

/// The garments of a live run: prepared ahead on a thread of the rack's own, the one that is worn
/// first, then its neighbors, then the rest, so that switching does not wait. `worn` may be asked
/// from any thread; the rest is for one.
class GarmentRack {
  public:
    using Load = std::function<std::shared_ptr<const Garment>(const std::string& path)>;

    /// `paths`: garment files; folders stand for the pictures in them, by name. The first garment
    /// is loaded before this returns; throws as `load` does where none can be, and ConfigError for
    /// a path that is absent or a folder without pictures. Others that cannot be loaded are left
    /// out with one warning each. At most `kKept` are kept in memory, those nearest to the worn
    /// one.
    GarmentRack(const std::vector<std::string>& paths, Load load);
    ~GarmentRack();
    GarmentRack(const GarmentRack&) = delete;
    GarmentRack& operator=(const GarmentRack&) = delete;
    GarmentRack(GarmentRack&&) = delete;
    GarmentRack& operator=(GarmentRack&&) = delete;

    static constexpr std::size_t kKept = 16;

    /// Garments that can be worn, as far as is known.
    std::size_t size() const;

    /// Asks for the garment `steps` further on (negative: back), around the end. It is worn as soon
    /// as it is ready; until then the old one stays.
    void step(int steps);

    /// The garment to wear now; never blocks, never null once constructed with a path. Null where
    /// `paths` was empty.
    std::shared_ptr<const Garment> worn() const;

    /// Name of the garment that was asked for and is still being prepared; empty: none.
    std::string awaited() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace closet
