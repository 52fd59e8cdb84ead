#include "encode/display/keys.h"

#include <map>
#include <set>
#include <string>

#include <doctest/doctest.h>

namespace closet {

TEST_CASE("every action has its keys once and a description") {
    std::set<WindowAction> actions;
    std::set<std::string> keys, descriptions;
    for (const WindowKey& key : window_keys()) {
        CHECK(actions.insert(key.action).second);
        CHECK(keys.insert(key.keys).second);
        CHECK(descriptions.insert(key.does).second);
        CHECK_FALSE(key.keys.empty());
        CHECK_FALSE(key.does.empty());
    }
    CHECK_FALSE(actions.contains(WindowAction::kNone));
    CHECK(actions.size() == static_cast<std::size_t>(WindowAction::kHelp));
}

TEST_CASE("codes of toolkits are the actions of the table") {
    using enum WindowAction;
    const std::map<int, WindowAction> expected{{'q', kQuit},
                                               {27, kQuit},
                                               {'n', kNextGarment},
                                               {0xff53, kNextGarment},
                                               {0xff98, kNextGarment},
                                               {'p', kPreviousGarment},
                                               {0xff51, kPreviousGarment},
                                               {'w', kNextWarp},
                                               {'k', kSkeleton},
                                               {'i', kStatistics},
                                               {'m', kMirror},
                                               {' ', kPause},
                                               {'s', kSavePicture},
                                               {'r', kRecord},
                                               {'h', kHelp},
                                               {'?', kHelp},
                                               {0xffbe, kHelp},
                                               {-1, kNone},
                                               {'x', kNone},
                                               {0xff52, kNone},
                                               {0, kNone}};
    for (const auto& [code, action] : expected) {
        CAPTURE(code);
        CHECK(action_of_key(code) == action);
    }
}

TEST_CASE("Caps Lock and Num Lock make no difference") {
    constexpr int kCapsLock = 0x020000, kNumLock = 0x100000;  // as GTK reports them
    CHECK(action_of_key('Q') == WindowAction::kQuit);
    CHECK(action_of_key('N' | kCapsLock | kNumLock) == WindowAction::kNextGarment);
    CHECK(action_of_key(0xff53 | kNumLock) == WindowAction::kNextGarment);
}

TEST_CASE("a held key counts once and one pressed again counts twice") {
    using namespace std::chrono_literals;
    KeyRepeat repeat;
    auto now = KeyRepeat::Clock::time_point{} + 1s;
    CHECK_FALSE(repeat.is_held(WindowAction::kRecord, now));
    for (int i = 0; i < 20; ++i) {
        CHECK(repeat.is_held(WindowAction::kRecord, now += 33ms));
    }
    CHECK_FALSE(repeat.is_held(WindowAction::kRecord, now += 150ms));
    CHECK_FALSE(repeat.is_held(WindowAction::kMirror, now += 10ms));
    CHECK_FALSE(repeat.is_held(WindowAction::kRecord, now += 10ms));
}

}  // namespace closet
