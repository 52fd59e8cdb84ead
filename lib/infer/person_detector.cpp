#include "infer/person_detector.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "infer/device.h"
#include "infer/model_file.h"
#include "infer/network_runner.h"
#include "infer/rtm_networks.h"
#include "infer/rtmdet.h"

namespace closet {
namespace {

constexpr std::array kDetectors{
    PersonDetectorEntry{"rtmdet-nano", "320x320; what RTMPose takes by default"},
    PersonDetectorEntry{"rtmdet-m", "smaller people; 126 times the work of nano"},
};

}  // namespace

std::span<const PersonDetectorEntry> person_detectors() {
    return kDetectors;
}

void check_person_detector(std::string_view name) {
    const bool known = std::any_of(kDetectors.begin(), kDetectors.end(),
                                   [&](const auto& entry) { return entry.name == name; });
    if (!known && !names_file(name) && !names_own_model(name)) {
        std::array<std::string_view, kDetectors.size()> names;
        std::transform(kDetectors.begin(), kDetectors.end(), names.begin(),
                       [](const auto& entry) { return entry.name; });
        throw ConfigError(
            fmt::format("--detector {} is unknown; there are {}, what you imported with "
                        "closet models import, or the path of a checkpoint",
                        name, fmt::join(names, ", ")));
    }
}

std::unique_ptr<PersonDetector> make_person_detector(std::string_view name,
                                                     const InferOptions& options,
                                                     WorkerPool& workers) {
    check_person_detector(name);
    const c10::Device device = choose_device(options.device);
    const RtmdetNetwork loaded =
        load_rtmdet_network(name, {.network = {.device = device,
                                               .dtype = choose_precision(options.precision, device),
                                               .outputs = {}},
                                   .allow_partial = options.allow_partial});
    return std::make_unique<RtmDet>(make_runner({.network = loaded.network,
                                                 .normalisation = rtmdet_normalisation(),
                                                 .device = device,
                                                 .streams = options.streams},
                                                workers),
                                    loaded.network->input_size(), loaded.exponential);
}

}  // namespace closet
