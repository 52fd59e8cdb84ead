#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "warp/warp.h"
#include "warp/warp_fixtures.h"

namespace closet::test {

struct DressedFrame {
    Frame frame;
    cv::Mat matte;
};

inline DressedFrame dress_copy(Warp& warp, const PosedFrame& posed) {
    cv::Mat matte(posed.frame.height(), posed.frame.width(), CV_8UC1, cv::Scalar(0));
    Frame frame = warp.dress({share_picture(posed.frame), posed.poses}, &matte);
    return {std::move(frame), matte};
}

inline bool are_same(const DressedFrame& a, const DressedFrame& b) {
    return same_pixels(*a.frame.image, *b.frame.image) && cv::norm(a.matte, b.matte) == 0;
}

inline std::string state_of(const auto& stage) {
    std::ostringstream state;
    stage.save_state(state);
    return std::move(state).str();
}

inline void take_up(auto& stage, const std::string& state) {
    std::istringstream from(state);
    stage.load_state(from);
}

inline bool have_same_counts(const Warp& a, const Warp& b) {
    const RemovalCounts &x = a.old_clothes(), &y = b.old_clothes();
    return a.dressed_frames() == b.dressed_frames() &&
           a.garments_painted() == b.garments_painted() && a.try_on().asked == b.try_on().asked &&
           a.try_on().compared == b.try_on().compared &&
           a.try_on().flicker_sum == b.try_on().flicker_sum && x.removed == y.removed &&
           x.left == y.left && x.changes == y.changes;
}

/// Frames that are dressed in one go by a warp of `make` are dressed alike, bit for bit, by one
/// that takes up the state before a frame of `cuts`, to the last frame, counts included; and by a
/// new one they are not. The last state is the same as well.
inline void check_goes_on(const std::function<Warp()>& make, const std::vector<PosedFrame>& frames,
                          const std::vector<std::size_t>& cuts) {
    Warp whole = make();
    std::vector<DressedFrame> expected;
    std::map<std::size_t, std::string> states;
    for (const PosedFrame& frame : frames) {
        if (std::find(cuts.begin(), cuts.end(), expected.size()) != cuts.end()) {
            states[expected.size()] = state_of(whole);
        }
        expected.push_back(dress_copy(whole, frame));
    }
    const std::string last_state = state_of(whole);
    CHECK(whole.dressed_frames() > 0);
    bool is_remembered = false;
    for (const std::size_t cut : cuts) {
        CAPTURE(cut);
        Warp resumed = make();
        take_up(resumed, states.at(cut));
        std::optional<std::size_t> other;  // the first frame that differs
        for (std::size_t i = cut; i < frames.size() && !other; ++i) {
            if (!are_same(dress_copy(resumed, frames[i]), expected[i])) {
                other = i;
            }
        }
        CAPTURE(other.value_or(0));
        CHECK_FALSE(other);
        CHECK(have_same_counts(resumed, whole));
        CHECK(state_of(resumed) == last_state);
        Warp forgetful = make();
        is_remembered =
            is_remembered || !are_same(dress_copy(forgetful, frames[cut]), expected[cut]);
    }
    CHECK(is_remembered);
}

}  // namespace closet::test
