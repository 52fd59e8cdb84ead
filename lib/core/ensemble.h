#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/garment.h"

namespace closet {

/// Garments that are worn together, from the innermost outwards: trousers or a skirt, what covers
/// the torso, outerwear. Tops are worn over what is on the legs unless they are tucked in.
class Ensemble {
  public:
    Ensemble() = default;
    Ensemble(std::nullptr_t) {}
    /// One garment, or nothing where it is null. Not explicit: a garment alone is one.
    Ensemble(std::shared_ptr<const Garment> garment);
    Ensemble(const std::shared_ptr<Garment>& garment)
        : Ensemble(std::shared_ptr<const Garment>(garment)) {}
    /// In any order, none null. Throws ConfigError where two cover the same part of the body.
    explicit Ensemble(std::vector<std::shared_ptr<const Garment>> garments);

    bool operator==(const Ensemble&) const = default;  ///< the same garments, not alike ones

    /// Their names from the innermost outwards, "trousers+top"; empty where nothing is worn.
    std::string name() const;

    bool empty() const { return garments_.empty(); }
    std::size_t size() const { return garments_.size(); }
    auto begin() const { return garments_.begin(); }
    auto end() const { return garments_.end(); }

    /// The same with the top under what is on the legs.
    Ensemble tucked() const;

  private:
    std::vector<std::shared_ptr<const Garment>> garments_;
};

}  // namespace closet
