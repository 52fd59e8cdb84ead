#include "core/ensemble.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"

using namespace closet;

namespace {

std::shared_ptr<const Garment> piece(const std::string& name, GarmentKind kind) {
    auto garment = std::make_shared<Garment>();
    garment->name = name;
    garment->kind = kind;
    return garment;
}

std::string names_of(const Ensemble& worn) {
    std::string names;
    for (const auto& garment : worn) {
        names += garment->name + " ";
    }
    return names;
}

}  // namespace

TEST_CASE("garments are worn from the innermost outwards, in whatever order they are given") {
    const auto top = piece("top", GarmentKind::kTop);
    const auto jeans = piece("jeans", GarmentKind::kTrousers);
    const auto coat = piece("coat", GarmentKind::kOuterwear);
    for (const auto& given : {std::vector{top, jeans, coat}, std::vector{coat, top, jeans}}) {
        const Ensemble worn(given);
        CHECK(worn.size() == 3);
        CHECK(names_of(worn) == "jeans top coat ");
        CHECK(names_of(worn.tucked()) == "top jeans coat ");
        CHECK(worn.name() == "jeans+top+coat");
        CHECK(worn == Ensemble(std::vector{jeans, coat, top}));
        CHECK_FALSE(worn == Ensemble(top));
    }
    CHECK(names_of(Ensemble(top)) == "top ");
    CHECK(Ensemble(nullptr).empty());
    CHECK(Ensemble(std::shared_ptr<const Garment>()).empty());
}

TEST_CASE("two garments of the same part of the body are refused by name") {
    const auto top = piece("blouse", GarmentKind::kTop);
    const auto dress = piece("gown", GarmentKind::kDress);
    const auto skirt = piece("kilt", GarmentKind::kSkirt);
    for (const auto& given : {std::vector{top, dress}, std::vector{skirt, dress},
                              std::vector{top, piece("shirt", GarmentKind::kTop)}}) {
        CHECK_THROWS_AS(Ensemble{given}, ConfigError);
    }
    try {
        const Ensemble both(std::vector{skirt, piece("jeans", GarmentKind::kTrousers)});
        FAIL("worn together");
    } catch (const ConfigError& error) {
        const std::string what = error.what();
        CHECK(what.find("kilt") != std::string::npos);
        CHECK(what.find("jeans") != std::string::npos);
        CHECK(what.find("the legs") != std::string::npos);
    }
    CHECK(Ensemble(std::vector{dress, piece("coat", GarmentKind::kOuterwear)}).size() == 2);
}
