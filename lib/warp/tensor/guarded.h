#pragma once

#include <exception>

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "core/device.h"
#include "core/error.h"
#include "core/log.h"

namespace closet::tensor {

/// Does work of LibTorch. Throws ModelError where it fails: "cannot `what` on cuda:0: ...".
template <class Work>
auto guarded(Device device, const char* what, const Work& work) {
    const c10::InferenceMode no_gradients;
    at::set_num_threads(1);  // of the calling thread, where the device is the CPU
    try {
        return work();
    } catch (const Error&) {
        throw;
    } catch (const std::exception& error) {  // LibTorch's
        log::debug("{}", details_of(error));
        throw ModelError(
            fmt::format("cannot {} on {}: {}", what, device.str(), sentence_of(error)));
    }
}

}  // namespace closet::tensor
