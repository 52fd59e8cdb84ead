#include "pipeline/nvml.h"

#include <array>
#include <type_traits>

#include <dlfcn.h>

namespace closet {
namespace {

// From NVIDIA's "NVML API Reference Guide"; the ABI has been stable since version 2 of it.
constexpr int kSuccess = 0;
constexpr int kTemperatureOfGpu = 0;  // NVML_TEMPERATURE_GPU
constexpr int kClockOfSm = 1;         // NVML_CLOCK_SM
constexpr unsigned kNameSize = 96;    // NVML_DEVICE_NAME_V2_BUFFER_SIZE
struct Utilization {
    unsigned gpu = 0, memory = 0;
};
struct Memory {
    unsigned long long total = 0, free = 0, used = 0;
};

/// The functions in use; null where the library lacks them.
struct Library {
    int (*init)() = nullptr;
    int (*by_pci)(const char*, void**) = nullptr;
    int (*name)(void*, char*, unsigned) = nullptr;
    int (*utilization)(void*, Utilization*) = nullptr;
    int (*memory)(void*, Memory*) = nullptr;
    int (*power)(void*, unsigned*) = nullptr;
    int (*temperature)(void*, int, unsigned*) = nullptr;
    int (*clock)(void*, int, unsigned*) = nullptr;
    bool usable = false;

    Library() {
        void* library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);  // until the end
        if (library == nullptr) {
            return;
        }
        const auto find = [&](auto& function, const char* symbol) {
            function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(
                dlsym(library, symbol));
        };
        find(init, "nvmlInit_v2");
        find(by_pci, "nvmlDeviceGetHandleByPciBusId_v2");
        find(name, "nvmlDeviceGetName");
        find(utilization, "nvmlDeviceGetUtilizationRates");
        find(memory, "nvmlDeviceGetMemoryInfo");
        find(power, "nvmlDeviceGetPowerUsage");
        find(temperature, "nvmlDeviceGetTemperature");
        find(clock, "nvmlDeviceGetClockInfo");
        usable = init != nullptr && by_pci != nullptr && init() == kSuccess;
    }
};

const Library& library() {
    static const Library loaded;
    return loaded;
}

}  // namespace

std::optional<Nvml::Card> Nvml::card(const std::string& pci_bus_id) {
    void* handle = nullptr;
    if (pci_bus_id.empty() || !library().usable ||
        library().by_pci(pci_bus_id.c_str(), &handle) != kSuccess) {
        return std::nullopt;
    }
    return Card(handle);
}

Nvml::Reading Nvml::Card::read() const {
    const Library& nvml = library();
    Reading reading;
    Utilization utilization;
    if (nvml.utilization != nullptr && nvml.utilization(handle_, &utilization) == kSuccess) {
        reading.utilisation_percent = utilization.gpu;
    }
    Memory memory;
    if (nvml.memory != nullptr && nvml.memory(handle_, &memory) == kSuccess) {
        reading.memory_bytes = static_cast<std::int64_t>(memory.used);
    }
    unsigned value = 0;
    if (nvml.power != nullptr && nvml.power(handle_, &value) == kSuccess) {
        reading.power_w = 1e-3 * value;  // given in milliwatts
    }
    if (nvml.temperature != nullptr &&
        nvml.temperature(handle_, kTemperatureOfGpu, &value) == kSuccess) {
        reading.temperature_c = value;
    }
    if (nvml.clock != nullptr && nvml.clock(handle_, kClockOfSm, &value) == kSuccess) {
        reading.clock_mhz = value;
    }
    return reading;
}

std::string Nvml::Card::name() const {
    std::array<char, kNameSize> text{};
    const bool known =
        library().name != nullptr && library().name(handle_, text.data(), kNameSize) == kSuccess;
    return known ? text.data() : "";
}

}  // namespace closet
