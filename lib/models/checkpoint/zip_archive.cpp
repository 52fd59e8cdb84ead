#include "models/checkpoint/zip_archive.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "models/checkpoint/contents.h"

namespace closet {

namespace {

// Records and their fields: PKWARE APPNOTE.TXT, sections 4.3.7, 4.3.12, 4.3.14-16, 4.5.3.
constexpr std::uint32_t kLocalHeader = 0x04034B50, kCentralHeader = 0x02014B50;
constexpr std::uint32_t kEnd = 0x06054B50, kEnd64 = 0x06064B50, kEnd64Locator = 0x07064B50;
constexpr std::size_t kLocalSize = 30, kCentralSize = 46;
constexpr std::size_t kEndSize = 22, kEnd64Size = 56, kEnd64LocatorSize = 20;
constexpr std::uint16_t kZip64Field = 1, kEncrypted = 1;
constexpr std::size_t kMostMembers = std::size_t{1} << 17;

using Bytes = std::span<const std::byte>;

[[noreturn]] void refuse(std::string_view why) {
    throw CheckpointError(fmt::format("its zip directory {}", why));
}

// A field of a record that is known to hold it.
template <class T>
T field(Bytes record, std::size_t offset) {
    return load<T>(record.subspan(offset, sizeof(T)));
}

// A record of the archive; refuses one that is not inside.
Bytes record(Bytes bytes, std::uint64_t offset, std::uint64_t size) {
    if (offset > bytes.size() || size > bytes.size() - offset) {
        refuse("points outside the file");
    }
    return bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

struct Directory {
    std::uint64_t entries = 0, offset = 0, size = 0;
};

// Positions of the end record: it is last, but for a comment of up to 64 KiB.
std::size_t find_end(Bytes bytes) {
    constexpr std::size_t kMostComment = std::numeric_limits<std::uint16_t>::max();
    for (std::size_t comment = 0; comment <= kMostComment && comment + kEndSize <= bytes.size();
         ++comment) {
        const std::size_t position = bytes.size() - kEndSize - comment;
        const Bytes end = bytes.subspan(position);
        if (field<std::uint32_t>(end, 0) == kEnd && field<std::uint16_t>(end, 20) == comment) {
            return position;
        }
    }
    throw CheckpointError("it has no zip directory; it was not fetched completely");
}

Directory find_directory(Bytes bytes) {
    const std::size_t position = find_end(bytes);
    const Bytes end = bytes.subspan(position);
    if (field<std::uint16_t>(end, 4) != field<std::uint16_t>(end, 6) ||
        field<std::uint16_t>(end, 8) != field<std::uint16_t>(end, 10)) {
        refuse("spans several disks");
    }
    Directory directory{.entries = field<std::uint16_t>(end, 10),
                        .offset = field<std::uint32_t>(end, 16),
                        .size = field<std::uint32_t>(end, 12)};
    const bool saturated = directory.entries == std::numeric_limits<std::uint16_t>::max() ||
                           directory.offset == std::numeric_limits<std::uint32_t>::max() ||
                           directory.size == std::numeric_limits<std::uint32_t>::max();
    std::size_t limit = position;
    if (saturated) {
        if (position < kEnd64LocatorSize) {
            refuse("lacks its zip64 part");
        }
        const Bytes locator = bytes.subspan(position - kEnd64LocatorSize);
        if (field<std::uint32_t>(locator, 0) != kEnd64Locator) {
            refuse("lacks its zip64 part");
        }
        const auto at = field<std::uint64_t>(locator, 8);
        const Bytes end64 = record(bytes, at, kEnd64Size);
        if (field<std::uint32_t>(end64, 0) != kEnd64) {
            refuse("lacks its zip64 part");
        }
        directory = {.entries = field<std::uint64_t>(end64, 32),
                     .offset = field<std::uint64_t>(end64, 48),
                     .size = field<std::uint64_t>(end64, 40)};
        limit = static_cast<std::size_t>(at);
    }
    record(bytes.first(limit), directory.offset, directory.size);
    if (directory.entries > kMostMembers) {
        refuse("has more members than this program accepts");
    }
    return directory;
}

/// An entry of the directory. Sizes and offset come from the zip64 field where they did not fit.
struct Entry {
    std::string_view name;
    std::uint64_t compressed = 0, size = 0, offset = 0;
    std::uint16_t method = 0;  ///< 0: stored as it is
    std::size_t record_size = 0;
};

void widen(Entry& entry, Bytes extra) {
    constexpr std::uint64_t kSaturated = std::numeric_limits<std::uint32_t>::max();
    while (extra.size() >= 4) {
        const auto id = field<std::uint16_t>(extra, 0);
        const auto size = field<std::uint16_t>(extra, 2);
        Bytes content = record(extra, 4, size);
        extra = extra.subspan(std::size_t{4} + size);
        if (id != kZip64Field) {
            continue;
        }
        for (std::uint64_t* const value : {&entry.size, &entry.compressed, &entry.offset}) {
            if (*value == kSaturated) {
                *value = field<std::uint64_t>(record(content, 0, sizeof *value), 0);
                content = content.subspan(sizeof *value);
            }
        }
        return;
    }
}

Entry read_entry(Bytes directory) {
    const Bytes fixed = record(directory, 0, kCentralSize);
    if (field<std::uint32_t>(fixed, 0) != kCentralHeader) {
        refuse("is damaged");
    }
    const std::size_t name_size = field<std::uint16_t>(fixed, 28);
    const std::size_t extra_size = field<std::uint16_t>(fixed, 30);
    const std::size_t comment_size = field<std::uint16_t>(fixed, 32);
    const Bytes name = record(directory, kCentralSize, name_size);
    Entry entry{.name = {reinterpret_cast<const char*>(name.data()), name.size()},
                .compressed = field<std::uint32_t>(fixed, 20),
                .size = field<std::uint32_t>(fixed, 24),
                .offset = field<std::uint32_t>(fixed, 42),
                .method = field<std::uint16_t>(fixed, 10),
                .record_size = kCentralSize + name_size + extra_size + comment_size};
    record(directory, 0, entry.record_size);
    if (!is_plain_name(entry.name)) {
        refuse("has a member whose name is not plain text");
    }
    widen(entry, record(directory, kCentralSize + name_size, extra_size));
    if ((field<std::uint16_t>(fixed, 8) & kEncrypted) != 0) {
        throw CheckpointError(fmt::format("its member '{}' is encrypted", entry.name));
    }
    return entry;
}

// Where a member begins (with its own header) and ends; `bytes` end where the directory begins.
Bytes member_record(Bytes bytes, const Entry& entry) {
    const Bytes local = record(bytes, entry.offset, kLocalSize);
    const std::size_t name_size = field<std::uint16_t>(local, 26);
    const std::size_t head_size = kLocalSize + name_size + field<std::uint16_t>(local, 28);
    const Bytes head = record(bytes, entry.offset, head_size);
    const Bytes name = head.subspan(kLocalSize, name_size);
    if (field<std::uint32_t>(local, 0) != kLocalHeader ||
        field<std::uint16_t>(local, 8) != entry.method ||
        entry.name != std::string_view(reinterpret_cast<const char*>(name.data()), name_size)) {
        refuse(fmt::format("and the member '{}' do not agree", entry.name));
    }
    record(bytes, entry.offset + head_size, entry.compressed);
    return record(bytes, entry.offset, head_size + entry.compressed);
}

}  // namespace

ZipArchive::ZipArchive(std::span<const std::byte> bytes) {
    const Directory directory = find_directory(bytes);
    const Bytes stored = bytes.first(static_cast<std::size_t>(directory.offset));
    Bytes rest = record(bytes, directory.offset, directory.size);
    std::vector<Bytes> records;
    for (std::uint64_t i = 0; i < directory.entries; ++i) {
        const Entry entry = read_entry(rest);
        rest = rest.subspan(entry.record_size);
        records.push_back(member_record(stored, entry));
        members_.push_back({entry.name,
                            records.back().last(static_cast<std::size_t>(entry.compressed)),
                            entry.method != 0 || entry.compressed != entry.size});
    }
    if (!rest.empty()) {
        refuse("has more entries than it says");
    }
    std::sort(records.begin(), records.end(), [](Bytes a, Bytes b) { return a.data() < b.data(); });
    for (std::size_t i = 1; i < records.size(); ++i) {
        if (records[i - 1].data() + records[i - 1].size() > records[i].data()) {
            refuse("has members that overlap");
        }
    }
    std::sort(members_.begin(), members_.end(),
              [](const Member& a, const Member& b) { return a.name < b.name; });
    const auto twice =
        std::adjacent_find(members_.begin(), members_.end(),
                           [](const Member& a, const Member& b) { return a.name == b.name; });
    if (twice != members_.end()) {
        refuse(fmt::format("has the member '{}' twice", twice->name));
    }
}

const ZipArchive::Member* ZipArchive::find(std::string_view name) const {
    const auto found = std::lower_bound(
        members_.begin(), members_.end(), name,
        [](const Member& member, std::string_view wanted) { return member.name < wanted; });
    if (found == members_.end() || found->name != name) {
        return nullptr;
    }
    if (found->compressed) {
        throw CheckpointError(fmt::format(
            "its member '{}' is compressed, which torch.save never does; unpack it and pack it "
            "again with zip -0",
            name));
    }
    return &*found;
}

}  // namespace closet
