#include <algorithm>
#include <exception>
#include <span>

#include <fmt/ranges.h>

#include "closet/command.h"
#include "closet/console.h"
#include "closet/models/models_list.h"
#include "closet/version.h"
#include "core/error.h"
#include "encode/encode_options.h"
#include "encode/libav_facts.h"
#include "fit/kept_garment.h"
#include "infer/parse/parser.h"
#include "infer/pose_models.h"
#include "infer/run/device.h"
#include "models/store/model_store.h"

namespace closet {
namespace {

void print_devices() {
    constexpr std::size_t kFew = 3;
    fmt::print("Devices (--device){}\n",
               built_with_cuda() ? "" : "; no CUDA here: scripts/build, where nvcc and a GPU are");
    const auto devices = available_devices();
    const std::size_t count = console::is_verbose() ? devices.size() : kFew;
    for (std::size_t i = 0; i < std::min(count, devices.size()); ++i) {
        fmt::print("  {:<8} {}\n", devices[i].str(), describe_device(devices[i]));
    }
    if (count < devices.size()) {
        fmt::print("  and {} more\n", devices.size() - count);
    }
}

/// True when the encoder that `fit` takes by default is there.
bool print_encoders() {
    const auto encoders = available_encoders();
    fmt::print("Video encoders (--vcodec)\n");
    print_wrapped({encoders.begin(), encoders.end()});
    return std::find(encoders.begin(), encoders.end(), EncodeOptions{}.codec) != encoders.end();
}

void print_cache() {
    const KeptGarments kept = kept_garments();
    fmt::print("Garments cut out of photos (--garment-cache)\n  {} kept, {}, in {}\n", kept.count,
               size_text(kept.bytes), kept.folder.empty() ? "no folder" : kept.folder.string());
}

/// What of a network's files is there, all together.
struct FilesState {
    std::string state = "ready";  ///< or "absent" or "damaged"
    std::uint64_t bytes = 0;      ///< 0 where unknown
    std::string problem;          ///< in a sentence
};

FilesState state_of(const ModelStore& store, std::span<const std::string_view> names) {
    FilesState all;
    bool is_known = true;
    for (const std::string_view name : names) {
        const ModelEntry& entry = store.model(name);
        const FileCheck file = store.check(entry);
        const std::uint64_t bytes = file.size != 0 ? file.size : entry.size;
        is_known = is_known && bytes != 0;
        all.bytes += bytes;
        if (file.state == FileCheck::State::kReady || all.state == "damaged") {
            continue;
        }
        all.state = file.state == FileCheck::State::kDamaged ? "damaged" : "absent";
        try {
            find_model(name);
            all.problem = file.problem;
        } catch (const std::exception& error) {
            all.problem = sentence_of(error);
        }
    }
    all.bytes = is_known ? all.bytes : 0;
    return all;
}

/// True when it is ready. In the short form the names of those that are absent are only kept.
bool print_network(const ModelStore& store, std::string_view name, std::string_view purpose,
                   std::span<const std::string_view> files, std::vector<std::string>& absent) {
    const FilesState state = state_of(store, files);
    if (state.state == "absent" && !console::is_verbose()) {
        absent.emplace_back(name);
        return false;
    }
    fmt::print("  {:<17} {:<7} {:>8}  {}\n", name, state.state, size_text(state.bytes), purpose);
    if (console::is_verbose()) {
        for (const std::string_view file : files) {
            fmt::print("      {}\n", store.path_of(store.model(file)).string());
        }
        if (!state.problem.empty()) {
            fmt::print("      {}\n", state.problem);
        }
    }
    return state.state == "ready";
}

void print_absent(std::vector<std::string>& absent) {
    if (!absent.empty()) {
        absent.front() = "absent: " + absent.front();
        print_wrapped(absent);
        absent.clear();
    }
}

/// True when the model that `fit` takes by default can be used.
bool print_networks() {
    std::vector<std::string> absent;
    const ModelStore store;
    bool has_default = false;
    fmt::print("Pose models (--model); `closet models fetch NAME` gets what is absent\n");
    for (const PoseModelEntry& entry : pose_models()) {
        const bool is_ready = print_network(store, entry.name, entry.purpose, entry.files, absent);
        has_default = has_default || (is_ready && entry.name == InferOptions{}.model);
    }
    print_absent(absent);
    fmt::print("Detectors of people (--detector); the same gets them\n");
    for (const PersonDetectorEntry& entry : person_detectors()) {
        // The short form has parsers below, whatever else they find.
        const bool is_parser =
            std::any_of(parsers().begin(), parsers().end(),
                        [&](const ParserEntry& parser) { return parser.name == entry.name; });
        if (!is_parser || console::is_verbose()) {
            print_network(store, entry.name, entry.purpose, {&entry.name, 1}, absent);
        }
    }
    print_absent(absent);
    fmt::print("Parsers (--parser); `closet models fetch parser` gets them\n");
    const auto& known = store.models();
    for (const ParserEntry& entry : parsers()) {
        // Some are in no manifest, since nobody publishes their hash: the short form leaves them
        // out until they are imported.
        if (std::any_of(known.begin(), known.end(),
                        [&](const ModelEntry& model) { return model.name == entry.name; })) {
            print_network(store, entry.name, entry.purpose, {&entry.name, 1}, absent);
        } else if (console::is_verbose()) {
            fmt::print("  {:<17} {:<7} {:>8}  {}\n", entry.name, "absent", "-", entry.purpose);
        }
    }
    print_absent(absent);
    return has_default;
}

int run_doctor() {
    fmt::print("{}\n", console::is_verbose() ? version_text() : short_version_text());
    print_devices();
    const bool has_encoder = print_encoders();
    const bool has_model = print_networks();
    print_cache();
    if (!has_model) {
        fmt::print("Missing: the default model; `closet models fetch {}` gets it\n",
                   InferOptions{}.model);
    }
    if (!has_encoder) {
        fmt::print("Missing: libx264; install an FFmpeg that has it, or choose with --vcodec\n");
    }
    if (!console::is_verbose()) {
        fmt::print("`closet doctor --verbose` tells more of all this\n");
    }
    return has_model && has_encoder ? kExitDone : kExitFailed;
}

}  // namespace

Command add_doctor_command(CLI::App& app) {
    CLI::App* doctor = app.add_subcommand(
        "doctor", "tell what this machine has: devices, models, codecs, and what is missing");
    return {doctor, run_doctor};
}

}  // namespace closet
