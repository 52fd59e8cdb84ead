// What the files of every family may be wrapped in, lack, have too much of, or hold in half
// precision: one table of networks, one rule for all.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "narrow_networks.h"

using namespace closet;
using test::MemoryCheckpoint, test::SavedAs;

namespace {

/// All numbers that a file gives its network.
struct Loaded {
    std::string text;
    KeyReport keys;
    std::vector<std::vector<float>> numbers;
};

Loaded load(const Checkpoint& checkpoint, bool allow_partial) {
    const StateDict state(checkpoint.tensors());
    const auto network = recognize_network(state);
    REQUIRE(network);
    Loaded loaded{.text = network->text, .keys = {}, .numbers = {}};
    const std::string name = checkpoint.path().string();
    if (network->build) {
        LoadedNetwork built = load_network(*network, state, name, allow_partial);
        loaded.keys = std::move(built.keys);
        for (const Node& node : built.graph.nodes) {
            if (const auto* const conv = std::get_if<ConvNode>(&node.op)) {
                loaded.numbers.push_back(conv->weights);
                loaded.numbers.push_back(conv->bias);
            }
        }
    } else {
        LoadedWeights weights = load_weights(*network, state, name, allow_partial);
        loaded.keys = std::move(weights.keys);
        for (auto& [spec, numbers] : weights.tensors) {
            loaded.numbers.push_back(std::move(numbers));
        }
    }
    return loaded;
}

Loaded load_bytes(const std::string& file) {
    return load(*parse_checkpoint(std::as_bytes(std::span(file)), "made.pth"), false);
}

/// The report of a checkpoint, where it is still taken for that network.
std::optional<KeyReport> report_of(const MemoryCheckpoint& checkpoint, const std::string& text) {
    try {
        const StateDict state(checkpoint.tensors());
        const auto found = recognize_network(state);
        return found && found->text == text ? std::optional(survey(*found, state)) : std::nullopt;
    } catch (const ModelError&) {
        return std::nullopt;
    }
}

/// A changed checkpoint is refused with the words and used all the same with --allow-partial.
void check_partial(const MemoryCheckpoint& changed, const std::string& words) {
    CHECK_THROWS_WITH_AS(load(changed, false), doctest::Contains(words.c_str()), ModelError);
    CHECK_THROWS_WITH_AS(load(changed, false), doctest::Contains("--allow-partial"), ModelError);
    CHECK_FALSE(load(changed, true).numbers.empty());
}

}  // namespace

TEST_CASE("a network of every family loads out of every wrapper") {
    for (const RecognizedNetwork& network : test::narrow_networks()) {
        CAPTURE(network.text);
        const MemoryCheckpoint whole = test::whole_checkpoint(network);
        const Loaded plain = load_bytes(test::saved(whole));
        CHECK(plain.text == network.text);
        CHECK(plain.keys.complete());
        CHECK(plain.keys.matched == whole.tensors().size());
        for (const SavedAs& as :
             std::vector<SavedAs>{{.prefix = "module."},
                                  {.wrappers = {"state_dict"}},
                                  {.wrappers = {"state_dict"}, .prefix = "module."},
                                  {.wrappers = {"model_state"}},
                                  {.wrappers = {"params_ema"}},
                                  {.wrappers = {"params"}},
                                  {.wrappers = {"model"}, .prefix = "module."}}) {
            CAPTURE(as.prefix);
            CAPTURE(fmt::format("{}", as.wrappers.empty() ? "" : as.wrappers[0]));
            const Loaded wrapped = load_bytes(test::saved(whole, as));
            CHECK(wrapped.text == network.text);
            CHECK(wrapped.keys.complete());
            CHECK(wrapped.numbers == plain.numbers);
        }
    }
}

TEST_CASE("what training leaves beside the weights of any family is left aside") {
    for (const RecognizedNetwork& network : test::narrow_networks()) {
        CAPTURE(network.text);
        MemoryCheckpoint trained = test::whole_checkpoint(network);
        const std::string key = trained.tensors().front().key;
        trained.wrap("module.");
        trained.add("module.some.bn.num_batches_tracked", {});
        trained.add("best_state_dict." + key, {1});
        trained.add("optimizer.state.0.exp_avg", {1});
        const auto report = report_of(trained, network.text);
        REQUIRE(report);
        CHECK(report->complete());
        CHECK(report->prefix == "module.");
        CHECK(report->left_aside == 3);
    }
}

TEST_CASE("a network whose sizes are each within bounds and all together are not is refused") {
    HrnetArchitecture huge{.width = 256, .bottlenecks = 16, .modules = {16, 16, 16}, .blocks = 16};
    const MemoryCheckpoint checkpoint = test::whole_checkpoint(huge);
    CHECK_THROWS_WITH_AS(load(checkpoint, true), doctest::Contains("million parameters"),
                         ModelError);
}

TEST_CASE("a network of every family is read in half precision as what it is") {
    for (const RecognizedNetwork& network : test::narrow_networks()) {
        CAPTURE(network.text);
        const MemoryCheckpoint whole = test::whole_checkpoint(network);
        const Loaded half = load_bytes(test::saved(whole, {.is_half = true}));
        CHECK(half.keys.complete());
        // Every number is 1.5, which both precisions have.
        CHECK(half.numbers == load_bytes(test::saved(whole)).numbers);
    }
}

TEST_CASE("keys that a network of any family lacks, has too much or of another shape are told") {
    for (const RecognizedNetwork& network : test::narrow_networks()) {
        CAPTURE(network.text);
        MemoryCheckpoint more = test::whole_checkpoint(network);
        more.add("what.is.this", {3});
        CHECK(report_of(more, network.text)->unexpected ==
              std::vector<std::string>{"what.is.this"});
        check_partial(more, "1 unexpected (what.is.this)");

        // The last key that is not one by which the network is known.
        const MemoryCheckpoint whole = test::whole_checkpoint(network);
        bool lacks = false, differs = false;
        for (std::size_t i = whole.tensors().size(); i-- > 0 && !(lacks && differs);) {
            const std::string& key = whole.tensors()[i].key;
            MemoryCheckpoint changed = test::whole_checkpoint(network);
            changed.remove(key);
            if (const auto report = report_of(changed, network.text); report && !lacks) {
                lacks = true;
                CHECK(report->missing == std::vector<std::string>{key});
                check_partial(changed, "1 missing (" + key);
            }
            changed.add_repeated(key, {7, 1, 2});
            if (const auto report = report_of(changed, network.text); report && !differs) {
                differs = true;
                REQUIRE(report->misshapen.size() == 1);
                CHECK(report->misshapen[0].key == key);
                CHECK(report->misshapen[0].actual == Parameters::Shape{7, 1, 2});
                check_partial(changed, "1 of another shape (" + key);
            }
        }
        CHECK(lacks);
        CHECK(differs);
    }
}
