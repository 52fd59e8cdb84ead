#pragma once

#include <utility>

#include <nlohmann/json.hpp>

#include "pipeline/stage_metrics.h"

namespace closet {

/// The fields of StageMetrics under their names, as summaries of every kind have them.
inline nlohmann::ordered_json stage_json(const StageMetrics& stage) {
    nlohmann::ordered_json parts = nlohmann::ordered_json::array();
    for (const PartTime& part : stage.parts) {
        parts.push_back({{"name", part.name}, {"total_s", part.total_s}, {"calls", part.calls}});
    }
    return {{"name", stage.name},
            {"busy_s", stage.busy_s},
            {"cpu_s", stage.cpu_s},
            {"wait_input_s", stage.wait_input_s},
            {"wait_output_s", stage.wait_output_s},
            {"items_in", stage.items_in},
            {"items_out", stage.items_out},
            {"peak_queue", stage.peak_queue},
            {"parts", std::move(parts)}};
}

}  // namespace closet
