#include "models/checkpoint/pickle.h"

#include <bit>
#include <limits>
#include <type_traits>

#include <fmt/format.h>

#include "models/checkpoint/contents.h"

namespace closet {

namespace {

// An RTMPose checkpoint takes 10,000 steps, one with training state 60,000.
constexpr std::size_t kMostSteps = std::size_t{1} << 21;
constexpr int kNewestProtocol = 5;

constexpr PickleNode::Id kNoNode = std::numeric_limits<PickleNode::Id>::max();

enum Opcode : std::uint8_t {
    kMark = '(',
    kStop = '.',
    kPop = '0',
    kPopMark = '1',
    kBinFloat = 'G',
    kBinInt = 'J',
    kBinInt1 = 'K',
    kBinInt2 = 'M',
    kNoneValue = 'N',
    kBinPersId = 'Q',
    kReduce = 'R',
    kBinString = 'T',
    kShortBinString = 'U',
    kBinUnicode = 'X',
    kEmptyList = ']',
    kAppend = 'a',
    kBuild = 'b',
    kGlobalName = 'c',
    kAppends = 'e',
    kBinGet = 'h',
    kLongBinGet = 'j',
    kBinPut = 'q',
    kLongBinPut = 'r',
    kSetItem = 's',
    kTupleOfMark = 't',
    kSetItems = 'u',
    kEmptyDict = '}',
    kEmptyTuple = ')',
    kBinBytes = 'B',
    kShortBinBytes = 'C',
    kProto = 0x80,
    kNewObj = 0x81,
    kTuple1 = 0x85,
    kTuple2 = 0x86,
    kTuple3 = 0x87,
    kNewTrue = 0x88,
    kNewFalse = 0x89,
    kLong1 = 0x8A,
    kLong4 = 0x8B,
    kShortBinUnicode = 0x8C,
    kBinUnicode8 = 0x8D,
    kBinBytes8 = 0x8E,
    kEmptySet = 0x8F,
    kAddItems = 0x90,
    kFrozenSet = 0x91,
    kNewObjEx = 0x92,
    kStackGlobal = 0x93,
    kMemoize = 0x94,
    kFrame = 0x95,
    kByteArray8 = 0x96,
};

/// The stack machine; `run` is its only entry.
class PickleMachine {
  public:
    explicit PickleMachine(std::span<const std::byte> bytes) : bytes_(bytes) {}

    Pickle run() {
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

  private:
    using Id = PickleNode::Id;

    // Input.
    void spend(std::size_t steps) {
        if (steps > kMostSteps - steps_) {
            throw CheckpointError("its pickle has more steps than this program accepts");
        }
        steps_ += steps;
    }
    std::span<const std::byte> take_bytes(std::uint64_t count) {
        if (count > bytes_.size() - position_) {
            throw CheckpointError("its pickle ends early; it was not fetched completely");
        }
        const auto taken = bytes_.subspan(position_, static_cast<std::size_t>(count));
        position_ += taken.size();
        return taken;
    }
    template <class T>
    T take() {
        return load<T>(take_bytes(sizeof(T)));
    }
    std::string_view take_text(std::uint64_t count) {
        const auto taken = take_bytes(count);
        return {reinterpret_cast<const char*>(taken.data()), taken.size()};
    }
    std::string_view take_line() {
        const std::string_view rest(reinterpret_cast<const char*>(bytes_.data()) + position_,
                                    bytes_.size() - position_);
        constexpr std::size_t kLongestName = 1024;
        const std::size_t end = rest.substr(0, kLongestName).find('\n');
        if (end == std::string_view::npos) {
            throw CheckpointError("its pickle names a class without an end");
        }
        return take_text(end + 1).substr(0, end);
    }

    // Stack.
    Id make(PickleKind kind) {
        pickle_.nodes.emplace_back().kind = kind;
        return static_cast<Id>(pickle_.nodes.size() - 1);
    }
    PickleNode& push(PickleKind kind) {
        stack_.push_back(make(kind));
        return pickle_.nodes.back();
    }
    std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
    Id top() const {
        if (stack_.size() <= floor()) {
            throw CheckpointError("its pickle takes more from its stack than it put there");
        }
        return stack_.back();
    }
    Id pop() {
        const Id id = top();
        stack_.pop_back();
        return id;
    }
    std::vector<Id> pop_many(std::size_t count) {
        if (stack_.size() - floor() < count) {
            top_is_missing();
        }
        const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
        std::vector<Id> taken(first, stack_.end());
        stack_.erase(first, stack_.end());
        return taken;
    }
    std::vector<Id> pop_to_mark() {
        if (marks_.empty()) {
            throw CheckpointError("its pickle lacks a mark");
        }
        auto taken = pop_many(stack_.size() - marks_.back());
        marks_.pop_back();
        return taken;
    }
    [[noreturn]] static void top_is_missing() {
        throw CheckpointError("its pickle takes more from its stack than it put there");
    }
    PickleNode& node(Id id) { return pickle_.nodes[id]; }

    // Opcodes, by what they are about; false where one belongs elsewhere.
    bool run_value(std::uint8_t opcode);
    bool run_container(std::uint8_t opcode);
    bool run_memo(std::uint8_t opcode);
    bool run_object(std::uint8_t opcode);

    void push_integer(std::uint64_t size);
    void push_text(PickleKind kind, std::uint64_t size) { push(kind).text = take_text(size); }
    void push_tuple(std::vector<Id> elements) {
        push(PickleKind::kTuple).children = std::move(elements);
    }
    void add(PickleKind container, const std::vector<Id>& elements);
    void put(std::size_t index);
    void get(std::size_t index);
    void call(Id callable, Id arguments);
    void push_opaque(std::string_view module, std::string_view text);

    std::span<const std::byte> bytes_;
    std::size_t position_ = 0;
    std::size_t steps_ = 0;
    Pickle pickle_;
    std::vector<Id> stack_;
    std::vector<std::size_t> marks_;  ///< heights of the stack
    std::vector<Id> memo_;            ///< kNoNode where nothing was put
    std::size_t memoized_ = 0;        ///< entries so far; MEMOIZE numbers by it
};

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
            PickleNode& global = push(PickleKind::kGlobal);
            global.module = take_line();
            global.text = take_line();
            return true;
        }
        case kStackGlobal: {
            const auto names = pop_many(2);
            for (const Id name : names) {
                if (node(name).kind != PickleKind::kText) {
                    throw CheckpointError("its pickle names a class by something else than text");
                }
            }
            PickleNode& global = push(PickleKind::kGlobal);
            global.module = node(names[0]).text;
            global.text = node(names[1]).text;
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

void PickleMachine::push_opaque(std::string_view module, std::string_view text) {
    PickleNode& opaque = push(PickleKind::kOpaque);
    opaque.module = module;
    opaque.text = text;
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
    if (is("collections", "OrderedDict") && tuple.children.empty()) {
        push(PickleKind::kDict);
        return;
    }
    if (is("collections", "OrderedDict") && tuple.children.size() == 1 &&
        node(tuple.children[0]).kind == PickleKind::kList) {
        // How Python 2 wrote it: a list of [key, value] lists.
        std::vector<Id> entries;
        for (const Id pair : node(tuple.children[0]).children) {
            spend(1);
            if (node(pair).children.size() != 2 || node(pair).kind == PickleKind::kDict) {
                throw CheckpointError("its pickle has an ordered map of something else than pairs");
            }
            entries.insert(entries.end(), node(pair).children.begin(), node(pair).children.end());
        }
        push(PickleKind::kDict).children = std::move(entries);
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

}  // namespace

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
