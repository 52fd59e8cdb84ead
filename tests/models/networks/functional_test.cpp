// Layers of networks without a graph: by own kernels they are LibTorch's, and their filters are in
// memory once.
#include "support/doctest_with_torch.h"

#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include "comparison.h"
#include "core/cpu.h"
#include "models/functional/convolution.h"
#include "models/functional/tensors.h"

using namespace closet;

namespace {

/// `name`.weight of that shape and `name`.bias, the same numbers each time.
Tensors layer(const std::string& name, const std::vector<std::int64_t>& shape,
              Convolutions convolutions) {
    at::manual_seed(1);
    const auto noise = [](const std::vector<std::int64_t>& sizes) {
        const at::Tensor numbers = at::rand(sizes) - 0.5;
        const float* const first = numbers.const_data_ptr<float>();
        return std::vector<float>(first, first + numbers.numel());
    };
    LoadedWeights loaded;
    loaded.tensors.push_back({{.key = name + ".weight", .shape = shape}, noise(shape)});
    loaded.tensors.push_back({{.key = name + ".bias", .shape = {shape[0]}}, noise({shape[0]})});
    return Tensors(std::move(loaded), c10::kCPU, at::kFloat, convolutions);
}

}  // namespace

TEST_CASE("a convolution by own kernels is LibTorch's and keeps its filters in one form") {
    const c10::InferenceMode inference;
    constexpr double kTolerance = 1e-4;  // of sums of some hundred products
    const std::vector<std::int64_t> shapes[] = {
        {64, 32, 3, 3}, {5, 7, 3, 3}, {32, 32, 7, 7}, {48, 40, 1, 1}, {64, 64, 3, 3}};
    for (const auto& shape : shapes) {
        for (const std::int64_t stride : {1, 2}) {
            const Tensors own = layer("conv", shape, Convolutions::kOwn);
            const Tensors theirs = layer("conv", shape, Convolutions::kLibTorch);
            const at::Tensor x = at::rand({2, shape[1], 23, 30}) - 0.5;
            const Conv2d window{.stride = stride, .pad = Conv2d::kSame};
            const at::Tensor wanted = conv2d(theirs, "conv", x, window);
            const at::Tensor y = conv2d(own, "conv", x, window);
            CHECK(test::worst(y, wanted) < kTolerance);
            CHECK(at::equal(y, conv2d(own, "conv", x, window)));
            CHECK(theirs["conv.weight"].defined());
            CHECK(own["conv.weight"].defined() == (cpu_path() == CpuPath::kGeneric));
        }
        if (shape[3] == 3) {
            const at::Tensor x = at::rand({2, shape[1], 11, 14}) - 0.5;
            const Tensors own = layer("conv", shape, Convolutions::kOwn);
            const at::Tensor wanted = conv2d(layer("conv", shape, Convolutions::kLibTorch), "conv",
                                             twice_as_large(x), {.pad = 1});
            CHECK(test::worst(conv2d_of_twice(own, "conv", x), wanted) < kTolerance);
        }
    }
}

TEST_CASE("a linear layer by own kernels is LibTorch's for many rows and few") {
    const c10::InferenceMode inference;
    constexpr double kTolerance = 1e-4;
    for (const auto& rows : {std::vector<std::int64_t>{3, 50, 2}, {2, 1, 100}}) {
        const Tensors own = layer("linear", {96, 72}, Convolutions::kOwn);
        const Tensors theirs = layer("linear", {96, 72}, Convolutions::kLibTorch);
        for (const std::int64_t count : rows) {
            const at::Tensor x = at::rand({2, count, 72}) - 0.5;
            const at::Tensor y = linear(own, "linear", x);
            CHECK(test::worst(y, linear(theirs, "linear", x)) < kTolerance);
        }
        CHECK(own["linear.weight"].defined() == (cpu_path() == CpuPath::kGeneric));
    }
}
