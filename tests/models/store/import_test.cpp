#include "models/store/import.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "core/error.h"
#include "models/store/fetch.h"
#include "models/store/store_fixture.h"
#include "models/store/versions.h"

using namespace closet;
namespace fs = std::filesystem;

namespace {

/// A store and a folder from which files are imported.
struct ImportFixture : test::StoreFixture {
    std::string file(const std::string& name, const std::string& bytes) const {
        test::write_file(source / name, bytes);
        return source / name;
    }
    ModelEntry import(const std::string& path, const ImportOptions& options = {}) {
        return import_model(store(), path, options);
    }
    ModelEntry import_as(const std::string& path, const std::string& name) {
        ImportOptions options;
        options.name = name;
        return import(path, options);
    }

    test::TemporaryFolder source;
};

}  // namespace

TEST_SUITE("import") {
    TEST_CASE("a model of the manifest is known by its hash under any file name") {
        ImportFixture fixture;
        CHECK(fixture.import(fixture.file("download (1)", "abc")).name == "tiny");
        CHECK(fixture.import_as(fixture.file("x.pth", "needy"), "needy").file == "needy.pth");
        CHECK(fixture.files() == "needy.pth tiny.tflite");
        CHECK(fixture.store().find("needy") == fixture.folder / "needy.pth");
        CHECK(fixture.import(fixture.source / "x.pth").name == "needy");
        CHECK(fixture.files() == "needy.pth tiny.tflite");
    }

    TEST_CASE("a file that lies in the models folder already is only verified") {
        ImportFixture fixture;
        test::write_file(fixture.folder / "tiny.tflite", "abc");
        CHECK(fixture.import(fixture.folder / "tiny.tflite").name == "tiny");
        CHECK(fixture.files() == "tiny.tflite");
    }

    TEST_CASE("a damaged file is refused and leaves nothing") {
        ImportFixture fixture;
        CHECK_THROWS_WITH_AS(fixture.import(fixture.file("tiny.tflite", "abd")),
                             doctest::Contains("tiny.tflite is damaged or another version: it has "
                                               "3 bytes and the sha256 a52d159f"),
                             ModelError);
        CHECK_THROWS_WITH_AS(fixture.import_as(fixture.source / "tiny.tflite", "tiny"),
                             doctest::Contains("is not the model tiny"), ModelError);
        CHECK_THROWS_WITH_AS(fixture.import_as(fixture.file("abc", "abc"), "needy"),
                             doctest::Contains("is the model tiny, not needy"), ModelError);
        CHECK_THROWS_WITH_AS(fixture.import(fixture.file("empty.pth", "")),
                             doctest::Contains("give --name NAME"), ModelError);
        CHECK(fixture.files().empty());
    }

    TEST_CASE("what cannot be read is refused") {
        ImportFixture fixture;
        CHECK_THROWS_WITH_AS(fixture.import(fixture.source / "none.pth"),
                             doctest::Contains("No such file"), ModelError);
        CHECK_THROWS_WITH_AS(fixture.import(fixture.source.path().string()),
                             doctest::Contains("not a regular file"), ModelError);
        CHECK_THROWS_WITH_AS(fixture.import("/dev/zero"), doctest::Contains("not a regular file"),
                             ModelError);
    }

    TEST_CASE("a file of one's own is kept under a name of one's own") {
        ImportFixture fixture;
        const std::string tuned = fixture.file("tuned.pth", "tuned");
        CHECK_THROWS_WITH_AS(fixture.import(tuned), doctest::Contains("no model that is known"),
                             ModelError);
        ImportOptions options;
        options.name = "ours";
        options.recognize = [](const fs::path& path) {
            CHECK(path.filename() == "tuned.pth");
            return "RTMPose \"s\"\n";
        };
        CHECK(fixture.import(tuned, options).purpose == "RTMPose \"s\"?, imported from tuned.pth");
        CHECK(fixture.files() == "ours.pth own-models.toml");
        const ModelStore store = fixture.store();
        CHECK(store.find("ours") == fixture.folder / "ours.pth");
        CHECK(store.models().size() == 3);
        CHECK(store.is_own(store.model("ours")));
        CHECK(store.published("ours") == nullptr);
        CHECK(store.model("ours").size == 5);
        test::write_file(fixture.folder / "ours.pth", "tunes");
        CHECK_THROWS_WITH_AS(fixture.store().find("ours"),
                             doctest::Contains("closet models import FILE --name ours"),
                             ModelError);
    }

    TEST_CASE(
        "a model without a published hash is imported under its name and must stay the same") {
        ImportFixture fixture;
        ModelEntry unhashed;
        unhashed.name = "unhashed";
        unhashed.file = "unhashed.pth";
        unhashed.page = "https://there/page";
        unhashed.page_file = "seg_final.pth";
        unhashed.license = "CC-BY-NC-4.0";
        unhashed.groups = {"all"};
        fixture.entries.push_back(unhashed);
        const auto how = doctest::Contains(
            "get seg_final.pth from https://there/page and run `closet models import seg_final.pth "
            "--name unhashed`");
        CHECK_THROWS_WITH_AS(fixture.store().find("unhashed"), how, ModelError);
        CHECK_THROWS_WITH_AS(fetch_model(fixture.store(), "unhashed"), how, ModelError);

        // Either format will do.
        fixture.import_as(fixture.file("seg_final.safetensors", "first"), "unhashed");
        CHECK(fixture.files() == "own-models.toml unhashed.safetensors");
        const ModelEntry kept = fixture.store().model("unhashed");
        CHECK(kept.license == "CC-BY-NC-4.0");
        CHECK(kept.groups == unhashed.groups);
        CHECK_FALSE(kept.is_by_hand());
        CHECK(fetch_model(fixture.store(), "unhashed") == FetchEnd::kPresent);
        fixture.import_as(fixture.file("seg_final.safetensors", "second"), "unhashed");
        CHECK(fixture.read("unhashed.safetensors.previous") == "first");
        restore_previous(fixture.store(), "unhashed");
        CHECK(fixture.store().find("unhashed") == fixture.folder / "unhashed.safetensors");
        CHECK(fixture.read("unhashed.safetensors") == "first");

        test::write_file(fixture.folder / "unhashed.safetensors", "other");
        CHECK_THROWS_WITH_AS(fixture.store().find("unhashed"), doctest::Contains("has the sha256"),
                             ModelError);
        remove_model(fixture.store(), "unhashed", false);
        CHECK(fixture.files().empty());
    }

    TEST_CASE("a file of one's own that is no model is refused") {
        ImportFixture fixture;
        ImportOptions options;
        options.name = "ours";
        options.recognize = [](const fs::path&) -> std::string {
            throw ModelError("this is a poem");
        };
        CHECK_THROWS_WITH_AS(fixture.import(fixture.file("tuned.pth", "tuned"), options),
                             "this is a poem", ModelError);
        CHECK_THROWS_WITH_AS(fixture.import_as(fixture.file("tuned.txt", "tuned"), "ours"),
                             doctest::Contains("ends with .tflite"), ModelError);
        CHECK(fixture.files().empty());
    }

    TEST_CASE("a name that cannot be had is refused") {
        ImportFixture fixture;
        const std::string tuned = fixture.file("tuned.pth", "tuned");
        CHECK_THROWS_AS(fixture.import_as(tuned, "../ours"), ConfigError);
        CHECK_THROWS_AS(fixture.import_as(tuned, ""), ConfigError);
        fixture.entries[1].file = "ours.pth";
        CHECK_THROWS_WITH_AS(fixture.import_as(tuned, "ours"),
                             doctest::Contains("belongs to the model needy"), ConfigError);
        fixture.import_as(tuned, "mine");
        CHECK_THROWS_WITH_AS(fixture.import_as(fixture.file("tuned.pt", "more"), "mine"),
                             doctest::Contains("remove that model first"), ConfigError);
    }

    TEST_CASE("a second import under one name keeps the first as the previous version") {
        ImportFixture fixture;
        fixture.import_as(fixture.file("tuned.pth", "tuned"), "ours");
        fixture.import_as(fixture.file("tuned.pth", "tuned more"), "ours");
        CHECK(fixture.files() == "ours.pth ours.pth.previous own-models.toml");
        CHECK(fixture.read("ours.pth.previous") == "tuned");
        CHECK(fixture.store().find("ours") == fixture.folder / "ours.pth");
        CHECK(fixture.store().models().size() == 3);
    }

    TEST_CASE("a broken list of the user's own is told by name and line") {
        ImportFixture fixture;
        test::write_file(fixture.folder / "own-models.toml", "[[model]]\nname = 3\n");
        CHECK_THROWS_WITH_AS(fixture.store(), doctest::Contains("own-models.toml line 2"),
                             ModelError);
    }
}
