#include "models/store/manifest.h"

#include <doctest/doctest.h>

#include <string>

#include "core/error.h"
#include "support/shell.h"

using namespace closet;

namespace {

constexpr const char* kEntry = R"([[model]]
name = "tiny"
file = "tiny.tflite"  # a comment
url = "https://here/tiny.tflite"
mirrors = [
    "http://there/tiny.tflite",
]
size = 3
sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
version = "1"
license = "MIT"
input = "1x1"
job = "pose"
purpose = "tests"
needs = ["other", "third"]
setup = true
)";

std::string changed(const std::string& from, const std::string& to) {
    std::string text = kEntry;
    return text.replace(text.find(from), from.size(), to);
}

void check_tiny(const ModelEntry& entry) {
    CHECK(entry.name == "tiny");
    CHECK(entry.file == "tiny.tflite");
    CHECK(entry.url == "https://here/tiny.tflite");
    CHECK(entry.mirrors == std::vector<std::string>{"http://there/tiny.tflite"});
    CHECK(entry.size == 3);
    CHECK(entry.sha256.starts_with("ba7816bf"));
    CHECK(entry.version == "1");
    CHECK(entry.license == "MIT");
    CHECK(entry.input == "1x1");
    CHECK(entry.skeleton.empty());
    CHECK(entry.job == "pose");
    CHECK(entry.purpose == "tests");
    CHECK(entry.needs == std::vector<std::string>{"other", "third"});
    CHECK(entry.setup);
}

}  // namespace

TEST_SUITE("manifest") {
    TEST_CASE("an entry is read key by key and written so that it reads the same") {
        const auto entries = parse_manifest(kEntry, "here");
        REQUIRE(entries.size() == 1);
        check_tiny(entries[0]);
        ModelEntry more = entries[0];
        more.name = "more";
        more.file = "more.pth";
        more.sha256.resize(12);
        more.purpose = "says \"so\" \\ = # ] '";
        const auto again = parse_manifest(to_toml(entries[0]) + "\n" + to_toml(more), "again");
        REQUIRE(again.size() == 2);
        check_tiny(again[0]);
        CHECK(again[1].sha256 == "ba7816bf8f01");
        CHECK(again[1].purpose == more.purpose);
        CHECK(parse_manifest("", "empty").empty());
    }

    TEST_CASE("a model that people get by hand has a page in place of address and hash") {
        const auto entries = parse_manifest(
            "[[model]]\nname = 'x'\nfile = 'x.pth'\npage = 'https://there'\npage_file = 'y.pth'\n",
            "here");
        REQUIRE(entries.size() == 1);
        CHECK(entries[0].is_by_hand());
        CHECK_FALSE(is_file_of(entries[0], 3, std::string(64, 'a')));
        CHECK(parse_manifest(to_toml(entries[0]), "here").at(0).page_file == "y.pth");
    }

    TEST_CASE("a broken manifest is refused with its name and line") {
        const auto refused = [](const std::string& text, const char* why) {
            CAPTURE(text);
            CHECK_THROWS_WITH_AS(parse_manifest(text, "list.toml"), doctest::Contains(why),
                                 ModelError);
        };
        refused("name = \"x\"\n", "list.toml line 1: 'name' is not a [[model]] table");
        refused("[model]\nname = 'x'\n", "line 1: 'model' is not a [[model]] table");
        refused("model = [1]\n", "line 1: 'model' is not a [[model]] table");
        refused("[[model]\n", "line 1: ");
        refused(changed("size = 3", "size = three"), "line 8: ");
        refused(changed("size = 3", "size = \"3\""), "line 8: size needs a whole number of bytes");
        refused(changed("size = 3", "size = 0"), "line 8: size needs");
        refused(changed("size = 3", "size = -3"), "line 8: size needs");
        refused(changed("size = 3", "sise = 3"), "line 8: the key sise is not understood");
        refused(changed("setup = true", "setup = 1"), "line 16: the key setup");
        refused(changed("\"MIT\"", "7"), "license needs one line of text");
        refused(changed("\"MIT\"", "\"M\\nT\""), "license needs one line of text");
        refused(changed("license", "name"), "line 11: ");
        refused(changed("[\"other\", \"third\"]", "\"other\""), "needs needs a list");
        refused(changed("\"third\"", "3"), "needs needs one line of text");
        refused(changed("ba7816", "BA7816"), "needs a sha256 of 64 hex digits");
        refused(changed("20015ad\"", "20015\""), "needs a sha256 of 64 hex digits");
        refused(changed("name = \"tiny\"\n", ""), "'' cannot be the name");
        refused(changed("name = \"tiny\"", "name = \"../x\""), "cannot be the name");
        refused(changed("file = \"tiny.tflite\"", "file = \"../../.profile\""), "not a plain file");
        refused(changed("file = \"tiny.tflite\"", "file = \".profile\""), "not a plain file");
        refused(changed("file = \"tiny.tflite\"", "file = \"x.part\""), "not a plain file");
        refused(changed("https://here", "file://here"), "http:// or https://");
        refused(changed("http://there", "ftp://there"), "http:// or https://");
        refused(changed("https://here/", "https://he re/"), "http:// or https://");
        refused(changed("size = 3", "page = \"https://there\""), "needs a page that begins with");
        refused(changed("size = 3", "page = \"there\"\npage_file = \"x.pth\""),
                "needs a page that");
        refused(changed("size = 3", "page = \"https://there\"\npage_file = \"x.pth\""),
                "tiny has a page, which is for files without a hash");
        refused(std::string(kEntry) + kEntry, "line 17: the name tiny or its file");
        refused(std::string(20000, '['), "line 1: ");
        refused("model = " + std::string(20000, '[') + "\n", "line 1: ");
    }

    TEST_CASE("a manifest cut off anywhere is read or refused") {
        const std::string text = kEntry;
        std::size_t read = 0;
        for (std::size_t size = 0; size < text.size(); ++size) {
            try {
                read += parse_manifest(text.substr(0, size), "cut").size();
            } catch (const ModelError&) {  // any other exception fails the test
            }
        }
        CHECK(read > 0);
    }

    TEST_CASE("a manifest that is absent or huge is refused") {
        const test::TemporaryFolder folder;
        CHECK_THROWS_WITH_AS(read_manifest(folder / "none.toml"), doctest::Contains("none.toml"),
                             ModelError);
        CHECK_THROWS_AS(read_manifest(folder.path()), ModelError);
        test::write_file(folder / "huge.toml", std::string((1 << 20) + 1, '#'));
        CHECK_THROWS_WITH_AS(read_manifest(folder / "huge.toml"), doctest::Contains("1048576"),
                             ModelError);
    }

    TEST_CASE("names that could leave the folder or be taken for flags are refused") {
        CHECK_NOTHROW(check_model_name("rtmpose-s_2.0"));
        for (const char* name : {"", ".", "..", "-x", "a/b", "a b", "a\nb", "\xc3\xa4"}) {
            CHECK_THROWS_AS(check_model_name(name), ConfigError);
        }
        CHECK_THROWS_AS(check_model_name(std::string(65, 'a')), ConfigError);
    }
}
