#include "batch/batch.h"

#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "batch/pictures.h"
#include "core/error.h"

namespace closet {
namespace {

static_assert(Stage<Batch>);

AvFrame picture(double seed) {
    return test::luma_picture(
        64, 48, [=](int x, int y) { return test::texture(x / 64.0, y / 64.0, seed); });
}

/// Runs frames of a scene each `scene_length` through the stage.
std::vector<FrameBatch> run(const BatchOptions& options, int count, int scene_length = 1 << 20,
                            double rate = 25.0) {
    Batch stage(options);
    std::vector<FrameBatch> batches;
    const Emit<FrameBatch> emit = [&](FrameBatch batch) {
        batches.push_back(std::move(batch));
        return true;
    };
    for (int i = 0; i < count; ++i) {
        stage.process(test::make_frame(i, picture(1.0 + 4.0 * (i / scene_length)), rate), emit);
    }
    stage.flush(emit);
    return batches;
}

std::vector<std::int64_t> key_indices(const std::vector<FrameBatch>& batches) {
    std::vector<std::int64_t> keys;
    for (const FrameBatch& batch : batches) {
        for (const auto& key : batch.keys) {
            keys.push_back(batch.frames.at(key.frame).index);
        }
    }
    return keys;
}

/// Every frame once and in order, every batch ending with a key frame, every view there.
void check_sound(const std::vector<FrameBatch>& batches, int count) {
    std::int64_t next = 0;
    for (const FrameBatch& batch : batches) {
        for (const Frame& frame : batch.frames) {
            CHECK(frame.index == next++);
        }
        REQUIRE_FALSE(batch.keys.empty());
        CHECK(batch.keys.back().frame + 1 == batch.frames.size());
        for (const auto& key : batch.keys) {
            CHECK_FALSE(key.view.rgb.empty());
        }
    }
    CHECK(next == count);
}

using Indices = std::vector<std::int64_t>;

TEST_CASE("batch: every frame passes once and in order whatever the settings") {
    for (const int size : {1, 3, 8}) {
        for (const int every : {1, 2, 5, 50}) {
            for (const int count : {1, 2, 7, 24}) {
                check_sound(run({.size = size, .every = every}, count), count);
            }
        }
    }
}

TEST_CASE("batch: where memory is scarce frames leave packed, with the same views and batches") {
    struct Share : MemoryShare {
        explicit Share(bool scarce) : scarce_(scarce) {}
        void become(std::size_t) override {}
        bool is_scarce() const override { return scarce_; }
        bool scarce_;
    };
    const auto plain = run({.size = 2, .every = 3}, 11, 5);
    for (const bool scarce : {false, true}) {
        Batch stage({.size = 2, .every = 3});
        std::size_t next = 0;
        const Emit<FrameBatch> emit = [&](FrameBatch batch) {
            REQUIRE(next < plain.size());
            const FrameBatch& expected = plain[next++];
            REQUIRE(batch.frames.size() == expected.frames.size());
            REQUIRE(batch.keys.size() == expected.keys.size());
            for (const Frame& frame : batch.frames) {
                CHECK(frame.packed.empty() != scarce);
                CHECK((frame.image->buf[0] == nullptr) == scarce);
            }
            for (std::size_t i = 0; i < batch.keys.size(); ++i) {
                CHECK(batch.keys[i].frame == expected.keys[i].frame);
                CHECK(cv::norm(batch.keys[i].view.rgb, expected.keys[i].view.rgb, cv::NORM_INF) ==
                      0);
            }
            return true;
        };
        for (int i = 0; i < 11; ++i) {
            Frame frame = test::make_frame(i, picture(1.0 + 4.0 * (i / 5)), 25.0);
            frame.counted = std::make_shared<Share>(scarce);
            stage.process(std::move(frame), emit);
        }
        stage.flush(emit);
        CHECK(next == plain.size());
    }
}

TEST_CASE("batch: it is emitted when it holds as many key frames as asked") {
    const auto batches = run({.size = 3, .every = 2}, 12);
    REQUIRE(batches.size() == 3);
    CHECK(batches[0].keys.size() == 3);
    CHECK(batches[0].frames.size() == 5);
    CHECK(batches[1].frames.size() == 6);
    CHECK(key_indices(batches) == Indices{0, 2, 4, 6, 8, 10, 11});
}

TEST_CASE("batch: the last frame is a key frame and not taken twice") {
    CHECK(key_indices(run({.size = 4, .every = 4}, 6)) == Indices{0, 4, 5});
    CHECK(key_indices(run({.size = 4, .every = 4}, 9)) == Indices{0, 4, 8});
    CHECK(key_indices(run({.size = 4, .every = 4}, 1)) == Indices{0});
    CHECK(run({}, 0).empty());
}

TEST_CASE("batch: the interval is counted in seconds") {
    CHECK(key_indices(run({.size = 2, .interval_s = 0.2}, 16)) == Indices{0, 5, 10, 15});
}

TEST_CASE("batch: adaptive key frames are told apart by how much they are needed") {
    const auto needs_of = [](const std::vector<FrameBatch>& batches) {
        std::string needs;
        for (const FrameBatch& batch : batches) {
            for (const auto& key : batch.keys) {
                needs += key.need == KeyNeed::kAlways     ? 'a'
                         : key.need == KeyNeed::kIfNeeded ? 'i'
                                                          : 's';
            }
            needs += ' ';
        }
        return needs;
    };
    // 20 frames a second, each one a candidate; a cut before frame 11, where the steps start anew.
    const BatchOptions adaptive{.size = 2, .adaptive = true, .interval_s = 0.05};
    const auto batches = run(adaptive, 22, 11, 20);
    check_sound(batches, 22);
    CHECK(needs_of(batches) == "aiiis iiis is aiiis iiis is ");
    // What every frame, or one in so many, asks for is no matter of need.
    CHECK(needs_of(run({.size = 2, .adaptive = true, .every = 2}, 5)) == "aa a ");
    CHECK(needs_of(run({.size = 2, .adaptive = true, .interval_s = 0}, 4)) == "aa aa ");
    CHECK(needs_of(run({.size = 2, .interval_s = 0.05}, 4)) == "aa aa ");
}

TEST_CASE("batch: both frames at a cut are key frames and the second one starts a scene") {
    const auto batches = run({.size = 4, .every = 5}, 20, 8);
    check_sound(batches, 20);
    CHECK(key_indices(batches) == Indices{0, 5, 7, 8, 13, 15, 16, 19});
    for (const FrameBatch& batch : batches) {
        for (const Frame& frame : batch.frames) {
            CHECK(frame.scene_start == (frame.index % 8 == 0));
        }
    }
}

TEST_CASE("batch: none reaches over a cut") {
    for (const FrameBatch& batch : run({.size = 50, .every = 5}, 20, 8)) {
        for (std::size_t i = 1; i < batch.frames.size(); ++i) {
            CHECK_FALSE(batch.frames[i].scene_start);
        }
    }
}

TEST_CASE("batch: units begin with a batch, after the time asked for or half of it at a cut") {
    // 25 frames a second, cuts each 80 frames, four frames a batch.
    const auto units_of = [](double unit_s) {
        Indices units;
        for (const FrameBatch& batch : run({.size = 2, .every = 2, .unit_s = unit_s}, 230, 80)) {
            for (const Frame& frame : batch.frames) {
                if (frame.unit_start) {
                    CHECK(&frame == &batch.frames.front());
                    units.push_back(frame.index);
                }
            }
        }
        return units;
    };
    CHECK(units_of(0) == Indices{0});
    CHECK(units_of(1) == Indices{0, 27, 55, 80, 107, 135, 160, 187, 215});
    CHECK(units_of(2) == Indices{0, 51, 80, 131, 160, 211});
    CHECK(units_of(5) == Indices{0, 80, 160});
    CHECK(units_of(7) == Indices{0, 160});
}

TEST_CASE("batch: what is remembered where a unit begins gives the same units again") {
    const BatchOptions options{.size = 2, .adaptive = true, .interval_s = 0.1, .unit_s = 1.1};
    const auto frame = [](int i) {
        return test::make_frame(i, picture(1.0 + 4.0 * (i / 50) + 0.003 * (i % 50)), 25);
    };
    const auto marks_of = [&](Batch& stage, int from, std::map<int, std::string>* states) {
        std::string marks;
        const Emit<FrameBatch> emit = [&](FrameBatch batch) {
            if (batch.frames.front().unit_start && states != nullptr) {
                std::ostringstream to;
                stage.save_state(to);
                (*states)[static_cast<int>(batch.frames.front().index)] = to.str();
            }
            marks += '|';
            std::size_t key = 0;
            for (std::size_t i = 0; i < batch.frames.size(); ++i) {
                const bool is_key = key < batch.keys.size() && batch.keys[key].frame == i;
                marks +=
                    is_key ? static_cast<char>('a' + static_cast<int>(batch.keys[key].need)) : '.';
                marks += batch.frames[i].scene_start ? "s" : "";
                marks += batch.frames[i].unit_start ? "u" : "";
                key += is_key ? 1 : 0;
            }
            return true;
        };
        for (int i = from; i < 180; ++i) {
            stage.process(frame(i), emit);
        }
        stage.flush(emit);
        return marks;
    };
    std::map<int, std::string> states;
    Batch whole(options);
    const std::string all = marks_of(whole, 0, &states);
    REQUIRE(states.size() >= 5);
    for (const auto& [from, state] : states) {
        Batch resumed(options);
        std::istringstream in(state);
        resumed.load_state(in);
        const std::string rest = marks_of(resumed, from, nullptr);
        CHECK(rest == all.substr(all.size() - rest.size()));
    }
    std::istringstream cut(states.begin()->second.substr(0, 20));
    CHECK_THROWS(Batch(options).load_state(cut));
}

TEST_CASE("batch: no batch grows without bound") {
    const auto batches = run({.size = 8, .every = 100000}, 500);
    check_sound(batches, 500);
    for (const FrameBatch& batch : batches) {
        CHECK(batch.frames.size() <= Batch::kMaxFrames);
    }
}

TEST_CASE("batch: large pictures make it smaller") {
    Batch stage({.size = 8, .every = 100000, .scale = 0.05});
    std::size_t largest = 0;
    const Emit<FrameBatch> emit = [&](FrameBatch batch) {
        largest = std::max(largest, batch.frames.size());
        return true;
    };
    const AvFrame shared = test::luma_picture(7680, 4320, [](int x, int) { return x % 256; });
    for (int i = 0; i < 30; ++i) {
        stage.process(test::make_frame(i, reference(*shared)), emit);
    }
    CHECK(largest > 0);
    CHECK(largest < 15);
}

TEST_CASE("batch: views have the scale that was asked for") {
    const auto batches = run({.scale = 0.25}, 1);
    CHECK(batches.at(0).keys.at(0).view.rgb.size() == cv::Size(16, 12));
}

TEST_CASE("batch: impossible sizes are refused") {
    CHECK_THROWS_AS(Batch({.size = 0}), ConfigError);
    CHECK_THROWS_AS(Batch({.size = 257}), ConfigError);
}

}  // namespace
}  // namespace closet
