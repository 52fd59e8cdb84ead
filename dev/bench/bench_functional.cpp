/// Times one network without a graph for scripts/engines/zoo.py. Not a test.
///   bench_functional FILE [PART] [THREADS]
/// FILE: a checkpoint of CLIP, GFPGAN, MobileSAM or a network of try-on, or a recipe_*.json of one
/// (weights that follow from a formula). PART: "picture" or "text" of CLIP, "encoder" or "decoder"
/// of MobileSAM, "384x256" and so on of the ALIAS generator, which sees the segments of the person
/// in vitonhd_alias_input.safetensors beside FILE; else "-".
/// Prints "ready", then for each line on stdin runs one picture and prints "done".

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include "core/cpu.h"
#include "core/error.h"
#include "dev/program.h"
#include "models/functional/clip.h"
#include "models/functional/gfpgan.h"
#include "models/functional/mobile_sam.h"
#include "models/functional/try_on.h"
#include "models/networks/formula_checkpoint.h"
#include "models/networks/load_as.h"

namespace closet {
namespace {

using Call = std::function<void()>;

std::shared_ptr<const Checkpoint> open(const std::string& path) {
    return path.ends_with(".json")
               ? std::make_shared<test::MemoryCheckpoint>(test::formula_checkpoint(path))
               : read_checkpoint(path);
}

at::Tensor noise(std::int64_t channels, std::int64_t height, std::int64_t width) {
    return at::rand({1, channels, height, width}) * 2 - 1;
}

/// Segments of a person, at any size; the picture itself is noise.
AliasInput alias_input(const Checkpoint& file, std::int64_t height, std::int64_t width) {
    const auto map = [&](const char* name) {
        const TensorEntry* const entry = file.find(name);
        if (entry == nullptr) {
            throw ConfigError(file.path().string() + " lacks " + name);
        }
        std::vector<float> values = to_floats(*entry);
        const at::Tensor plane =
            at::tensor(values).view({1, 1, entry->shape.at(0), entry->shape.at(1)});
        return at::upsample_nearest2d(plane, {height, width});
    };
    const at::Tensor segments =
        at::one_hot(map("label7_u8").select(1, 0).to(at::kLong), AliasGenerator::kSegments)
            .permute({0, 3, 1, 2})
            .to(at::kFloat);
    return {noise(AliasGenerator::kInputs, height, width), segments,
            (segments.slice(1, 2, 3) - map("warped_mask_u8") / 255).clamp_min(0)};
}

template <class Architecture>
Tensors weights_of(const Architecture& architecture, const Checkpoint& checkpoint) {
    return Tensors(load_weights(describe(architecture), StateDict(checkpoint.tensors()),
                                checkpoint.path().string(), false),
                   c10::kCPU, at::kFloat, Convolutions::kOwn);
}

Call clip_call(const Checkpoint& checkpoint, const std::string& part) {
    const auto clip = std::make_shared<const ClipNetwork>(load_clip(checkpoint));
    if (part == "text") {
        constexpr std::int64_t kTokens = 77, kLast = 49407;
        at::Tensor tokens = at::randint(1, kLast, {1, kTokens}, at::kLong);
        tokens[0][kTokens - 1] = kLast;
        return [=] { clip_text_features(*clip, tokens); };
    }
    constexpr std::int64_t kSide = 224;
    const at::Tensor picture = noise(3, kSide, kSide);
    return [=] { clip_image_features(*clip, picture); };
}

Call mobile_sam_call(const Checkpoint& checkpoint, const std::string& part) {
    const auto network = std::make_shared<const MobileSamNetwork>(load_mobile_sam(checkpoint));
    constexpr std::int64_t kSide = 1024, kCells = 64, kChannels = 256;
    if (part == "decoder") {
        const at::Tensor embedding = noise(kChannels, kCells, kCells);
        return [=] {
            mobile_sam_masks(
                *network, embedding,
                embed_prompt(*network, {.points = {{300, 400}}, .box = {}, .mask = {}}));
        };
    }
    const at::Tensor picture = noise(3, kSide, kSide);
    return [=] { mobile_sam_embedding(*network, picture); };
}

Call alias_call(const Checkpoint& checkpoint, const AliasGenerator& found,
                const std::filesystem::path& folder, const std::string& size) {
    const std::int64_t height = std::stoll(size),
                       width = std::stoll(size.substr(size.find('x') + 1));
    const auto file = read_checkpoint(folder / "vitonhd_alias_input.safetensors");
    const AliasInput input = alias_input(*file, height, width);
    return [=, weights = weights_of(found, checkpoint)] {
        generate_alias(weights, found, input,
                       [](const auto&, at::IntArrayRef) { return at::Tensor(); });
    };
}

Call call_of(const std::string& path, const std::string& part) {
    const auto file = open(path);
    const Checkpoint& checkpoint = *file;
    const StateDict state(checkpoint.tensors());
    constexpr std::int64_t kHeight = 256, kWidth = 192;
    if (recognize_clip(state)) {
        return clip_call(checkpoint, part);
    }
    if (const auto found = recognize_gfpgan(state)) {
        const auto network = std::make_shared<const Gfpgan>(load_gfpgan(checkpoint, {}, c10::kCPU));
        const at::Tensor face = noise(3, found->side(), found->side());
        return [=] { network->forward(face); };
    }
    if (recognize_mobile_sam(state)) {
        return mobile_sam_call(checkpoint, part);
    }
    if (const auto found = recognize_alias_generator(state)) {
        return alias_call(checkpoint, *found, std::filesystem::path(path).parent_path(), part);
    }
    if (const auto found = recognize_geometric_matching(state)) {
        const at::Tensor person = noise(found->is_viton_hd() ? 7 : 22, kHeight, kWidth);
        return [=, cloth = noise(3, kHeight, kWidth), weights = weights_of(*found, checkpoint)] {
            match_geometry(weights, *found, person, cloth);
        };
    }
    if (const auto found = recognize_try_on_module(state)) {
        return [person = noise(22, kHeight, kWidth), warped = noise(3, kHeight, kWidth),
                weights = weights_of(*found, checkpoint)] { try_on(weights, person, warped); };
    }
    if (const auto found = recognize_seg_generator(state)) {
        return [input = noise(21, kHeight, kWidth), weights = weights_of(*found, checkpoint)] {
            segment_try_on(weights, input);
        };
    }
    throw ConfigError(checkpoint.path().string() + " is none of these networks");
}

int run(const std::vector<std::string>& arguments) {
    limit_libraries_to_cpu_path();
    at::set_num_threads(arguments.size() > 2 ? std::stoi(arguments[2]) : 1);
    const c10::InferenceMode inference;
    Call call = call_of(arguments[0], arguments.size() > 1 ? arguments[1] : "-");
    std::cout << "ready" << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        call();
        std::cout << "done" << std::endl;
    }
    return EXIT_SUCCESS;
}

}  // namespace
}  // namespace closet

int main(int argc, char** argv) {
    return closet::dev::program(argc, argv, 1, "bench_functional FILE [PART] [THREADS]",
                                closet::run);
}
