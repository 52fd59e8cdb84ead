#include "models/store/versions.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include <unistd.h>

#include "core/error.h"
#include "models/store/import.h"
#include "models/store/store_fixture.h"
#include "support/full_disk.h"

using namespace closet;
namespace fs = std::filesystem;

namespace {

FileCheck::State state(const test::StoreFixture& fixture, const char* name) {
    const ModelStore store = fixture.store();
    return store.check(store.model(name)).state;
}

}  // namespace

TEST_SUITE("versions") {
    TEST_CASE("the previous version comes back and the way back is the same") {
        test::StoreFixture fixture;
        test::write_file(fixture.folder / "tiny.tflite", "abc");
        test::write_file(fixture.folder / "tiny.tflite.previous", "older");
        restore_previous(fixture.store(), "tiny");
        CHECK(fixture.read("tiny.tflite") == "older");
        CHECK(fixture.read("tiny.tflite.previous") == "abc");
        CHECK(fixture.files() == "own-models.toml tiny.tflite tiny.tflite.previous");
        // The older one is what loading takes from now on, and damage to it is seen.
        CHECK(fixture.store().find("tiny") == fixture.folder / "tiny.tflite");
        CHECK(fixture.store().is_own(fixture.store().model("tiny")));
        test::write_file(fixture.folder / "tiny.tflite", "0lder");
        CHECK(state(fixture, "tiny") == FileCheck::State::kDamaged);
        restore_previous(fixture.store(), "tiny");
        CHECK(fixture.read("tiny.tflite") == "abc");
        CHECK(fixture.files() == "tiny.tflite tiny.tflite.previous");
        CHECK(state(fixture, "tiny") == FileCheck::State::kReady);
        CHECK_FALSE(fixture.store().is_own(fixture.store().model("tiny")));
    }

    TEST_CASE("a previous version comes back where the newer one is gone") {
        test::StoreFixture fixture;
        test::write_file(fixture.folder / "tiny.tflite.previous", "abc");
        restore_previous(fixture.store(), "tiny");
        CHECK(fixture.files() == "tiny.tflite");
        CHECK_THROWS_WITH_AS(restore_previous(fixture.store(), "tiny"),
                             doctest::Contains("no previous version of tiny"), ModelError);
        CHECK_THROWS_AS(restore_previous(fixture.store(), "nonesuch"), ConfigError);
    }

    TEST_CASE("importing the manifest's version ends the use of another one") {
        test::StoreFixture fixture;
        const test::TemporaryFolder source;
        test::write_file(source / "abc", "abc");
        test::write_file(fixture.folder / "tiny.tflite.previous", "older");
        restore_previous(fixture.store(), "tiny");
        CHECK(import_model(fixture.store(), source / "abc").name == "tiny");
        CHECK(fixture.files() == "tiny.tflite tiny.tflite.previous");
        CHECK(fixture.read("tiny.tflite.previous") == "older");
        CHECK(state(fixture, "tiny") == FileCheck::State::kReady);
    }

    TEST_CASE("a model that another needs is only removed by force") {
        test::StoreFixture fixture;
        test::write_file(fixture.folder / "tiny.tflite", "abc");
        test::write_file(fixture.folder / "tiny.tflite.previous", "old");
        test::write_file(fixture.folder / "tiny.tflite.part", "a");
        test::write_file(fixture.folder / "needy.pth", "needy");
        CHECK_THROWS_WITH_AS(remove_model(fixture.store(), "tiny", false),
                             doctest::Contains("tiny stays: needy cannot do without it"),
                             ModelError);
        CHECK(fixture.has("tiny.tflite"));
        remove_model(fixture.store(), "tiny", true);
        CHECK(fixture.files() == "needy.pth");
        remove_model(fixture.store(), "needy", false);
        CHECK(fixture.files().empty());
        CHECK_THROWS_WITH_AS(remove_model(fixture.store(), "needy", false),
                             doctest::Contains("is not at"), ModelError);
    }

    TEST_CASE("a model of one's own is removed with its name") {
        test::StoreFixture fixture;
        const test::TemporaryFolder source;
        test::write_file(source / "tuned.pth", "tuned");
        for (const char* name : {"ours", "theirs"}) {
            ImportOptions options;
            options.name = name;
            import_model(fixture.store(), source / "tuned.pth", options);
        }
        remove_model(fixture.store(), "ours", false);
        CHECK(fixture.files() == "own-models.toml theirs.pth");
        CHECK_THROWS_AS(fixture.store().model("ours"), ConfigError);
        fs::remove(fixture.folder / "theirs.pth");
        remove_model(fixture.store(), "theirs", false);
        CHECK(fixture.files().empty());
    }

    TEST_CASE("a full disk is told and leaves nothing under the final name") {
        test::StoreFixture fixture;
        const test::TemporaryFolder source;
        const std::string bytes(1 << 20, 'x');
        test::write_file(source / "tuned.pth", bytes);
        test::write_file(fixture.folder / "ours.pth", "before");
        ImportOptions options;
        options.name = "ours";
        {
            const test::FullDisk disk(1 << 16);
            CHECK_THROWS_WITH_AS(import_model(fixture.store(), source / "tuned.pth", options),
                                 doctest::Contains("ours.pth: File too large"), Error);
        }
        CHECK(fixture.files() == "ours.pth");
        CHECK(fixture.read("ours.pth") == "before");
    }

    TEST_CASE("a folder that cannot be written is told") {
        test::StoreFixture fixture;
        test::write_file(fixture.folder / "file", "");
        const ModelStore store(fixture.folder.path() / "file" / "models", fixture.entries);
        const test::TemporaryFolder source;
        test::write_file(source / "abc", "abc");
        CHECK_THROWS_WITH_AS(import_model(store, source / "abc"),
                             doctest::Contains("set CLOSET_MODELS to a folder of yours"),
                             ModelError);
        if (geteuid() != 0) {  // root may write anywhere
            fs::permissions(fixture.folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
            CHECK_THROWS_WITH_AS(import_model(fixture.store(), source / "abc"),
                                 doctest::Contains("Permission denied"), ModelError);
            fs::permissions(fixture.folder.path(), fs::perms::owner_all);
        }
    }
}
