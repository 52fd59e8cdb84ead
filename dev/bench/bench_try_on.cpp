// What the try-on networks cost (results/networks.md, "Try-on"):
//   bench_try_on FOLDER INPUT [ROUNDS]
// FOLDER holds cp-vton/gmm_final, cp-vton/tom_final, viton-hd/seg_final and viton-hd/alias_final,
// .safetensors. INPUT: vitonhd_alias_input.safetensors of the reference data, a person's segments,
// since the ALIAS generator is the faster the more pixels lie inside of them. One picture, one
// thread; processor time of the thread, the least and the median.

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "models/functional/try_on.h"
#include "models/networks/load_as.h"

namespace {

using namespace closet;

double thread_ms() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

template <class Architecture>
std::pair<Architecture, Tensors> load(const std::filesystem::path& path,
                                      std::optional<Architecture> (*recognize)(const StateDict&)) {
    const auto checkpoint = read_checkpoint(path);
    const Architecture found = recognize_as(*checkpoint, "try-on network", recognize);
    return {found, Tensors(load_weights(describe(found), StateDict(checkpoint->tensors()),
                                        path.string(), false),
                           c10::Device(c10::kCPU), at::kFloat, kConvolutions<Architecture>)};
}

void report(const char* name, int rounds, const std::function<void()>& work) {
    std::vector<double> times;
    for (int i = -1; i < rounds; ++i) {
        const double begin = thread_ms();
        work();
        if (i >= 0) {
            times.push_back(thread_ms() - begin);
        }
    }
    std::sort(times.begin(), times.end());
    fmt::print("{:24} {:9.1f} {:9.1f}\n", name, times.front(), times[times.size() / 2]);
    std::fflush(stdout);
}

at::Tensor noise_picture(std::int64_t channels, std::int64_t height, std::int64_t width) {
    return at::rand({1, channels, height, width}) * 2 - 1;
}

/// Segments of a person, at any size; the picture itself is noise.
AliasInput alias_input(const Checkpoint& file, std::int64_t height, std::int64_t width) {
    const auto map = [&](const char* name) {
        const TensorEntry* const entry = file.find(name);
        std::vector<float> values = to_floats(*entry);
        const at::Tensor plane =
            at::tensor(values).view({1, 1, entry->shape.at(0), entry->shape.at(1)});
        return at::upsample_nearest2d(plane, {height, width});
    };
    const at::Tensor segments =
        at::one_hot(map("label7_u8").select(1, 0).to(at::kLong), AliasGenerator::kSegments)
            .permute({0, 3, 1, 2})
            .to(at::kFloat);
    return {noise_picture(AliasGenerator::kInputs, height, width), segments,
            (segments.slice(1, 2, 3) - map("warped_mask_u8") / 255).clamp_min(0)};
}

}  // namespace

int main(int count, char** values) {
    if (count < 3) {
        fmt::print("bench_try_on FOLDER INPUT [ROUNDS]\n");
        return 2;
    }
    const std::filesystem::path folder = values[1];
    const int rounds = count > 3 ? std::max(std::atoi(values[3]), 1) : 9;
    at::set_num_threads(1);
    const c10::InferenceMode inference;
    fmt::print("{:24} {:>9} {:>9}\n", "ms a picture", "least", "median");
    {
        const auto [sizes, weights] =
            load(folder / "cp-vton/gmm_final.safetensors", recognize_geometric_matching);
        const at::Tensor person = noise_picture(22, 256, 192), cloth = noise_picture(3, 256, 192);
        report("cp-vton-gmm", rounds, [&, &sizes = sizes, &weights = weights] {
            match_geometry(weights, sizes, person, cloth);
        });
    }
    {
        const auto [sizes, weights] =
            load(folder / "cp-vton/tom_final.safetensors", recognize_try_on_module);
        const at::Tensor person = noise_picture(22, 256, 192), cloth = noise_picture(3, 256, 192);
        report("cp-vton-tom", rounds, [&, &weights = weights] { try_on(weights, person, cloth); });
    }
    {
        const auto [sizes, weights] =
            load(folder / "viton-hd/seg_final.safetensors", recognize_seg_generator);
        const at::Tensor input = noise_picture(21, 256, 192);
        report("viton-hd-seg", rounds, [&, &weights = weights] { segment_try_on(weights, input); });
    }
    const auto [sizes, weights] =
        load(folder / "viton-hd/alias_final.safetensors", recognize_alias_generator);
    const auto input_file = read_checkpoint(values[2]);
    for (const auto& [height, width] : {std::pair{384, 256}, std::pair{1024, 768}}) {
        const AliasInput input = alias_input(*input_file, height, width);
        report(fmt::format("viton-hd-alias {}x{}", height, width).c_str(),
               height > 1000 ? 1 : rounds, [&, &sizes = sizes, &weights = weights] {
                   generate_alias(weights, sizes, input,
                                  [](const auto&, at::IntArrayRef) { return at::Tensor(); });
               });
    }
    return 0;
}
