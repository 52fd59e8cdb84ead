// What each opcode does, by what it is about.
#include "models/checkpoint/pickle_machine.h"

#include <bit>

namespace closet {
namespace {

constexpr std::uint8_t kNewestProtocol = 5;

}  // namespace

bool PickleMachine::run_value(std::uint8_t opcode) {
    switch (opcode) {
        case kNoneValue:
            push(PickleKind::kNone);
            return true;
        case kNewTrue:
            push(PickleKind::kBool).integer = 1;
            return true;
        case kNewFalse:
            push(PickleKind::kBool).integer = 0;
            return true;
        case kBinInt:
            push(PickleKind::kInt).integer = take<std::int32_t>();
            return true;
        case kBinInt1:
            push(PickleKind::kInt).integer = take<std::uint8_t>();
            return true;
        case kBinInt2:
            push(PickleKind::kInt).integer = take<std::uint16_t>();
            return true;
        case kLong1:
            push_integer(take<std::uint8_t>());
            return true;
        case kLong4:
            push_integer(take<std::uint32_t>());
            return true;
        case kBinFloat: {  // the only number that is stored big-endian
            std::uint64_t bits = 0;
            for (const std::byte byte : take_bytes(sizeof bits)) {
                bits = (bits << 8U) | std::to_integer<std::uint64_t>(byte);
            }
            push(PickleKind::kFloat).real = std::bit_cast<double>(bits);
            return true;
        }
        case kShortBinUnicode:
        case kShortBinString:
            push_text(PickleKind::kText, take<std::uint8_t>());
            return true;
        case kBinUnicode:
        case kBinString:
            push_text(PickleKind::kText, take<std::uint32_t>());
            return true;
        case kBinUnicode8:
            push_text(PickleKind::kText, take<std::uint64_t>());
            return true;
        case kShortBinBytes:
            push_text(PickleKind::kBytes, take<std::uint8_t>());
            return true;
        case kBinBytes:
            push_text(PickleKind::kBytes, take<std::uint32_t>());
            return true;
        case kBinBytes8:
        case kByteArray8:
            push_text(PickleKind::kBytes, take<std::uint64_t>());
            return true;
        default:
            return false;
    }
}

// Two's complement, little endian, as short as possible.
void PickleMachine::push_integer(std::uint64_t size) {
    const auto bytes = take_bytes(size);
    if (bytes.size() > sizeof(std::int64_t)) {
        push_opaque("builtins", "int");
        return;
    }
    const bool negative = !bytes.empty() && (bytes.back() & std::byte{0x80}) != std::byte{0};
    std::uint64_t bits = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        bits = (bits << 8U) | std::to_integer<std::uint64_t>(bytes[i]);
    }
    push(PickleKind::kInt).integer = static_cast<std::int64_t>(bits);
}

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

bool PickleMachine::run_object(std::uint8_t opcode) {
    switch (opcode) {
        case kProto:
            if (take<std::uint8_t>() > kNewestProtocol) {
                throw CheckpointError("its pickle has a protocol newer than 5");
            }
            return true;
        case kFrame:
            // Only a hint to readers of streams.
            take<std::uint64_t>();
            return true;
        case kGlobalName: {
            const auto module = take_line();
            push_global(module, take_line());
            return true;
        }
        case kStackGlobal: {
            const auto names = pop_many(2);
            for (const Id name : names) {
                if (node(name).kind != PickleKind::kText) {
                    throw CheckpointError("its pickle names a class by something else than text");
                }
            }
            push_global(node(names[0]).text, node(names[1]).text);
            return true;
        }
        case kBinPersId: {
            const Id identity = pop();
            push(PickleKind::kStorage).children = {identity};
            pickle_.storages.push_back(stack_.back());
            return true;
        }
        case kReduce:
        case kNewObj: {
            const auto operands = pop_many(2);
            call(operands[0], operands[1]);
            return true;
        }
        case kNewObjEx: {
            const auto operands = pop_many(3);
            call(operands[0], operands[1]);
            return true;
        }
        case kBuild: {
            // The state of other objects, such as an ordered map's `_metadata`, is of no use here.
            const Id state = pop();
            PickleNode& object = node(top());
            if (object.kind == PickleKind::kModule && node(state).kind == PickleKind::kDict) {
                object.children = {state};
            }
            return true;
        }
        default:
            return false;
    }
}

void PickleMachine::push_global(std::string_view module, std::string_view text) {
    PickleNode& global = push(PickleKind::kGlobal);
    global.module = module;
    global.text = text;
}

void PickleMachine::push_opaque(std::string_view module, std::string_view text) {
    PickleNode& opaque = push(PickleKind::kOpaque);
    opaque.module = module;
    opaque.text = text;
}

// Empty, or as Python 2 wrote it: from a list of [key, value] lists.
void PickleMachine::push_ordered_map(const PickleNode& arguments) {
    std::vector<Id> entries;
    if (!arguments.children.empty()) {
        const auto& pairs = node(arguments.children[0]).children;
        spend(pairs.size());
        for (const Id id : pairs) {
            const PickleNode& pair = node(id);
            if ((pair.kind != PickleKind::kList && pair.kind != PickleKind::kTuple) ||
                pair.children.size() != 2) {
                throw CheckpointError("its pickle has an ordered map of something else than pairs");
            }
            entries.insert(entries.end(), pair.children.begin(), pair.children.end());
        }
    }
    push(PickleKind::kDict).children = std::move(entries);
}

// Note [Pickles are data]
void PickleMachine::call(Id callable, Id arguments) {
    const PickleNode& function = node(callable);
    const PickleNode& tuple = node(arguments);
    if (function.kind != PickleKind::kGlobal && function.kind != PickleKind::kOpaque) {
        throw CheckpointError("its pickle calls something that is no class or function");
    }
    if (tuple.kind != PickleKind::kTuple) {
        throw CheckpointError("its pickle calls something without a tuple of arguments");
    }
    const bool known = function.kind == PickleKind::kGlobal;
    const auto is = [&](std::string_view module, std::string_view name) {
        return known && function.module == module && function.text == name;
    };
    if (is("collections", "OrderedDict")) {
        push_ordered_map(tuple);
        return;
    }
    if (is("torch._utils", "_rebuild_tensor_v2") || is("torch._utils", "_rebuild_tensor")) {
        push(PickleKind::kTensor).children = {arguments};
        return;
    }
    if (is("torch._utils", "_rebuild_parameter") && !tuple.children.empty() &&
        node(tuple.children[0]).kind == PickleKind::kTensor) {
        stack_.push_back(tuple.children[0]);
        return;
    }
    if (known && (function.module == "__torch__" || function.module.starts_with("__torch__."))) {
        push(PickleKind::kModule);
        return;
    }
    push_opaque(function.module, function.text);
}

}  // namespace closet
