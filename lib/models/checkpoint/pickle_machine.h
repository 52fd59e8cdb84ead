#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "models/checkpoint/contents.h"
#include "models/checkpoint/pickle.h"

namespace closet {

/// The opcodes that are read, numbered and described in pickletools.py of Python.
enum PickleOpcode : std::uint8_t {
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

/// The stack machine of Note [Pickles are data]; `read_pickle` is its only user.
class PickleMachine {
  public:
    explicit PickleMachine(std::span<const std::byte> bytes) : bytes_(bytes) {}

    /// To be called once.
    Pickle run();

  private:
    using Id = PickleNode::Id;
    static constexpr Id kNoNode = std::numeric_limits<Id>::max();
    // An RTMPose checkpoint takes 10,000 steps.
    static constexpr std::size_t kMostSteps = std::size_t{1} << 21;

    // Input.
    void spend(std::size_t steps);
    std::span<const std::byte> take_bytes(std::uint64_t count);
    std::string_view take_text(std::uint64_t count);
    std::string_view take_line();
    template <class T>
    T take() {
        return load<T>(take_bytes(sizeof(T)));
    }

    // Stack. What lies below the last mark is out of reach.
    PickleNode& push(PickleKind kind);
    Id top() const;
    Id pop();
    std::vector<Id> pop_many(std::size_t count);
    std::vector<Id> pop_to_mark();
    PickleNode& node(Id id) { return pickle_.nodes[id]; }

    // Opcodes, by what they are about (pickle_opcodes.cpp); false where one belongs elsewhere.
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
    void push_global(std::string_view module, std::string_view text);
    void push_opaque(std::string_view module, std::string_view text);
    void push_ordered_map(const PickleNode& arguments);
    void call(Id callable, Id arguments);

    std::span<const std::byte> bytes_;
    std::size_t position_ = 0;
    std::size_t steps_ = 0;
    Pickle pickle_;
    std::vector<Id> stack_;
    std::vector<std::size_t> marks_;  ///< heights of the stack
    std::vector<Id> memo_;            ///< kNoNode where nothing was put
    std::size_t memoized_ = 0;        ///< entries so far; MEMOIZE numbers by it
};

}  // namespace closet
