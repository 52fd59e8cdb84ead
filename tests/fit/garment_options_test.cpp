// What -g and --kind mean, for every command that dresses somebody.
#include "fit/garment_options.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace closet {
namespace {

class Files {
  public:
    explicit Files(const std::vector<std::string>& names) {
        for (const std::string& name : names) {
            std::ofstream(folder_ / name) << "x";
        }
    }
    std::string at(const std::string& name) const { return folder_ / name; }

  private:
    test::TemporaryFolder folder_;
};

/// The paths of each outfit; names without a folder stand in the folder of `files`.
std::vector<std::vector<std::string>> read(const Files& files,
                                           const std::vector<std::string>& garments) {
    GarmentOptions options;
    for (const std::string& text : garments) {
        options.garments.push_back(files.at(text));
    }
    std::vector<std::vector<std::string>> names;
    for (const OutfitChoice& outfit : outfits_of(options)) {
        names.emplace_back();
        for (const GarmentChoice& garment : outfit) {
            CHECK_FALSE(garment.kind);
            names.back().push_back(std::filesystem::path(garment.path).filename().string());
        }
    }
    return names;
}

using Outfits = std::vector<std::vector<std::string>>;

TEST_CASE("garments: each -g is an outfit, whose files a plus joins") {
    const Files files({"top.jpg", "jeans.jpg", "dress.jpg"});
    CHECK(read(files, {}) == Outfits{});
    CHECK(read(files, {"top.jpg", "dress.jpg"}) == Outfits{{"top.jpg"}, {"dress.jpg"}});
    CHECK(read(files, {"top.jpg+" + files.at("jeans.jpg"), "dress.jpg"}) ==
          Outfits{{"top.jpg", "jeans.jpg"}, {"dress.jpg"}});
    GarmentOptions both;
    both.garments = {files.at("top.jpg") + "+" + files.at("jeans.jpg"), files.at("dress.jpg")};
    CHECK(outfit_of(both).size() == 3);
}

TEST_CASE("garments: a name that holds a plus is one where such a file exists") {
    const Files files({"a+b.jpg", "a", "b.jpg", "c++.png", "d.jpg"});
    const std::string b = files.at("b.jpg"), d = files.at("d.jpg");
    CHECK(read(files, {"a+b.jpg"}) == Outfits{{"a+b.jpg"}});
    CHECK(read(files, {"a+" + d}) == Outfits{{"a", "d.jpg"}});
    CHECK(read(files, {"a+b.jpg+" + d}) == Outfits{{"a+b.jpg", "d.jpg"}});
    CHECK(read(files, {"d.jpg+" + files.at("c++.png") + "+" + b}) ==
          Outfits{{"d.jpg", "c++.png", "b.jpg"}});
    // None of them is there: one name, for the message to tell.
    CHECK(read(files, {"no+shirt.jpg"}) == Outfits{{"no+shirt.jpg"}});
    // Some are: the one that is not is told by itself.
    CHECK(read(files, {"d.jpg+gone.jpg"}) == Outfits{{"d.jpg", "gone.jpg"}});
    CHECK_THROWS_WITH_AS(read(files, {"d.jpg+"}), doctest::Contains("a garment is missing"),
                         ConfigError);
    CHECK_THROWS_AS(read(files, {"d.jpg++" + b}), ConfigError);
}

TEST_CASE("garments: kinds belong to the garments in their order") {
    const Files files({"top.jpg", "wrap.jpg", "dress.jpg"});
    GarmentOptions options;
    options.garments = {files.at("top.jpg") + "+" + files.at("wrap.jpg"), files.at("dress.jpg")};
    for (const std::vector<std::string>& kinds : {std::vector<std::string>{"auto+skirt+dress"},
                                                  {"auto+skirt", "dress"},
                                                  {"auto", "skirt", "dress"}}) {
        options.kinds = kinds;
        const auto outfits = outfits_of(options);
        CHECK_FALSE(outfits[0][0].kind);
        CHECK(outfits[0][1].kind == GarmentKind::kSkirt);
        CHECK(outfits[1][0].kind == GarmentKind::kDress);
    }
    options.kinds = {"skirt"};
    CHECK_THROWS_WITH_AS(outfits_of(options), doctest::Contains("differ in number, 1 and 3"),
                         ConfigError);
    options.kinds = {"top+skirt+gown"};
    CHECK_THROWS_WITH_AS(outfits_of(options),
                         doctest::Contains("--kind gown: there is no such kind; choose auto, top"),
                         ConfigError);
}

}  // namespace
}  // namespace closet
