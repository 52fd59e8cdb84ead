#include <bit>

#include "models/checkpoint/pickle_machine.h"

namespace closet {

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

}  // namespace closet
