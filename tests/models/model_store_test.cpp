#include "models/store/model_store.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "core/error.h"
#include "models/store/manifest.h"
#include "support/temporary_folder.h"

using namespace closet;

namespace {

// Sets an environment variable (or removes it) until the end of the scope.
class Variable {
  public:
    Variable(const char* name, const std::optional<std::string>& value) : name_(name) {
        if (const char* old = std::getenv(name)) {
            old_ = old;
        }
        set(value);
    }
    ~Variable() { set(old_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    Variable(Variable&&) = delete;
    Variable& operator=(Variable&&) = delete;

  private:
    void set(const std::optional<std::string>& value) {
        value ? setenv(name_, value->c_str(), 1) : unsetenv(name_);
    }
    const char* name_;
    std::optional<std::string> old_;
};

constexpr const char* kEntry = R"([[model]]
name = "tiny"
file = "tiny.tflite"
source = "a package"
path = "inside"
size = 3
sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
licence = "MIT"
input = "1x1"
skeleton = ""
purpose = "tests"
setup = false
)";

std::string changed(const std::string& from, const std::string& to) {
    std::string text = kEntry;
    return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_SUITE("model store") {
    TEST_CASE("the manifest knows the four BlazePose models and their hashes") {
        REQUIRE(known_models().size() == 4);
        CHECK(known_model("pose_landmark_full").size == 6440512);
        CHECK(known_model("pose_detection").sha256 ==
              "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c");
        CHECK(known_model("pose_landmark_heavy").setup == false);
        CHECK_THROWS_WITH_AS(known_model("pose"), doctest::Contains("pose_landmark_lite"),
                             ModelError);
    }

    TEST_CASE("the folder follows the environment") {
        {
            const Variable models("CLOSET_MODELS", "/somewhere/models");
            CHECK(models_folder() == "/somewhere/models");
        }
        const Variable models("CLOSET_MODELS", std::nullopt);
        const Variable home("HOME", "/home/somebody");
        {
            const Variable cache("XDG_CACHE_HOME", "/cache");
            CHECK(models_folder() == "/cache/closet/models");
        }
        const Variable cache("XDG_CACHE_HOME", "");
        CHECK(models_folder() == "/home/somebody/.cache/closet/models");
        const Variable nobody("HOME", std::nullopt);
        CHECK_THROWS_WITH_AS(models_folder(), doctest::Contains("CLOSET_MODELS"), ConfigError);
    }

    TEST_CASE("an absent or wrong file is refused with the remedy") {
        const test::TemporaryFolder temporary;
        const std::filesystem::path folder = temporary.path();
        const Variable models("CLOSET_MODELS", folder.string());
        CHECK_THROWS_WITH_AS(find_model("pose_detection"), doctest::Contains("run scripts/setup"),
                             ModelError);
        CHECK_THROWS_WITH_AS(
            find_model("pose_landmark_lite"),
            doctest::Contains("f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61"),
            ModelError);
        std::ofstream(folder / "pose_detection.tflite") << "short";
        CHECK_THROWS_WITH_AS(find_model("pose_detection"), doctest::Contains("has 5 bytes"),
                             ModelError);
        std::filesystem::resize_file(folder / "pose_detection.tflite", 2959046);
        CHECK_THROWS_WITH_AS(find_model("pose_detection"), doctest::Contains("has the sha256"),
                             ModelError);
    }

    TEST_CASE("a manifest entry is read field by field") {
        const auto entries = parse_manifest(std::string("# comment\n\n") + kEntry + kEntry);
        REQUIRE(entries.size() == 2);
        CHECK(entries[0].name == "tiny");
        CHECK(entries[0].size == 3);
        CHECK(entries[0].path == "inside");
        CHECK(entries[0].skeleton.empty());
        CHECK(entries[1].licence == "MIT");
    }

    TEST_CASE("a broken manifest is refused with its line") {
        const auto refused = [](const std::string& text, const char* why) {
            CHECK_THROWS_WITH_AS(parse_manifest(text), doctest::Contains(why), ModelError);
        };
        refused("name = \"x\"\n", "line 1: expected [[model]]");
        refused("[model]\n", "line 1");
        refused(changed("size = 3", "size = three"), "line 6: size needs a whole number");
        refused(changed("size = 3", "sise = 3"), "line 6: sise = 3 is not understood");
        refused(changed("setup = false", "setup = no"), "line 12");
        refused(changed("\"MIT\"", "MIT"), "licence needs a plain string");
        refused(changed("\"MIT\"", "\"M\\nT\""), "licence needs a plain string");
        refused(changed("file =", "name ="), "name is given twice");
        refused(changed("purpose = \"tests\"\n", ""), "lacks a key");
        refused(changed("ba7816", "BA7816"), "not 64 hex digits");
    }
}
