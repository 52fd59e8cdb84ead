#include "infer/nms.h"

#include <algorithm>

namespace closet {
namespace {

double overlap(const Box& a, const Box& b, double margin) {
    const auto extent = [&](double low, double high) { return std::max(0.0, high - low + margin); };
    const auto end = [](float start, float size) { return static_cast<double>(start) + size; };
    const double shared =
        extent(std::max(a.x, b.x), std::min(end(a.x, a.width), end(b.x, b.width))) *
        extent(std::max(a.y, b.y), std::min(end(a.y, a.height), end(b.y, b.height)));
    const auto area = [&](const Box& box) { return (box.width + margin) * (box.height + margin); };
    const double all = area(a) + area(b) - shared;
    return all > 0.0 ? shared / all : 0.0;
}

}  // namespace

std::vector<PersonBox> suppress_overlapping(std::vector<PersonBox> boxes, double most_overlap,
                                            double margin) {
    std::stable_sort(boxes.begin(), boxes.end(),
                     [](const PersonBox& a, const PersonBox& b) { return a.score > b.score; });
    std::vector<PersonBox> kept;
    for (const PersonBox& candidate : boxes) {
        const bool hidden = std::any_of(kept.begin(), kept.end(), [&](const PersonBox& better) {
            return overlap(better.box, candidate.box, margin) > most_overlap;
        });
        if (!hidden) {
            kept.push_back(candidate);
        }
    }
    return kept;
}

}  // namespace closet
