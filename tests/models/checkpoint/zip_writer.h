#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bytes.h"

namespace closet::test {

/// A member of a zip archive, and what its entry says where that shall differ.
struct ZipMember {
    std::string name;
    std::string data;
    std::uint16_t method = 0, flags = 0;
    std::optional<std::string> local_name = {};
    std::optional<std::uint32_t> size = {}, compressed = {}, offset = {};
    std::string extra = {};  ///< of the entry in the directory
};

/// What the end of the directory says where that shall differ.
struct ZipEnd {
    std::optional<std::uint16_t> entries = {};
    std::optional<std::uint32_t> offset = {}, size = {};
    std::string comment = {};
    bool zip64 = false;  ///< with the zip64 records, and the fields that they stand for saturated
};

/// PKWARE APPNOTE.TXT, section 4.3.
inline std::string zip(const std::vector<ZipMember>& members, const ZipEnd& lies = {}) {
    const auto u16 = [](std::size_t value) { return stored(static_cast<std::uint16_t>(value)); };
    const auto u32 = [](std::size_t value) { return stored(static_cast<std::uint32_t>(value)); };
    const auto u64 = [](std::size_t value) { return stored(static_cast<std::uint64_t>(value)); };
    std::string bytes, directory;
    for (const ZipMember& member : members) {
        const std::size_t offset = bytes.size();
        const std::string local_name = member.local_name.value_or(member.name);
        const std::string common = u16(member.flags) + u16(member.method) + u32(0) + u32(0) +
                                   u32(member.compressed.value_or(member.data.size())) +
                                   u32(member.size.value_or(member.data.size()));
        bytes += "PK\3\4" + u16(20) + common + u16(local_name.size()) + u16(0) + local_name +
                 member.data;
        directory += "PK\1\2" + u16(20) + u16(20) + common + u16(member.name.size()) +
                     u16(member.extra.size()) + u16(0) + u16(0) + u16(0) + u32(0) +
                     u32(member.offset.value_or(offset)) + member.name + member.extra;
    }
    const std::size_t start = bytes.size(), end = start + directory.size();
    bytes += directory;
    if (lies.zip64) {
        bytes += "PK\6\6" + u64(44) + u16(45) + u16(45) + u32(0) + u32(0) + u64(members.size()) +
                 u64(members.size()) + u64(directory.size()) + u64(start);
        bytes += "PK\6\7" + u32(0) + u64(end) + u32(1);
    }
    const std::size_t entries = lies.entries.value_or(lies.zip64 ? 0xFFFF : members.size());
    return bytes + "PK\5\6" + u16(0) + u16(0) + u16(entries) + u16(entries) +
           u32(lies.size.value_or(lies.zip64 ? 0xFFFFFFFF : directory.size())) +
           u32(lies.offset.value_or(lies.zip64 ? 0xFFFFFFFF : start)) + u16(lies.comment.size()) +
           lies.comment;
}

}  // namespace closet::test
