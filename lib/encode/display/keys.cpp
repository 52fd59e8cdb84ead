#include "encode/display/keys.h"

#include <algorithm>
#include <vector>

namespace closet {
namespace {

// X11's key symbols (X11/keysymdef.h), which both toolkits of OpenCV report for keys without a
// character.
constexpr int kLeft = 0xff51;
constexpr int kRight = 0xff53;
constexpr int kKeypadLeft = 0xff96;
constexpr int kKeypadRight = 0xff98;
constexpr int kF1 = 0xffbe;
constexpr int kKeypadSpace = 0xff80;
constexpr int kEscapeSymbol = 0xff1b;
constexpr int kEscape = 27;

struct Binding {
    WindowKey key;
    std::vector<int> codes;
};

/// In the order in which the overlay lists them.
const std::vector<Binding>& bindings() {
    using enum WindowAction;
    static const std::vector<Binding> list{
        {{"n, right arrow", kNextGarment, "next garment"}, {'n', kRight, kKeypadRight}},
        {{"p, left arrow", kPreviousGarment, "previous garment"}, {'p', kLeft, kKeypadLeft}},
        {{"w", kNextWarp, "next warp"}, {'w'}},
        {{"k", kSkeleton, "skeleton on or off"}, {'k'}},
        {{"i", kStatistics, "statistics on or off"}, {'i'}},
        {{"m", kMirror, "mirror on or off"}, {'m'}},
        {{"space", kPause, "pause and go on"}, {' ', kKeypadSpace}},
        {{"s", kSavePicture, "save the picture"}, {'s'}},
        {{"r", kRecord, "record on or off"}, {'r'}},
        {{"h, ?, F1", kHelp, "this help on or off"}, {'h', '?', kF1}},
        {{"q, Esc", kQuit, "quit"}, {'q', kEscape, kEscapeSymbol}},
    };
    return list;
}

/// GTK reports modifiers above the 16 bits of the key, Qt none.
int without_modifiers(int code) {
    constexpr int kKeyBits = 0xffff;
    const int key = code & kKeyBits;
    return key >= 'A' && key <= 'Z' ? key - 'A' + 'a' : key;
}

}  // namespace

const std::vector<WindowKey>& window_keys() {
    static const std::vector<WindowKey> keys = [] {
        std::vector<WindowKey> list;
        for (const Binding& binding : bindings()) {
            list.push_back(binding.key);
        }
        return list;
    }();
    return keys;
}

WindowAction action_of_key(int code) {
    if (code < 0) {  // no key
        return WindowAction::kNone;
    }
    const int key = without_modifiers(code);
    for (const Binding& binding : bindings()) {
        if (std::find(binding.codes.begin(), binding.codes.end(), key) != binding.codes.end()) {
            return binding.key.action;
        }
    }
    return WindowAction::kNone;
}

bool KeyRepeat::is_held(WindowAction action, Clock::time_point now) {
    constexpr std::chrono::milliseconds kHeld{100};
    const bool held = action == last_ && now - when_ < kHeld;
    last_ = action;
    when_ = now;
    return held;
}

}  // namespace closet
