#include "models/checkpoint/pickle_machine.h"

#include <algorithm>

#include <fmt/format.h>

namespace closet {

namespace {

[[noreturn]] void stack_is_short() {
    throw CheckpointError("its pickle takes more from its stack than it put there");
}

}  // namespace

Pickle PickleMachine::run() {
    for (;;) {
        spend(1);
        const auto opcode = take<std::uint8_t>();
        if (opcode == kStop) {
            pickle_.root = pop();
            pickle_.size = position_;
            return std::move(pickle_);
        }
        if (!run_value(opcode) && !run_container(opcode) && !run_memo(opcode) &&
            !run_object(opcode)) {
            throw CheckpointError(fmt::format(
                "its pickle has the opcode 0x{:02x}, which torch.save does not write", opcode));
        }
    }
}

void PickleMachine::spend(std::size_t steps) {
    if (steps > kMostSteps - steps_) {
        throw CheckpointError("its pickle has more steps than this program accepts");
    }
    steps_ += steps;
}

std::span<const std::byte> PickleMachine::take_bytes(std::uint64_t count) {
    if (count > bytes_.size() - position_) {
        throw CheckpointError("its pickle ends early; it was not fetched completely");
    }
    const auto taken = bytes_.subspan(position_, static_cast<std::size_t>(count));
    position_ += taken.size();
    return taken;
}

std::string_view PickleMachine::take_text(std::uint64_t count) {
    const auto taken = take_bytes(count);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
}

// Up to a line break, which is taken too.
std::string_view PickleMachine::take_line() {
    constexpr std::size_t kLongestName = 1024;
    const auto rest = bytes_.subspan(position_);
    const std::string_view text(reinterpret_cast<const char*>(rest.data()),
                                std::min(rest.size(), kLongestName));
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
        throw CheckpointError("its pickle names a class without an end");
    }
    return take_text(end + 1).substr(0, end);
}

PickleNode& PickleMachine::push(PickleKind kind) {
    stack_.push_back(static_cast<Id>(pickle_.nodes.size()));
    PickleNode& created = pickle_.nodes.emplace_back();
    created.kind = kind;
    return created;
}

PickleNode::Id PickleMachine::top() const {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) {
        stack_is_short();
    }
    return stack_.back();
}

PickleNode::Id PickleMachine::pop() {
    const Id id = top();
    stack_.pop_back();
    return id;
}

std::vector<PickleNode::Id> PickleMachine::pop_many(std::size_t count) {
    if (stack_.size() - (marks_.empty() ? 0 : marks_.back()) < count) {
        stack_is_short();
    }
    const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<Id> taken(first, stack_.end());
    stack_.erase(first, stack_.end());
    return taken;
}

std::vector<PickleNode::Id> PickleMachine::pop_to_mark() {
    if (marks_.empty()) {
        throw CheckpointError("its pickle lacks a mark");
    }
    auto taken = pop_many(stack_.size() - marks_.back());
    marks_.pop_back();
    return taken;
}

bool PickleMachine::run_memo(std::uint8_t opcode) {
    switch (opcode) {
        case kBinPut:
            put(take<std::uint8_t>());
            return true;
        case kLongBinPut:
            put(take<std::uint32_t>());
            return true;
        case kMemoize:
            put(memoized_);
            return true;
        case kBinGet:
            get(take<std::uint8_t>());
            return true;
        case kLongBinGet:
            get(take<std::uint32_t>());
            return true;
        default:
            return false;
    }
}

void PickleMachine::put(std::size_t index) {
    // Picklers number from 0 on, so that an index never exceeds the count of steps.
    if (index >= kMostSteps) {
        throw CheckpointError("its pickle numbers its objects higher than this program accepts");
    }
    if (index >= memo_.size()) {
        memo_.resize(index + 1, kNoNode);
    }
    memoized_ += memo_[index] == kNoNode ? 1 : 0;
    memo_[index] = top();
}

void PickleMachine::get(std::size_t index) {
    if (index >= memo_.size() || memo_[index] == kNoNode) {
        throw CheckpointError("its pickle refers to an object that it does not hold");
    }
    stack_.push_back(memo_[index]);
}

}  // namespace closet
