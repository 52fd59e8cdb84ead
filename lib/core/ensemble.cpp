#include "core/ensemble.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

/// Parts of the body that a garment takes up: of each there is one.
struct TakenPart {
    std::string_view name;
    bool (*is_taken)(GarmentKind kind);
};
constexpr std::array kTakenParts{
    TakenPart{
        "the torso",
        [](GarmentKind kind) { return covers_torso(kind) && kind != GarmentKind::kOuterwear; }},
    TakenPart{"the legs", [](GarmentKind kind) { return has_legs(kind) || has_skirt(kind); }},
    TakenPart{"what is worn outermost",
              [](GarmentKind kind) { return kind == GarmentKind::kOuterwear; }},
};

/// From the innermost outwards.
int depth_of(GarmentKind kind, bool tucked) {
    return kind == GarmentKind::kOuterwear ? 3 : !covers_torso(kind) ? (tucked ? 2 : 0) : 1;
}

void order(std::vector<std::shared_ptr<const Garment>>& garments, bool tucked) {
    std::stable_sort(garments.begin(), garments.end(), [&](const auto& a, const auto& b) {
        return depth_of(a->kind, tucked) < depth_of(b->kind, tucked);
    });
}

}  // namespace

Ensemble::Ensemble(std::shared_ptr<const Garment> garment) {
    if (garment) {
        garments_.push_back(std::move(garment));
    }
}

Ensemble::Ensemble(std::vector<std::shared_ptr<const Garment>> garments)
    : garments_(std::move(garments)) {
    for (const TakenPart& part : kTakenParts) {
        const Garment* taken = nullptr;
        for (const auto& garment : garments_) {
            if (!part.is_taken(garment->kind)) {
                continue;
            }
            if (taken != nullptr) {
                throw ConfigError(fmt::format(
                    "the garments '{}' and '{}' cannot be worn together, both cover {}: leave one "
                    "out, or say what they are with {}",
                    taken->name, garment->name, part.name, flags::kKind));
            }
            taken = garment.get();
        }
    }
    order(garments_, false);
}

std::string Ensemble::name() const {
    std::string name;
    for (const auto& garment : garments_) {
        name += (name.empty() ? "" : "+") + garment->name;
    }
    return name;
}

Ensemble Ensemble::tucked() const {
    Ensemble result = *this;
    order(result.garments_, true);
    return result;
}

}  // namespace closet
