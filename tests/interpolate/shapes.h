#pragma once

#include <memory>
#include <vector>

#include "interpolate/shape.h"

/// Silhouettes made in code.
namespace closet::test {

/// A shape all of whose measures are the same.
inline BodyShape uniform_shape(float value, float certainty = 1.0F) {
    BodyShape shape;
    for_each_measure(shape, [&](Measure& measure) { measure = {value, certainty}; });
    return shape;
}

/// A shape whose measures all differ, moved by `offset`.
inline BodyShape varied_shape(float offset = 0.0F) {
    BodyShape shape;
    float i = 0;
    for_each_measure(shape, [&](Measure& measure) {
        measure = {0.1F + 0.00313F * i + offset, 0.2F + 0.0031F * i};
        i += 1;
    });
    return shape;
}

inline Pose with_shape(Pose pose, const BodyShape& shape) {
    pose.shape = std::make_shared<BodyShape>(shape);
    return pose;
}

inline bool same_shape(const BodyShape& a, const BodyShape& b) {
    bool same = true;
    std::vector<Measure> all;
    for_each_measure(a, [&](const Measure& measure) { all.push_back(measure); });
    for_each_measure(b, [&, i = std::size_t{0}](const Measure& measure) mutable {
        same = same && measure.value == all[i].value && measure.certainty == all[i].certainty;
        ++i;
    });
    return same;
}

}  // namespace closet::test
