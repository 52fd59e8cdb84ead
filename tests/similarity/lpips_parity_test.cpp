// LPIPS against the reference (formula weights under the published heads) and against the published
// network (real weights). Tolerances: the reference data's READMEs, 4 times its own rounding there,
// 1e-4 here.
#include "support/doctest_with_torch.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include "lpips_fixtures.h"
#include "models/aten/network.h"
#include "models/network.h"
#include "models/networks/lpips/lpips.h"
#include "models/nhwc/network.h"
#include "similarity/lpips.h"

using namespace closet;

namespace {

const bool kOneThread = [] {
    at::set_num_threads(1);
    return true;
}();

double tolerance(const nlohmann::json& facts, const std::string& value) {
    return 4 * facts.at("values").at(value).at("fp32_vs_fp64_maxabs").get<double>() + 1e-7;
}

/// The largest difference of stored numbers from ours.
double worst_of(const test::SafeTensor& stored, const std::vector<double>& ours) {
    const auto theirs = stored.as<float>();
    REQUIRE(theirs.size() == ours.size());
    double worst = 0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
        worst = std::max(worst, std::abs(ours[i] - double{theirs[i]}));
    }
    return worst;
}

void check_zoo(const std::string& kind) {
    const auto folder = test::shared_file("fixtures/zoo-pose-face");
    if (!folder) {
        return;
    }
    const auto facts =
        test::read_json(*folder / "lpips_expected.json").at("models").at("lpips_" + kind);
    const auto expected =
        test::read_safetensors(*folder / ("lpips_" + kind + "_expected.safetensors"));
    const auto pictures = test::read_safetensors(*folder / "lpips_input.safetensors");
    const Lpips lpips({test::zoo_lpips(*folder, kind, "v0.1.")});
    const Lpips old({test::zoo_lpips(*folder, kind, "v0.0.")});
    const Lpips unweighted({test::zoo_lpips(*folder, kind, "")});
    CHECK(lpips.name() == "lpips-" + kind + " v0.1");
    CHECK(old.name() == "lpips-" + kind + " v0.0");

    std::vector<double> totals, taps, old_totals, base, map;
    for (int pair = 0; pair < 4; ++pair) {
        const cv::Mat a = test::stored_rgb(pictures.at("img0"), pair);
        const cv::Mat b = test::stored_rgb(pictures.at("img1"), pair);
        const LpipsDistance distance = lpips.distance(a, b);
        totals.push_back(distance.total);
        taps.insert(taps.end(), distance.taps.begin(), distance.taps.end());
        old_totals.push_back(old.distance(a, b).total);
        base.push_back(unweighted.distance(a, b).total);
        if (pair < 2) {
            const cv::Mat1f whole = lpips.map(a, b);
            for (int y = 0; y < whole.rows; y += 4) {
                for (int x = 0; x < whole.cols; x += 4) {
                    map.push_back(whole(y, x));
                }
            }
        }
    }
    CHECK(worst_of(expected.at("distance"), totals) < tolerance(facts, "distance"));
    CHECK(worst_of(expected.at("per_layer"), taps) < tolerance(facts, "per_layer"));
    CHECK(worst_of(expected.at("v0.0_distance"), old_totals) < tolerance(facts, "v0.0_distance"));
    CHECK(worst_of(expected.at("baseline_distance"), base) < tolerance(facts, "baseline_distance"));
    CHECK(worst_of(expected.at("spatial_map"), map) < tolerance(facts, "spatial_map"));
    CHECK(totals[3] == 0);  // a picture and itself

    const LpipsDistance odd = lpips.distance(test::stored_rgb(pictures.at("odd0")),
                                             test::stored_rgb(pictures.at("odd1")));
    CHECK(worst_of(expected.at("odd_distance"), {odd.total}) < tolerance(facts, "odd_distance"));
    CHECK(worst_of(expected.at("odd_per_layer"), odd.taps) < tolerance(facts, "odd_per_layer"));
}

