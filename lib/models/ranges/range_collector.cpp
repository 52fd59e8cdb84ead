#include "models/ranges/range_collector.h"

#include <cstdint>

#include "models/nhwc/plan.h"
#include "models/nhwc/range_meter.h"
#include "models/ranges/value_keys.h"

namespace closet {

struct RangeCollector::Meter {
    NetworkGraph graph;
    RangeMeter meter;
    int pictures = 0;
};

RangeCollector::RangeCollector() = default;
RangeCollector::~RangeCollector() = default;

void RangeCollector::see(const NetworkGraph& graph, std::span<const float> picture) {
    const std::lock_guard lock(mutex_);
    auto& meter = meters_[&graph];
    if (meter == nullptr) {
        if (!nhwc_supports(graph)) {
            return;
        }
        meter = std::make_unique<Meter>(Meter{graph, RangeMeter(graph)});
    }
    if (meter->pictures < kMostPictures) {
        meter->meter.see(picture);
        ++meter->pictures;
    }
}

std::vector<RangeCollector::Measured> RangeCollector::measured() const {
    const std::lock_guard lock(mutex_);
    std::vector<Measured> all;
    for (const auto& [address, meter] : meters_) {
        if (meter == nullptr) {
            continue;
        }
        Measured& measured = all.emplace_back(Measured{meter->graph.name, meter->pictures, {}});
        const std::vector<std::uint64_t> keys = value_keys(meter->graph);
        const std::vector<ValueRange>& ranges = meter->meter.ranges();
        for (std::size_t value = 0; value < keys.size(); ++value) {
            if (ranges[value].is_known()) {
                measured.ranges.emplace(keys[value], ranges[value]);
            }
        }
    }
    return all;
}

}  // namespace closet
