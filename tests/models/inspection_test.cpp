// What is told of a model file without running it.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "core/error.h"
#include "models/inspection.h"
#include "support/environment.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"

using namespace closet;

TEST_CASE("an inspected checkpoint tells architecture and keys and training") {
    const auto folder = test::shared_file("fixtures/rtm");
    if (!folder) {
        return;
    }
    const Inspection found = inspect_model(*folder / "rtmpose_t_published_legacy.pth");
    CHECK(found.size == 13440575);
    CHECK(found.sha256.size() == 64);
    CHECK_FALSE(found.name_matches_hash);
    CHECK(found.problem.empty());
    const auto& facts = std::get<CheckpointFacts>(found.facts);
    CHECK(facts.tensors == 218);
    REQUIRE(facts.network);
    CHECK(facts.network->text == "rtmpose-t 256x192, 17 keypoints");
    CHECK(facts.keys.complete());
    const auto epoch = std::find(facts.metadata.begin(), facts.metadata.end(),
                                 std::pair<std::string, std::string>("meta.epoch", "420"));
    CHECK(epoch != facts.metadata.end());
    const Inspection detector = inspect_model(*folder / "rtmdet_nano_person.safetensors");
    const auto& network = std::get<CheckpointFacts>(detector.facts).network;
    REQUIRE(network);
    CHECK(network->text == "rtmdet-nano 320x320, 1 class");
}

TEST_CASE("the hash in a file name is compared") {
    const auto name = [](const char* text) { return hash_in_name(text).value_or("none"); };
    CHECK(name("models/rtmpose-s_simcc-body7_pt-body7_420e-256x192-acd4a1ef_20230504.pth") ==
          "acd4a1ef");
    CHECK(name("rtmdet_nano_8xb32-100e_coco-obj365-person-05d8511e.pth") == "05d8511e");
    CHECK(name("tuned-20230504.pth") == "20230504");
    CHECK(name("rtmpose_20230504.pth") == "none");
    CHECK(name("rtmpose-s.pth") == "none");
    CHECK(name("") == "none");

    const auto source = test::shared_file("fixtures/rtm/views_zip.pth");
    if (!source) {
        return;
    }
    const test::TemporaryFolder folder;
    const std::string digits = inspect_model(*source).sha256.substr(0, 8);
    for (const auto& [suffix, matches] :
         {std::pair(digits, true), std::pair(std::string("0123abcd"), false)}) {
        const std::filesystem::path copy = folder / ("views-" + suffix + "_20230101.pth");
        std::filesystem::copy_file(*source, copy);
        CHECK(inspect_model(copy).name_matches_hash == matches);
    }
}

TEST_CASE("a published file is known by its hash whatever its name says") {
    const auto source = test::shared_file("fixtures/rtm/views_zip.pth");
    if (!source) {
        return;
    }
    const test::TemporaryFolder folder;
    const std::filesystem::path file = folder / "views-0123abcd_20230101.pth";
    std::filesystem::copy_file(*source, file);
    std::ofstream(folder / "manifest.toml")
        << "[[model]]\nname = 'views'\nfile = 'views-0123abcd_20230101.pth'\n"
        << "url = 'https://models.example/views.pth'\nsha256 = '" << inspect_model(file).sha256
        << "'\nlicense = 'MIT'\ninput = 'none'\npurpose = 'tests'\n";
    const test::Variable manifest("CLOSET_MANIFEST", folder / "manifest.toml");
    const Inspection found = inspect_model(file);
    CHECK(found.known_as == "views");
    CHECK(found.name_matches_hash == true);
}

TEST_CASE("a checkpoint of something else is told to be no known network") {
    const auto source = test::shared_file("fixtures/rtm/views_zip.pth");
    if (!source) {
        return;
    }
    const Inspection found = inspect_model(*source);
    const auto& facts = std::get<CheckpointFacts>(found.facts);
    CHECK_FALSE(facts.network);
    CHECK(found.problem == "it is no " + family_names() + ": it lacks the keys of their heads");
}

TEST_CASE("a file that is no model cannot be inspected") {
    const test::TemporaryFolder folder;
    CHECK_THROWS_AS(inspect_model(folder / "absent.pth"), Error);
    CHECK_THROWS_AS(inspect_model(folder.path()), Error);
    for (const char* const text : {"", "TFL", "abcdTFL3", "no model at all"}) {
        const std::string path = folder / "file.pth";
        std::ofstream(path) << text;
        CHECK_THROWS_AS(inspect_model(path), Error);
    }
}