/// The network's own outputs, on the backends that this machine has.
void check_taps(const std::string& kind, std::int64_t every) {
    const auto folder = test::shared_file("fixtures/zoo-pose-face");
    if (!folder) {
        return;
    }
    const c10::InferenceMode inference;
    const auto facts =
        test::read_json(*folder / "lpips_expected.json").at("models").at("lpips_" + kind);
    const auto expected =
        test::read_safetensors(*folder / ("lpips_" + kind + "_expected.safetensors"));
    const auto pictures = test::read_safetensors(*folder / "lpips_input.safetensors");
    const auto checkpoint = test::zoo_lpips(*folder, kind, "v0.1.");
    const StateDict state(checkpoint->tensors());
    Parameters parameters(state, Parameters::Purpose::kLoad);
    const LpipsNetwork built = build_lpips(*recognize_lpips(state), parameters, kind, 128, 96);
    const auto tensor_of = [](const test::SafeTensor& stored) {
        return at::from_blob(const_cast<std::byte*>(stored.bytes.data()), stored.shape,
                             stored.dtype == "U8" ? at::kByte : at::kFloat)
            .clone();
    };
    const auto three = [](const std::array<float, 3>& values) {
        return at::tensor({values[0], values[1], values[2]}).view({1, 3, 1, 1});
    };
    const at::Tensor bytes = tensor_of(pictures.at("img0")).to(at::kFloat);
    const at::Tensor input = (bytes / 127.5 - 1 - three(built.shift)) / three(built.scale);
    const auto near = [&](const at::Tensor& ours, const std::string& name) {
        CAPTURE(name);
        const at::Tensor theirs = tensor_of(expected.at(name));
        REQUIRE(ours.sizes() == theirs.sizes());
        CHECK((ours - theirs).abs().max().item<double>() < tolerance(facts, name));
    };
    std::vector<std::shared_ptr<const Network>> networks{
        std::make_shared<AtenNetwork>(built.graph, NetworkOptions{})};
    if (const NhwcKernels* const kernels = nhwc_kernels()) {
        REQUIRE(nhwc_supports(built.graph));
        networks.push_back(std::make_shared<NhwcNetwork>(built.graph, *kernels));
    }
    for (const auto& network : networks) {
        const auto taps = network->forward(input);
        REQUIRE(taps.size() == 5);
        for (std::size_t i = 0; i < taps.size(); ++i) {
            const at::Tensor tap = taps[i].permute({0, 3, 1, 2}).slice(0, 0, 1);
            const std::string name = "relu" + std::to_string(i + 1);
            near(tap.mean({2, 3}), name + "_chmean");
            near(tap.std({2, 3}), name + "_chstd");
            const std::int64_t step = std::max<std::int64_t>(tap.size(1) / every, 1);
            near(tap.slice(1, 0, {}, step).slice(2, 0, {}, 4).slice(3, 0, {}, 4), name + "_slice");
        }
        const at::Tensor last = taps[4].permute({0, 3, 1, 2}).slice(0, 0, 1);
        const at::Tensor unit = last / (last.square().sum(1, true).sqrt() + 1e-10);
        near(unit.slice(1, 0, {}, 32).slice(2, 0, {}, 2).slice(3, 0, {}, 2),
             "relu5_normalised_slice");
        // A batch of four is four batches of one.
        const auto alone = network->forward(input.slice(0, 2, 3).contiguous());
        for (std::size_t i = 0; i < taps.size(); ++i) {
            CHECK(at::equal(alone[i], taps[i].slice(0, 2, 3)));
        }
    }
}

void check_real(const std::string& file, const std::string& name, const std::string& key) {
    const auto folder = test::shared_file("weights");
    if (!folder) {
        return;
    }
    const auto pictures = test::read_safetensors(*folder / "expected.safetensors");
    const auto pairs = test::read_json(*folder / "expected.json").at("lpips").at(key);
    const Lpips lpips(std::vector<std::filesystem::path>{*folder / file});
    CHECK(lpips.name() == name);
    for (const auto& [pair, values] : pairs.items()) {
        CAPTURE(pair);
        const LpipsDistance distance =
            lpips.distance(test::stored_rgb(pictures.at("lpips/" + pair + "/a_rgb")),
                           test::stored_rgb(pictures.at("lpips/" + pair + "/b_rgb")));
        CHECK(std::abs(distance.total - values.at("distance").get<double>()) < 1e-4);
        const auto theirs = values.at("layers").get<std::vector<double>>();
        REQUIRE(distance.taps.size() == theirs.size());
        for (std::size_t i = 0; i < theirs.size(); ++i) {
            CHECK(std::abs(distance.taps[i] - theirs[i]) < 1e-4);
        }
    }
}

}  // namespace

TEST_CASE("lpips alex gives the reference's distances and map") {
    check_zoo("alex");
}

TEST_CASE("lpips vgg gives the reference's distances and map") {
    check_zoo("vgg");
}

TEST_CASE("lpips alex gives the reference's activations") {
    check_taps("alex", 8);
}

TEST_CASE("lpips vgg gives the reference's activations") {
    check_taps("vgg", 8);
}

TEST_CASE("lpips alex with its real weights gives the published distances") {
    check_real("lpips_v0.1_alexnet_full.pth", "lpips-alex v0.1", "alexnet");
}

TEST_CASE("lpips squeeze with its real weights gives the published distances") {
    check_real("lpips_v0.1_squeezenet_full.pth", "lpips-squeeze v0.1", "squeezenet");
}
