// Geometric matching of both systems and the try-on module of CP-VTON (cp-vton's networks.py,
// fbaf333; VITON-HD's networks.py, 02afa4b).
#include <fmt/format.h>

#include "core/error.h"
#include "models/networks/try_on/try_on.h"
#include "models/networks/try_on/weight_list.h"

namespace closet {
namespace {

/// Pixels of the map that both pictures are matched on.
constexpr std::int64_t kPlaces =
    (GeometricMatching::kHeight / 16) * (GeometricMatching::kWidth / 16);
/// Pixels of the map that the regression ends with.
constexpr std::int64_t kLastPlaces =
    (GeometricMatching::kHeight / 64) * (GeometricMatching::kWidth / 64);
constexpr std::int64_t kOffsets =
    2 * GeometricMatching::kPointsAcross * GeometricMatching::kPointsAcross;
constexpr std::int64_t kGarmentChannels = 3;

std::string feature_conv(std::size_t i) {
    return fmt::format(".model.{}", 3 * i);
}

std::string regression_conv(std::size_t i) {
    return fmt::format("regression.conv.{}", 3 * i);
}

}  // namespace

std::optional<GeometricMatching> recognize_geometric_matching(const StateDict& state) {
    constexpr const char* kWhat = "a geometric matching network";
    if (state.find("extractionA.model.0.weight") == nullptr ||
        state.find("regression.conv.0.weight") == nullptr) {
        return std::nullopt;
    }
    GeometricMatching found;
    found.person_channels = channels_of(state, "extractionA.model.0.weight", kWhat, 1);
    if (found.person_channels != GeometricMatching::kCpVton && !found.is_viton_hd()) {
        throw ModelError(fmt::format(
            "it is {} for persons of {} channels, where {} (CP-VTON) and {} (VITON-HD) "
            "are known",
            kWhat, found.person_channels, GeometricMatching::kCpVton, GeometricMatching::kVitonHd));
    }
    for (std::size_t i = 0; i < found.features.size(); ++i) {
        found.features.at(i) =
            channels_of(state, "extractionA" + feature_conv(i) + ".weight", kWhat);
    }
    for (std::size_t i = 0; i < found.regression.size(); ++i) {
        found.regression.at(i) = channels_of(state, regression_conv(i) + ".weight", kWhat);
    }
    return found;
}

RecognizedNetwork describe(const GeometricMatching& architecture) {
    WeightList list;
    for (const bool is_person : {true, false}) {
        const std::string branch = is_person ? "extractionA" : "extractionB";
        std::int64_t in = is_person ? architecture.person_channels : kGarmentChannels;
        for (std::size_t i = 0; i < architecture.features.size(); ++i) {
            const std::int64_t out = architecture.features.at(i);
            list.conv(branch + feature_conv(i), in, out, i < 4 ? 4 : 3);
            if (i + 1 < architecture.features.size()) {
                list.batch_norm(fmt::format("{}.model.{}", branch, 3 * i + 2), out);
            }
            in = out;
        }
    }
    std::int64_t in = kPlaces;
    for (std::size_t i = 0; i < architecture.regression.size(); ++i) {
        const std::int64_t out = architecture.regression.at(i);
        list.conv(regression_conv(i), in, out, i < 2 ? 4 : 3);
        list.batch_norm(fmt::format("regression.conv.{}", 3 * i + 1), out);
        in = out;
    }
    list.add("regression.linear.weight", {kOffsets, in * kLastPlaces});
    list.add("regression.linear.bias", {kOffsets});
    const bool usual = architecture.features == GeometricMatching{}.features &&
                       architecture.regression == GeometricMatching{}.regression;
    return {.text = fmt::format("{}-gmm{} 256x192, {} points",
                                architecture.is_viton_hd() ? "viton-hd" : "cp-vton",
                                usual ? "" : " of other widths", kOffsets / 2),
            .input_height = GeometricMatching::kHeight,
            .input_width = GeometricMatching::kWidth,
            .channels = "RGB",
            .counted = "points",
            .count = kOffsets / 2,
            .weights = std::move(list.weights)};
}

std::string try_on_level(std::size_t level) {
    std::string name = "model.model";
    for (std::size_t i = 1; i <= level; ++i) {
        name += i == 1 ? ".1.model" : ".3.model";
    }
    return name;
}

std::size_t try_on_up_entry(std::size_t level) {
    return level == 0 || level + 1 == TryOnModule::kLevels ? 4 : 6;
}

std::optional<TryOnModule> recognize_try_on_module(const StateDict& state) {
    const std::string deepest = try_on_level(TryOnModule::kLevels - 1) + ".1.weight";
    if (state.find("model.model.0.weight") == nullptr || state.find(deepest) == nullptr) {
        return std::nullopt;
    }
    TryOnModule found;
    for (std::size_t level = 0; level < TryOnModule::kLevels; ++level) {
        found.widths.at(level) =
            channels_of(state, try_on_level(level) + (level == 0 ? ".0.weight" : ".1.weight"),
                        "a try-on module");
    }
    return found;
}

RecognizedNetwork describe(const TryOnModule& architecture) {
    const auto& widths = architecture.widths;
    WeightList list;
    for (std::size_t level = 0; level < TryOnModule::kLevels; ++level) {
        const std::string name = try_on_level(level);
        const std::int64_t width = widths.at(level);
        const bool last = level + 1 == TryOnModule::kLevels;
        const std::int64_t above = level == 0 ? TryOnModule::kInputs : widths.at(level - 1);
        list.conv(name + (level == 0 ? ".0" : ".1"), above, width, 4);
        // What comes up from below joins what went down.
        list.conv(fmt::format("{}.{}", name, try_on_up_entry(level)), last ? width : 2 * width,
                  level == 0 ? TryOnModule::kOutputs : above, 3);
    }
    return {.text = fmt::format("cp-vton-tom{} 256x192, {} planes",
                                architecture == TryOnModule{} ? "" : " of other widths",
                                TryOnModule::kOutputs),
            .input_height = TryOnModule::kHeight,
            .input_width = TryOnModule::kWidth,
            .channels = "RGB",
            .counted = "planes",
            .count = TryOnModule::kOutputs,
            .weights = std::move(list.weights)};
}

}  // namespace closet
