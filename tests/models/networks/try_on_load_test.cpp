// What try-on networks are taken for, how their keys fit, and which ones are refused before
// anything is allocated.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "models/networks/load_as.h"
#include "models/networks/try_on/try_on.h"
#include "narrow_networks.h"
#include "support/shared_data.h"

using namespace closet;
using test::MemoryCheckpoint;

namespace {

constexpr std::int64_t kAbsurd = std::int64_t{1} << 40;

std::vector<RecognizedNetwork> published() {
    GeometricMatching viton_hd;
    viton_hd.person_channels = GeometricMatching::kVitonHd;
    return {describe(GeometricMatching{}), describe(viton_hd), describe(TryOnModule{}),
            describe(SegGenerator{}), describe(AliasGenerator{})};
}

void replace(MemoryCheckpoint& checkpoint, const std::string& key, Parameters::Shape shape) {
    checkpoint.remove(key);
    checkpoint.add_repeated(key, std::move(shape));
}

LoadedWeights load(const MemoryCheckpoint& checkpoint, bool allow_partial) {
    const StateDict state(checkpoint.tensors());
    const auto found = recognize_network(state);
    REQUIRE(found);
    return load_weights(*found, state, checkpoint.path().string(), allow_partial);
}

}  // namespace

TEST_CASE("try-on networks are told apart by keys and shapes, and all keys are known") {
    const auto folder = test::shared_file("fixtures/zoo-tryon");
    if (!folder) {
        return;
    }
    struct Model {
        const char *name, *text;
    };
    for (const auto& [name, text] :
         {Model{"cpvton_gmm", "cp-vton-gmm 256x192, 25 points"},
          Model{"cpvton_gmm_micro", "cp-vton-gmm of other widths 256x192, 25 points"},
          Model{"cpvton_tom", "cp-vton-tom 256x192, 4 planes"},
          Model{"cpvton_tom_micro", "cp-vton-tom of other widths 256x192, 4 planes"},
          Model{"vitonhd_gmm", "viton-hd-gmm 256x192, 25 points"},
          Model{"vitonhd_gmm_micro", "viton-hd-gmm of other widths 256x192, 25 points"},
          Model{"vitonhd_seg", "viton-hd-seg 256x192, 13 classes"},
          Model{"vitonhd_seg_micro", "viton-hd-seg of other widths 256x192, 13 classes"},
          Model{"vitonhd_alias", "viton-hd-alias 1024x768, 7 segments"},
          Model{"vitonhd_alias_micro", "viton-hd-alias of other widths 1024x768, 7 segments"}}) {
        CAPTURE(name);
        MemoryCheckpoint checkpoint("made.pth");
        for (const auto& tensor :
             test::read_recipe(*folder / fmt::format("recipe_{}.json", name))) {
            checkpoint.add_repeated(tensor.name, tensor.shape);
        }
        const nlohmann::json facts =
            nlohmann::json::parse(std::ifstream(*folder / fmt::format("{}_expected.json", name)));
        for (const char* const prefix : {"", "module.", "netG.module."}) {
            if (*prefix != '\0') {
                checkpoint.wrap(prefix);
            }
            const StateDict state(checkpoint.tensors());
            const auto found = recognize_network(state);
            REQUIRE(found);
            CHECK(found->text == text);
            const KeyReport report = survey(*found, state);
            CHECK(report.complete());
            if (facts.contains("parameters")) {
                CHECK(report.parameters == facts.at("parameters").get<std::int64_t>());
            }
            if (facts.contains("state_dict_entries")) {
                CHECK(report.matched + report.left_aside ==
                      facts.at("state_dict_entries").get<std::size_t>());
            }
        }
    }
}

TEST_CASE("normalizations that a partial file lacks are the identity") {
    const RecognizedNetwork network = test::narrow_try_on_networks().front();
    MemoryCheckpoint checkpoint = test::whole_checkpoint(network);
    checkpoint.remove("extractionA.model.2.weight");
    checkpoint.remove("extractionA.model.2.running_var");
    checkpoint.remove("extractionA.model.2.running_mean");
    for (const auto& [spec, values] : load(checkpoint, true).tensors) {
        if (spec.key == "extractionA.model.2.weight" ||
            spec.key == "extractionA.model.2.running_var") {
            CHECK(values == std::vector<float>(values.size(), 1.0F));
        } else if (spec.key == "extractionA.model.2.running_mean") {
            CHECK(values == std::vector<float>(values.size(), 0.0F));
        }
    }
}

TEST_CASE("try-on networks of shapes that none has are refused before anything is allocated") {
    struct Change {
        std::size_t network;  ///< of published()
        const char* key;
        Parameters::Shape shape;
    };
    for (const Change& change :
         {Change{0, "extractionA.model.0.weight", {64, 21, 4, 4}},
          Change{0, "extractionA.model.0.weight", {kAbsurd, 22, 4, 4}},
          Change{0, "extractionA.model.0.weight", {0, 22, 4, 4}},
          Change{0, "extractionA.model.9.weight", {kAbsurd, 256, 4, 4}},
          Change{0, "extractionA.model.9.weight", {512}},
          Change{1, "regression.conv.6.weight", {kAbsurd, 256, 3, 3}},
          Change{2, "model.model.1.model.1.weight", {kAbsurd, 64, 4, 4}},
          Change{2, "model.model.1.model.1.weight", {0, 64, 4, 4}},
          Change{3, "conv3.0.weight", {kAbsurd, 128, 3, 3}}, Change{3, "conv3.0.weight", {256}},
          Change{4, "conv_0.weight", {kAbsurd, 9, 3, 3}},
          Change{4, "conv_0.weight", {1000, 9, 3, 3}}, Change{4, "conv_0.weight", {0, 9, 3, 3}},
          Change{4, "head_0.norm_0.conv_shared.0.weight", {kAbsurd, 8, 3, 3}}}) {
        CAPTURE(change.key);
        MemoryCheckpoint checkpoint = test::whole_checkpoint(published().at(change.network));
        replace(checkpoint, change.key, change.shape);
        CHECK_THROWS_AS(recognize_network(StateDict(checkpoint.tensors())), ModelError);
    }
}

TEST_CASE("a checkpoint of something else is no try-on network") {
    MemoryCheckpoint checkpoint("resnet.pth");
    checkpoint.add("conv1.weight", {64, 3, 7, 7});
    checkpoint.add("model.model.0.weight", {4});
    checkpoint.add("conv_img.weight", {4});
    const StateDict state(checkpoint.tensors());
    CHECK(!recognize_geometric_matching(state));
    CHECK(!recognize_try_on_module(state));
    CHECK(!recognize_seg_generator(state));
    CHECK(!recognize_alias_generator(state));
}
