#include <doctest/doctest.h>

#include <bit>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/checkpoint/checkpoint.h"
#include "support/formula_weights.h"
#include "support/shared_data.h"

using namespace closet;
using Floats = std::vector<float>;

namespace {

std::optional<std::filesystem::path> fixture(const std::string& name) {
    return test::shared_file(std::filesystem::path("fixtures/rtm") / name);
}

// float32 to the nearest half, ties to even, for normal numbers: what torch's .half() does.
float rounded_to_half(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t half_step = 0xFFFU + ((bits >> 13U) & 1U);
    return std::bit_cast<float>((bits + half_step) & ~0x1FFFU);
}

void check_recipe(const std::string& file, const std::string& recipe, Checkpoint::Format format,
                  bool halved = false) {
    const auto path = fixture(file);
    const auto recipe_path = fixture("recipe_" + recipe + ".json");
    if (!path || !recipe_path) {
        return;
    }
    CAPTURE(file);
    const auto checkpoint = read_checkpoint(*path);
    const auto expected = test::read_recipe(*recipe_path);
    CHECK(checkpoint->format() == format);
    CHECK(checkpoint->path() == *path);
    REQUIRE(checkpoint->tensors().size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const TensorEntry& tensor = checkpoint->tensors()[i];
        CAPTURE(tensor.key);
        CHECK(tensor.key == expected[i].name);
        CHECK(tensor.shape == expected[i].shape);
        Floats values = expected[i].values();
        const bool is_integer = expected[i].dtype == "int64";
        CHECK(to_string(tensor.type) == (is_integer ? "int64" : halved ? "float16" : "float32"));
        if (halved && !is_integer) {
            for (float& value : values) {
                value = rounded_to_half(value);
            }
        }
        CHECK(to_floats(tensor) == values);
        CHECK(checkpoint->find(tensor.key) == &tensor);
    }
}

std::map<std::string, std::string> metadata_of(const Checkpoint& checkpoint) {
    return {checkpoint.metadata().begin(), checkpoint.metadata().end()};
}

}  // namespace

TEST_SUITE("pth") {
    TEST_CASE("published files equal their recipes bit for bit") {
        using enum Checkpoint::Format;
        check_recipe("rtmpose_t_published_legacy.pth", "rtmpose_t", kPthLegacy);
        check_recipe("rtmpose_micro_published_legacy.pth", "rtmpose_micro", kPthLegacy);
        check_recipe("rtmdet_micro_random_published_legacy.pth", "rtmdet_micro_random", kPthLegacy);
    }

    TEST_CASE("a training file gives its averaged weights and a file of half precision its own") {
        using enum Checkpoint::Format;
        check_recipe("rtmpose_micro_training_zip.pth", "rtmpose_micro", kPthZip);
        check_recipe("rtmpose_micro_fp16_zip.pth", "rtmpose_micro", kPthZip, true);
    }

    TEST_CASE("a published TorchScript archive gives its parameters and no more") {
        const auto folder = test::shared_file("fixtures/zoo-pose-face");
        if (!folder) {
            return;
        }
        const auto checkpoint = read_checkpoint(*folder / "clip_micro_published_jit.pt");
        CHECK(checkpoint->format() == Checkpoint::Format::kTorchScript);
        const auto expected = test::read_recipe(*folder / "recipe_clip_micro.json");
        CHECK(checkpoint->tensors().size() == expected.size() + 3);
        CHECK(to_floats(*checkpoint->find("context_length")) == Floats{77});
        for (const test::FormulaTensor& tensor : expected) {
            CAPTURE(tensor.name);
            REQUIRE(checkpoint->find(tensor.name));
            CHECK(checkpoint->find(tensor.name)->shape == tensor.shape);
            CHECK(to_floats(*checkpoint->find(tensor.name)) == tensor.values());  // exact in half
        }
    }

    TEST_CASE("views of every kind hold their numbers in both layouts") {
        for (const char* name : {"views_zip.pth", "views_legacy.pth"}) {
            const auto path = fixture(name);
            if (!path) {
                return;
            }
            CAPTURE(name);
            const auto checkpoint = read_checkpoint(*path);
            const auto floats = [&](const char* key) { return to_floats(*checkpoint->find(key)); };
            CHECK(floats("a") == Floats{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
            CHECK(checkpoint->find("b")->shape == std::vector<std::int64_t>{4, 3});
            CHECK(floats("b") == Floats{12, 16, 20, 13, 17, 21, 14, 18, 22, 15, 19, 23});
            CHECK(floats("c") == Floats{5, 6, 7});
            CHECK(floats("i") == Floats{0, 1, 2});
            CHECK(floats("h") == Floats{1, 1, 1, 1});
            CHECK(checkpoint->find("h")->type == ElementType::kBFloat16);
            CHECK(floats("s") == Floats{3.5F});
            CHECK(checkpoint->find("s")->shape.empty());
            CHECK(floats("e").empty());
            CHECK(checkpoint->find("e")->shape == std::vector<std::int64_t>{0, 4});
            // One storage behind three tensors.
            CHECK(checkpoint->find("a")->storage.data() == checkpoint->find("b")->storage.data());
            CHECK(checkpoint->find("a")->storage.data() == checkpoint->find("c")->storage.data());
        }
    }

    TEST_CASE("metadata is flattened and what is opaque is left out") {
        const auto path = fixture("rtmpose_micro_training_zip.pth");
        if (!path) {
            return;
        }
        const auto metadata = metadata_of(*read_checkpoint(*path));
        CHECK(metadata.at("meta.epoch") == "420");
        CHECK(metadata.at("meta.mmengine_version") == "0.3.2+fixture");
        CHECK(metadata.at("meta.cfg").starts_with("auto_scale_lr = dict(base_batch_size=1024)\n"));
        CHECK(metadata.at("meta.dataset_meta.skeleton_links.3.1") == "12");
        CHECK(metadata.at("meta.dataset_meta.keypoint_id2name.16") == "right_ankle");
        CHECK(metadata.at("optimizer.param_groups.0.eps") == "1e-08");
        CHECK(metadata.at("optimizer.param_groups.0.amsgrad") == "false");
        // Arrays of numpy and message_hub's buffers are opaque.
        CHECK_FALSE(metadata.contains("meta.dataset_meta.sigmas"));
        for (const auto& [key, value] : metadata) {
            CHECK_FALSE(key.starts_with("message_hub.log_scalars"));
            CHECK_FALSE(key.starts_with("state_dict"));
            CHECK_FALSE(key.starts_with("ema_state_dict"));
        }
    }

    TEST_CASE("a call hidden in a file is not made") {
        for (const char* name : {"hostile_reduce_zip.pth", "hostile_reduce_legacy.pth"}) {
            const auto path = fixture(name);
            if (!path) {
                return;
            }
            const auto checkpoint = read_checkpoint(*path);
            CHECK(checkpoint->tensors().size() == 1);
            CHECK(checkpoint->metadata().empty());
        }
    }
}
