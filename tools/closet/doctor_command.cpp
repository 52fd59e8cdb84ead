#include <algorithm>
#include <exception>

#include <fmt/ranges.h>

#include "command.h"
#include "encode/encode_options.h"
#include "encode/libav_facts.h"
#include "exit_code.h"
#include "infer/device.h"
#include "infer/pose_models.h"
#include "models/store/model_store.h"
#include "version.h"

namespace closet {
namespace {

void print_devices() {
    fmt::print("\nDevices (--device)\n");
    for (const c10::Device device : available_devices()) {
        fmt::print("  {:<8} {}\n", device.str(), describe_device(device));
    }
    if (!built_with_cuda()) {
        fmt::print(
            "  this build has no CUDA; on a machine with nvcc and a GPU, scripts/build makes "
            "one\n");
    }
}

/// True when the model that `fit` takes by default can be used.
bool print_models() {
    fmt::print("\nPose models (--model), files in {}\n", models_folder().string());
    bool has_default = false;
    for (const PoseModelEntry& entry : pose_models()) {
        std::string state = "ready";
        for (const std::string_view file : entry.files) {
            try {
                find_model(file);
            } catch (const std::exception& error) {
                state = error.what();
                break;
            }
        }
        has_default = has_default || (state == "ready" && entry.name == InferOptions{}.model);
        fmt::print("  {:<16} {}\n  {:<16} {}\n", entry.name, entry.purpose, "", state);
    }
    return has_default;
}

/// True when the encoder that `fit` takes by default is there.
bool print_encoders() {
    const auto encoders = available_encoders();
    fmt::print("\nVideo encoders (--vcodec)\n  {}\n", fmt::join(encoders, " "));
    return std::find(encoders.begin(), encoders.end(), EncodeOptions{}.codec) != encoders.end();
}

int run_doctor() {
    fmt::print("{}\n", version_text());
    print_devices();
    const bool has_model = print_models();
    const bool has_encoder = print_encoders();
    if (!has_model) {
        fmt::print(
            "\nMissing: the default model; run scripts/setup, or put the file named above in "
            "place\n");
    }
    if (!has_encoder) {
        fmt::print(
            "\nMissing: libx264; install an FFmpeg that has it, or choose another with --vcodec\n");
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
