#include "infer/run/device.h"

#include <charconv>
#include <thread>

#include <fmt/format.h>

#include "core/cpu.h"
#include "core/error.h"
#include "infer/infer_options.h"
#include "models/nhwc/kernels.h"

namespace closet {
namespace {

/// The N of "cuda:N"; 0 for "cuda"; -1 for anything else.
int cuda_index(std::string_view text) {
    constexpr std::string_view kName = "cuda";
    constexpr int kMostDevices = 64;  // of LibTorch
    if (text == kName) {
        return 0;
    }
    if (!text.starts_with("cuda:")) {
        return -1;
    }
    const std::string_view digits = text.substr(kName.size() + 1);
    int index = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    const bool whole = error == std::errc() && end == digits.data() + digits.size();
    return whole && index < kMostDevices ? index : -1;
}

}  // namespace

Device choose_device(std::string_view text) {
    if (text == "cpu") {
        return {};
    }
    if (text == "auto") {
        return cuda_devices().empty() ? Device{} : Device{0};
    }
    const int index = cuda_index(text);
    if (index < 0) {
        throw ConfigError(
            fmt::format("{} {} is not auto, cpu, cuda or cuda:N", flags::kDevice, text));
    }
    if (!built_with_cuda()) {
        throw ModelError(
            fmt::format("{} {} is not possible because this closet was built without CUDA; build "
                        "it with a CUDA version of LibTorch, or use {} cpu",
                        flags::kDevice, text, flags::kDevice));
    }
    const auto count = static_cast<int>(cuda_devices().size());
    if (index >= count) {
        throw ModelError(fmt::format(
            "{} {} is not possible because {}; use {} cpu{}", flags::kDevice, text,
            count == 0 ? "no CUDA device or driver was found"
                       : fmt::format("this machine has {} CUDA device(s)", count),
            flags::kDevice, count == 0 ? "" : fmt::format(" or cuda:0 to cuda:{}", count - 1)));
    }
    return {index};
}

Precision choose_precision(std::string_view text, Device device) {
    if (text == "fp32" || (text == "auto" && device.is_cpu())) {
        return Precision::kFp32;
    }
    if (text == "bf16") {
        if (device.is_cpu() && cpu_path() < CpuPath::kAvx512Bf16) {
            throw ConfigError(
                fmt::format("{} bf16 is not possible because this processor has no bf16 "
                            "instructions, only {}; use {} fp32 or auto",
                            flags::kPrecision, describe_cpu_path(), flags::kPrecision));
        }
        return Precision::kBf16;
    }
    if (text == "int8") {
        if (!device.is_cpu() || nhwc_kernels(Element::kUint8) == nullptr) {
            throw ConfigError(fmt::format(
                "{} int8 needs a CPU with AVX2, and this is {}; use {} auto", flags::kPrecision,
                device.is_cpu() ? describe_cpu_path() : "a CUDA device", flags::kPrecision));
        }
        return Precision::kInt8;
    }
    if (text == "auto" || (text == "fp16" && !device.is_cpu())) {
        return Precision::kFp16;
    }
    throw ConfigError(
        text == "fp16"
            ? fmt::format("{} fp16 needs a CUDA device; use fp32, bf16 or int8 on the CPU",
                          flags::kPrecision)
            : fmt::format("{} {} is not auto, fp32, fp16, bf16 or int8", flags::kPrecision, text));
}

std::string describe_device(Device device) {
    if (device.is_cpu()) {
        return fmt::format("CPU, {}, {} threads", describe_cpu_path(),
                           std::thread::hardware_concurrency());
    }
    const auto devices = cuda_devices();
    const auto index = static_cast<std::size_t>(device.cuda);
    if (index >= devices.size()) {
        return fmt::format("{} (absent)", device.str());
    }
    constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;
    return fmt::format("{}, {:.1f} GiB, {}", devices[index].name,
                       static_cast<double>(devices[index].memory_bytes) / kGiB, device.str());
}

std::optional<Device> named_cuda_device(std::string_view text) {
    const int index = cuda_index(text);
    if (index < 0 || index >= static_cast<int>(cuda_devices().size())) {
        return std::nullopt;
    }
    return Device{index};
}

std::vector<Device> available_devices() {
    std::vector<Device> devices{Device{}};
    for (std::size_t i = 0; i < cuda_devices().size(); ++i) {
        devices.push_back({static_cast<int>(i)});
    }
    return devices;
}

bool built_with_cuda() {
    return CLOSET_BUILT_WITH_CUDA;
}

std::vector<CudaDevice> cuda_devices() {
    return built_with_cuda() ? find_cuda_devices() : std::vector<CudaDevice>();
}

double cuda_busy_s() {
    return built_with_cuda() ? measure_cuda_busy_s() : 0;
}

std::string torch_version() {
    return CLOSET_TORCH_VERSION;
}

}  // namespace closet
