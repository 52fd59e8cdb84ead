#include "infer/run/device.h"

#include <string>

#include "support/doctest_with_torch.h"

#include "core/cpu.h"
#include "core/error.h"
#include "infer/infer.h"
#include "infer/pose_models.h"
#include "infer/run/network_runner.h"

namespace closet {
namespace {

TEST_CASE("device: cpu is always there and described") {
    CHECK(choose_device("cpu").is_cpu());
    CHECK(available_devices().front().is_cpu());
    CHECK(describe_device({}).find("CPU") == 0);
    CHECK_FALSE(torch_version().empty());
}

TEST_CASE("device: auto takes what is there") {
    CHECK(choose_device("auto").is_cpu() == (available_devices().size() == 1));
}

TEST_CASE("device: texts that name none are refused by name of the flag") {
    for (const char* text :
         {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda:99999999999", "CPU"}) {
        CAPTURE(text);
        CHECK_THROWS_WITH_AS(choose_device(text), doctest::Contains("--device"), ConfigError);
    }
}

TEST_CASE("device: CUDA that is not there is an error with the remedy") {
    if (available_devices().size() == 1) {
        CHECK_THROWS_WITH_AS(choose_device("cuda"), doctest::Contains("--device cpu"), ModelError);
    }
    CHECK_THROWS_WITH_AS(choose_device("cuda:63"), doctest::Contains("--device cpu"), ModelError);
}

TEST_CASE("precision: auto follows the device and fp16 needs CUDA") {
    const Device cuda{0};
    CHECK((choose_precision("auto", Device{}) == Precision::kFp32));
    CHECK((choose_precision("auto", cuda) == Precision::kFp16));
    CHECK((choose_precision("fp32", cuda) == Precision::kFp32));
    CHECK((choose_precision("fp16", cuda) == Precision::kFp16));
    CHECK((choose_precision("bf16", cuda) == Precision::kBf16));
    CHECK_THROWS_WITH_AS(choose_precision("fp16", Device{}), doctest::Contains("CUDA"),
                         ConfigError);
    CHECK_THROWS_WITH_AS(choose_precision("fp8", cuda), doctest::Contains("--precision fp8"),
                         ConfigError);
}

TEST_CASE("precision: bf16 is refused on a CPU without instructions for it and never chosen") {
    CHECK((choose_precision("auto", Device{}) == Precision::kFp32));
    if (cpu_path() == CpuPath::kAvx512Bf16) {
        CHECK((choose_precision("bf16", Device{}) == Precision::kBf16));
        return;
    }
    CHECK_THROWS_WITH_AS(choose_precision("bf16", Device{}),
                         doctest::Contains("use --precision fp32 or auto"), ConfigError);
}

TEST_CASE("precision: int8 is for CPUs with AVX2") {
    CHECK_THROWS_WITH_AS(choose_precision("int8", Device{0}),
                         "--precision int8 needs a CPU with AVX2, and this is a CUDA device; use "
                         "--precision auto",
                         ConfigError);
    if (cpu_path() == CpuPath::kGeneric) {
        CHECK_THROWS_WITH_AS(choose_precision("int8", Device{}),
                             doctest::Contains("needs a CPU with AVX2, and this is generic"),
                             ConfigError);
        return;
    }
    CHECK((choose_precision("int8", Device{}) == Precision::kInt8));
    InferOptions options;
    options.device = "cpu";
    options.precision = "int8";  // for pose networks; others have no ranges
    CHECK((pose_network_options(options).precision == Precision::kInt8));
    CHECK((network_options(options).precision == Precision::kFp32));
}

TEST_CASE("options: what cannot work is refused before anything is loaded") {
    const auto with = [](auto change) {
        InferOptions options;
        options.device = "cpu";
        change(options);
        return options;
    };
    CHECK_NOTHROW(validate(with([](InferOptions&) {})));
    CHECK_THROWS_AS(validate(with([](InferOptions& o) { o.streams = 0; })), ConfigError);
    CHECK_THROWS_AS(validate(with([](InferOptions& o) { o.streams = 33; })), ConfigError);
    CHECK_THROWS_AS(validate(with([](InferOptions& o) { o.min_presence = 1.5F; })), ConfigError);
    CHECK_THROWS_AS(validate(with([](InferOptions& o) { o.precision = "int4"; })), ConfigError);
    CHECK_THROWS_WITH_AS(validate(with([](InferOptions& o) { o.model = "posenet"; })),
                         doctest::Contains("blazepose-full"), ConfigError);
}

TEST_CASE("a CUDA device is named by its own name only and where it is there") {
    for (const char* text : {"auto", "cpu", "", "cuda:", "cuda:63", "cuda:-1", "gpu"}) {
        CAPTURE(text);
        CHECK_FALSE(named_cuda_device(text));
    }
    const bool any = available_devices().size() > 1;
    CHECK(named_cuda_device("cuda") == (any ? std::optional(Device{0}) : std::nullopt));
    CHECK(named_cuda_device("cuda:0") == named_cuda_device("cuda"));
}

TEST_CASE("pose models: every entry of the list names its files") {
    CHECK(pose_models().front().name == InferOptions{}.model);
    for (const PoseModelEntry& entry : pose_models()) {
        CHECK_FALSE(entry.files.empty());
        CHECK(&known_pose_model(entry.name) == &entry);
    }
}

}  // namespace
}  // namespace closet
