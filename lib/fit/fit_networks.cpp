#include "fit/fit_networks.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <tuple>

#include "fit/face_photo.h"
#include "infer/infer.h"
#include "infer/pose_models.h"

namespace closet {
namespace {

/// As many concurrent inference calls as cores; the caller is one of them.
unsigned helper_threads(unsigned cores) {
    return std::max(1U, cores > 0 ? cores : std::thread::hardware_concurrency()) - 1;
}

/// The options that decide which networks are loaded and how they run.
auto loaded_for(const InferOptions& options) {
    return std::tie(options.model, options.detector, options.device, options.precision,
                    options.streams, options.masks, options.allow_partial, options.parser,
                    options.silhouette, options.flip_test, options.face_model, options.face_photo);
}

}  // namespace

FitNetworks::FitNetworks(const InferOptions& options, bool serial, unsigned cores)
    : options_((validate(options), options)),
      serial_(serial),
      workers_(serial ? 0 : helper_threads(cores)) {
    const auto start = std::chrono::steady_clock::now();
    model_ = make_pose_model(options, workers_);
    if (!options.detector.empty()) {
        detector_ = make_person_detector(options.detector, options, workers_);
    }
    parser_ = make_parser(options, workers_);
    if (!options.face_photo.empty()) {
        face_ = face_of_photo(std::make_shared<const FaceReader>(options, workers_),
                              options.face_photo);
    }
    load_s_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

bool FitNetworks::serve(const InferOptions& options, bool serial) const {
    return serial == serial_ && loaded_for(options) == loaded_for(options_);
}

}  // namespace closet
