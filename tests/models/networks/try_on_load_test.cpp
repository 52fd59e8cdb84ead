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
#include "formula_checkpoint.h"
#include "models/networks/load_as.h"
#include "models/networks/try_on/try_on.h"
#include "support/shared_data.h"

using namespace closet;
using test::MemoryCheckpoint;

namespace {

constexpr std::int64_t kAbsurd = std::int64_t{1} << 40;

/// The keys of a network with a zero in each place.
MemoryCheckpoint keys_of(const RecognizedNetwork& network) {
    MemoryCheckpoint checkpoint("made.pth");
    for (const WeightSpec& weight : network.weights) {
        checkpoint.add_repeated(weight.key, weight.shape);
    }
    return checkpoint;
}

std::vector<RecognizedNetwork> published() {
    GeometricMatching viton_hd;
    viton_hd.person_channels = GeometricMatching::kVitonHd;
    return {describe(GeometricMatching{}), describe(viton_hd), describe(TryOnModule{}),
            describe(SegGenerator{}), describe(AliasGenerator{})};
}

/// Narrow ones, whose numbers may be made.
std::vector<RecognizedNetwork> narrow() {
    GeometricMatching matching;
    matching.features = {2, 2, 3, 4, 4, 4};
    matching.regression = {4, 3, 2, 2};
    TryOnModule module;
    module.widths = {2, 3, 4, 4, 4, 4};
    SegGenerator seg;
    seg.widths = {2, 3, 4, 5, 6};
    AliasGenerator alias;
    alias.width = 2;
    alias.norm_hidden = 3;
    return {describe(matching), describe(module), describe(seg), describe(alias)};
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

TEST_CASE("keys that lack, are too many or of another shape are told, and stand in the way") {
    for (const RecognizedNetwork& network : narrow()) {
        CAPTURE(network.text);
        CHECK(load(keys_of(network), false).keys.complete());
        const WeightSpec& last = network.weights.back();
        MemoryCheckpoint lacks = keys_of(network);
        lacks.remove(last.key);
        CHECK_THROWS_WITH_AS(load(lacks, false), doctest::Contains(last.key.c_str()), ModelError);
        const LoadedWeights partial = load(lacks, true);
        CHECK(partial.keys.missing == std::vector<std::string>{last.key});
        CHECK(partial.tensors.size() == network.weights.size());
        MemoryCheckpoint more = keys_of(network);
        more.add("what.is.this", {3});
        CHECK_THROWS_WITH_AS(load(more, false), doctest::Contains("what.is.this"), ModelError);
        CHECK(load(more, true).keys.unexpected == std::vector<std::string>{"what.is.this"});
        MemoryCheckpoint other = keys_of(network);
        replace(other, last.key, {7});
        CHECK_THROWS_WITH_AS(load(other, false), doctest::Contains("another shape"), ModelError);
        MemoryCheckpoint counted = keys_of(network);
        counted.add("extractionA.model.2.num_batches_tracked", {1});
        CHECK(load(counted, false).keys.complete());
    }
}

TEST_CASE("weights of half precision are read as what they are") {
    for (const RecognizedNetwork& network : narrow()) {
        CAPTURE(network.text);
        // A .safetensors file in which every number is 1.5.
        nlohmann::json header;
        std::size_t bytes = 0;
        for (const WeightSpec& weight : network.weights) {
            std::size_t numbers = 1;
            for (const std::int64_t extent : weight.shape) {
                numbers *= static_cast<std::size_t>(extent);
            }
            header[weight.key] = {{"dtype", "F16"},
                                  {"shape", weight.shape},
                                  {"data_offsets", {bytes, bytes + 2 * numbers}}};
            bytes += 2 * numbers;
        }
        const std::string text = header.dump();
        std::vector<std::byte> file(8 + text.size() + bytes);
        const std::uint64_t length = text.size();
        std::memcpy(file.data(), &length, sizeof length);
        std::memcpy(file.data() + sizeof length, text.data(), text.size());
        for (std::size_t i = 8 + text.size(); i < file.size(); i += 2) {
            file[i] = std::byte{0x00};
            file[i + 1] = std::byte{0x3E};
        }
        const auto checkpoint = parse_checkpoint(file, "half.safetensors");
        const StateDict state(checkpoint->tensors());
        const auto found = recognize_network(state);
        REQUIRE(found);
        const LoadedWeights loaded = load_weights(*found, state, "half.safetensors", false);
        CHECK(loaded.keys.complete());
        for (const auto& [spec, values] : loaded.tensors) {
            CHECK(std::all_of(values.begin(), values.end(), [](float v) { return v == 1.5F; }));
        }
    }
}

TEST_CASE("normalizations that a partial file lacks are the identity") {
    const RecognizedNetwork network = narrow().front();
    MemoryCheckpoint checkpoint = keys_of(network);
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
        MemoryCheckpoint checkpoint = keys_of(published().at(change.network));
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
