#include <array>
#include <cstring>
#include <map>
#include <string>

#include <fmt/format.h>

#include "models/checkpoint/contents.h"
#include "models/checkpoint/pickle.h"
#include "models/checkpoint/pickled_state.h"
#include "models/checkpoint/zip_archive.h"

namespace closet {
namespace {

// The pickle of the magic number 0x1950a86a20f9469cfc6c, up to the number's end.
constexpr std::array<unsigned char, 14> kMagic = {0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C,
                                                  0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19};
constexpr std::int64_t kLayoutVersion = 1001;

/// What is left of the file.
class Stream {
  public:
    explicit Stream(std::span<const std::byte> bytes) : rest_(bytes) {}

    Pickle next_pickle() {
        Pickle pickle = read_pickle(rest_);
        rest_ = rest_.subspan(pickle.size);
        return pickle;
    }
    // An int64 count of elements, then the elements.
    std::span<const std::byte> next_storage(const PickledStorage& expected) {
        if (rest_.size() < sizeof(std::uint64_t)) {
            throw CheckpointError(fmt::format(
                "it ends before its storage '{}'; it was not fetched completely", expected.key));
        }
        if (load<std::uint64_t>(rest_) != expected.count) {
            throw CheckpointError(
                fmt::format("its storage '{}' has another size than it should", expected.key));
        }
        rest_ = rest_.subspan(sizeof(std::uint64_t));
        const std::size_t size = expected.size(rest_.size());
        const auto storage = rest_.first(size);
        rest_ = rest_.subspan(size);
        return storage;
    }

  private:
    std::span<const std::byte> rest_;
};

void check_version(const Pickle& version) {
    const PickleNode& root = version[version.root];
    if (root.kind != PickleKind::kInt || root.integer != kLayoutVersion) {
        throw CheckpointError("its legacy layout is of a version other than 1001");
    }
}

void check_system(const Pickle& system) {
    const PickleNode* const little = find_in_dict(system, system[system.root], "little_endian");
    if (little == nullptr || little->kind != PickleKind::kBool || little->integer == 0) {
        throw CheckpointError("it was written by a big-endian machine");
    }
}

// By key; a key stands for one storage, of one type and size.
std::map<std::string_view, PickledStorage> described_storages(const Pickle& pickle) {
    std::map<std::string_view, PickledStorage> storages;
    for (const auto id : pickle.storages) {
        const PickledStorage storage = pickled_storage(pickle, pickle[id]);
        if (storages.emplace(storage.key, storage).first->second != storage) {
            throw CheckpointError(
                fmt::format("its storage '{}' has two types or sizes", storage.key));
        }
    }
    return storages;
}

constexpr std::string_view kPickleName = "/data.pkl";

std::string_view text_of(const ZipArchive::Member& member) {
    return {reinterpret_cast<const char*>(member.data.data()), member.data.size()};
}

// The folder that everything is in, named after the file when it was written: that of the pickle.
std::string find_folder(const ZipArchive& archive) {
    const ZipArchive::Member* pickle = nullptr;
    for (const auto& member : archive.members()) {
        if (member.name.ends_with(kPickleName) &&
            member.name.find('/') == member.name.size() - kPickleName.size()) {
            if (pickle != nullptr) {
                throw CheckpointError("it holds two checkpoints");
            }
            pickle = &member;
        }
    }
    if (pickle == nullptr) {
        throw CheckpointError("it is a zip archive, but torch.save did not write it");
    }
    return std::string(pickle->name.substr(0, pickle->name.size() - kPickleName.size()));
}

}  // namespace

bool is_pth_legacy(std::span<const std::byte> bytes) {
    return bytes.size() >= kMagic.size() &&
           std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0;
}

// Five pickles in a row (magic number, layout version, system, object, list of storage keys), then
// the storages in the order of that list. torch/serialization.py, `_legacy_save`.
CheckpointContents read_pth_legacy(std::span<const std::byte> bytes) {
    Stream stream(bytes);
    stream.next_pickle();
    check_version(stream.next_pickle());
    check_system(stream.next_pickle());
    const Pickle object = stream.next_pickle();
    const Pickle keys = stream.next_pickle();
    if (keys[keys.root].kind != PickleKind::kList) {
        throw CheckpointError("it lacks the list of its storages");
    }

    const auto described = described_storages(object);
    std::map<std::string_view, std::span<const std::byte>> storages;
    for (const auto id : keys[keys.root].children) {
        const auto known = described.find(keys[id].text);
        if (keys[id].kind != PickleKind::kText || known == described.end()) {
            throw CheckpointError("it lists a storage that nothing refers to");
        }
        if (storages.contains(known->first)) {
            throw CheckpointError(fmt::format("its storage '{}' is there twice", known->first));
        }
        storages[known->first] = stream.next_storage(known->second);
    }
    return pickled_state(object, [&](const PickledStorage& wanted) {
        const auto found = storages.find(wanted.key);
        if (found == storages.end()) {
            throw CheckpointError(fmt::format("its storage '{}' is missing", wanted.key));
        }
        return found->second;
    });
}

bool is_pth_zip(std::span<const std::byte> bytes) {
    constexpr std::string_view kLocalHeader = "PK\3\4";
    return bytes.size() >= kLocalHeader.size() &&
           std::memcmp(bytes.data(), kLocalHeader.data(), kLocalHeader.size()) == 0;
}

// A folder with the pickle `data.pkl`, a member `data/<key>` for each storage, and `byteorder`
// since PyTorch 1.13 or so (absent: little). torch/serialization.py, `_save`. A TorchScript archive
// is the same with a module as its object; what else lies there (`code/`) is never looked at.
CheckpointContents read_pth_zip(std::span<const std::byte> bytes) {
    const ZipArchive archive(bytes);
    const std::string folder = find_folder(archive);
    const auto* const order = archive.find(folder + "/byteorder");
    if (order != nullptr && text_of(*order) != "little") {
        throw CheckpointError("it was written by a big-endian machine");
    }
    const Pickle pickle = read_pickle(archive.find(folder + std::string(kPickleName))->data);
    CheckpointContents contents = pickled_state(pickle, [&](const PickledStorage& wanted) {
        const auto* const member = archive.find(fmt::format("{}/data/{}", folder, wanted.key));
        if (member == nullptr) {
            throw CheckpointError(fmt::format("its storage '{}' is missing", wanted.key));
        }
        if (wanted.size(bytes.size()) != member->data.size()) {
            throw CheckpointError(
                fmt::format("its storage '{}' has another size than it should", wanted.key));
        }
        return member->data;
    });
    contents.format = pickle[pickle.root].kind == PickleKind::kModule
                          ? Checkpoint::Format::kTorchScript
                          : Checkpoint::Format::kPthZip;
    return contents;
}

}  // namespace closet
