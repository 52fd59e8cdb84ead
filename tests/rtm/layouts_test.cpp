// The same network comes out of every layout that a checkpoint can have.
#include <doctest/doctest.h>

#include <cmath>

#include "formula_checkpoint.h"
#include "models/rtm/load.h"
#include "support/shared_data.h"

using namespace closet;

namespace {

// The largest difference of a weight, over the largest weight of its convolution.
double weight_difference(const NetworkGraph& a, const NetworkGraph& b) {
    REQUIRE(a.nodes.size() == b.nodes.size());
    double worst = 0;
    for (std::size_t i = 0; i < a.nodes.size(); ++i) {
        const auto* one = std::get_if<ConvNode>(&a.nodes[i].op);
        const auto* other = std::get_if<ConvNode>(&b.nodes[i].op);
        REQUIRE((one == nullptr) == (other == nullptr));
        if (one == nullptr) {
            continue;
        }
        REQUIRE(one->weights.size() == other->weights.size());
        double difference = 0;
        double largest = 0;
        for (std::size_t w = 0; w < one->weights.size(); ++w) {
            difference = std::fmax(difference, std::fabs(one->weights[w] - other->weights[w]));
            largest = std::fmax(largest, std::fabs(one->weights[w]));
        }
        worst = std::fmax(worst, difference / largest);
    }
    return worst;
}

void check_layout(const std::string& file, const std::string& recipe, double tolerance) {
    CAPTURE(file);
    const auto folder = test::shared_file("fixtures/rtm");
    if (!folder) {
        return;
    }
    const auto formula = load_rtmpose(test::formula_checkpoint(*folder / recipe));
    const auto loaded = load_rtmpose(*read_checkpoint(*folder / file));
    CHECK(loaded.architecture == formula.architecture);
    CHECK(loaded.keys.complete());
    CHECK(weight_difference(loaded.graph, formula.graph) <= tolerance);
}

}  // namespace

TEST_CASE("the published layout gives the weights of the formula") {
    check_layout("rtmpose_micro_published_legacy.pth", "recipe_rtmpose_micro.json", 0);
    check_layout("rtmpose_t_published_legacy.pth", "recipe_rtmpose_t.json", 0);
}

TEST_CASE("a training checkpoint gives its own weights and not its moving average") {
    check_layout("rtmpose_micro_training_zip.pth", "recipe_rtmpose_micro.json", 0);
}

TEST_CASE("a half precision checkpoint gives the weights up to its rounding") {
    // Half precision rounds by 2^-11; a folded weight carries the rounding of its scale as well.
    check_layout("rtmpose_micro_fp16_zip.pth", "recipe_rtmpose_micro.json", 3.0 / 2048);
}

TEST_CASE("weights that levels of the head share come from one storage") {
    const auto folder = test::shared_file("fixtures/rtm");
    if (!folder) {
        return;
    }
    const auto formula =
        load_rtmdet(test::formula_checkpoint(*folder / "recipe_rtmdet_micro_random.json"));
    const auto loaded =
        load_rtmdet(*read_checkpoint(*folder / "rtmdet_micro_random_published_legacy.pth"));
    CHECK(loaded.keys.complete());
    CHECK(loaded.architecture == formula.architecture);
    CHECK(weight_difference(loaded.graph, formula.graph) == 0);
}
