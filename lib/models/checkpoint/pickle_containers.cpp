#include "models/checkpoint/pickle_machine.h"

namespace closet {

bool PickleMachine::run_container(std::uint8_t opcode) {
    switch (opcode) {
        case kMark:
            marks_.push_back(stack_.size());
            return true;
        case kPop:
            // As Python's own machine: with nothing above it, the mark itself goes.
            if (!marks_.empty() && stack_.size() == marks_.back()) {
                marks_.pop_back();
            } else {
                pop();
            }
            return true;
        case kPopMark:
            pop_to_mark();
            return true;
        case kEmptyTuple:
            push_tuple({});
            return true;
        case kTuple1:
        case kTuple2:
        case kTuple3:
            push_tuple(pop_many(std::size_t{1} + opcode - kTuple1));
            return true;
        case kTupleOfMark:
            push_tuple(pop_to_mark());
            return true;
        case kEmptyList:
            push(PickleKind::kList);
            return true;
        case kEmptyDict:
            push(PickleKind::kDict);
            return true;
        case kEmptySet:
            push_opaque("builtins", "set");
            return true;
        case kFrozenSet:
            pop_to_mark();
            push_opaque("builtins", "frozenset");
            return true;
        case kAppend:
            add(PickleKind::kList, pop_many(1));
            return true;
        case kAppends:
            add(PickleKind::kList, pop_to_mark());
            return true;
        case kSetItem:
            add(PickleKind::kDict, pop_many(2));
            return true;
        case kSetItems:
            add(PickleKind::kDict, pop_to_mark());
            return true;
        case kAddItems:
            add(PickleKind::kOpaque, pop_to_mark());
            return true;
        default:
            return false;
    }
}

// What is added to an object that is not understood is dropped.
void PickleMachine::add(PickleKind container, const std::vector<Id>& elements) {
    PickleNode& target = node(top());
    if (target.kind == PickleKind::kOpaque) {
        return;
    }
    if (target.kind != container) {
        throw CheckpointError("its pickle adds elements to something that has none");
    }
    if (container == PickleKind::kDict && elements.size() % 2 != 0) {
        throw CheckpointError("its pickle has a key without a value");
    }
    target.children.insert(target.children.end(), elements.begin(), elements.end());
}

}  // namespace closet
