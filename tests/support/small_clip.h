#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "support/formula_weights.h"
#include "support/temporary_folder.h"

namespace closet::test {

/// Writes a CLIP of one block for pictures of 32 x 32 and one for texts of 77 bytes, with weights
/// by formula, and the vocabulary that it needs beside it. What it finds alike means nothing.
/// Returns the file of the network.
inline std::string write_small_clip(const TemporaryFolder& folder) {
    std::vector<FormulaTensor> tensors;
    const auto add = [&](const std::string& name, std::vector<std::int64_t> shape,
                         double offset = 0) {
        tensors.push_back({name, "float32", std::move(shape), 0.25, offset, name});
    };
    const auto add_block = [&](const std::string& name) {
        add(name + ".attn.in_proj_weight", {192, 64});
        add(name + ".attn.in_proj_bias", {192});
        add(name + ".attn.out_proj.weight", {64, 64});
        add(name + ".attn.out_proj.bias", {64});
        add(name + ".mlp.c_fc.weight", {256, 64});
        add(name + ".mlp.c_fc.bias", {256});
        add(name + ".mlp.c_proj.weight", {64, 256});
        add(name + ".mlp.c_proj.bias", {64});
        for (const char* const norm : {".ln_1", ".ln_2"}) {
            add(name + norm + ".weight", {64}, 1);
            add(name + norm + ".bias", {64});
        }
    };
    add("visual.class_embedding", {64});
    add("visual.positional_embedding", {5, 64});
    add("visual.conv1.weight", {64, 3, 16, 16});
    add("visual.proj", {64, 16});
    add("token_embedding.weight", {514, 64});
    add("positional_embedding", {77, 64});
    add("text_projection", {64, 16});
    add("logit_scale", {}, 2);
    for (const char* const norm : {"visual.ln_pre", "visual.ln_post", "ln_final"}) {
        add(std::string(norm) + ".weight", {64}, 1);
        add(std::string(norm) + ".bias", {64});
    }
    add_block("visual.transformer.resblocks.0");
    add_block("transformer.resblocks.0");

    nlohmann::json header;
    std::string numbers;
    for (const FormulaTensor& tensor : tensors) {
        const std::vector<float> values = tensor.values();
        const std::size_t begin = numbers.size();
        numbers.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
        header[tensor.name] = {
            {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, numbers.size()}}};
    }
    const std::string text = header.dump();
    const std::uint64_t size = text.size();
    std::ofstream(folder / "bpe_simple_vocab_16e6.txt.gz") << "no merges\n";
    std::string path = folder / "clip.safetensors";
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(&size), sizeof size);
    file << text << numbers;
    return path;
}

}  // namespace closet::test
