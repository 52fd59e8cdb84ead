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
    constexpr std::size_t kLongestLine = 1024;
    const auto rest = bytes_.subspan(position_);
    const std::string_view text(reinterpret_cast<const char*>(rest.data()),
                                std::min(rest.size(), kLongestLine));
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

Pickle read_pickle(std::span<const std::byte> bytes) {
    return PickleMachine(bytes).run();
}

const PickleNode* find_in_dict(const Pickle& pickle, const PickleNode& dict, std::string_view key) {
    const PickleNode* found = nullptr;
    for (std::size_t i = 0; i + 1 < dict.children.size(); i += 2) {
        const PickleNode& candidate = pickle[dict.children[i]];
        if (candidate.kind == PickleKind::kText && candidate.text == key) {
            if (found != nullptr) {
                throw CheckpointError(fmt::format("its entry '{}' is there twice", key));
            }
            found = &pickle[dict.children[i + 1]];
        }
    }
    return found;
}

}  // namespace closet
