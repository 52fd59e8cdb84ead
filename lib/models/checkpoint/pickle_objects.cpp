#include "models/checkpoint/pickle_machine.h"

namespace closet {

namespace {

constexpr std::uint8_t kNewestProtocol = 5;

}  // namespace

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
        case kBuild:
            // The state of an object, such as an ordered map's `_metadata`: of no use here.
            pop();
            top();
            return true;
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
    push_opaque(function.module, function.text);
}

}  // namespace closet
