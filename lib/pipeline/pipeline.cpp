#include "pipeline/pipeline.h"

#include <exception>

#include "core/error.h"

namespace closet {

std::vector<StageMetrics> Pipeline::metrics() const {
    std::vector<StageMetrics> result = threads_.metrics();
    for (std::size_t i = 0; i < peaks_.size(); ++i) {
        result.at(i + 1).peak_queue = peaks_[i]();
    }
    return result;
}

void Pipeline::set_body(std::string_view name, std::function<void(StageClock&)> body) {
    pending_.emplace_back(
        name, [body = std::move(body)](const std::stop_token&, StageClock& clock) { body(clock); });
}

void Pipeline::guard(const std::function<void()>& body) {
    try {
        body();
    } catch (...) {
        threads_.fail(current_error());
    }
}

}  // namespace closet
