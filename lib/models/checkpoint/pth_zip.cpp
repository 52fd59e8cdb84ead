#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "models/checkpoint/contents.h"
#include "models/checkpoint/pickle.h"
#include "models/checkpoint/pickled_state.h"
#include "models/checkpoint/zip_archive.h"

namespace closet {

namespace {

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

bool is_pth_zip(std::span<const std::byte> bytes) {
    constexpr std::string_view kLocalHeader = "PK\3\4";
    return bytes.size() >= kLocalHeader.size() &&
           std::memcmp(bytes.data(), kLocalHeader.data(), kLocalHeader.size()) == 0;
}

// A folder with the pickle `data.pkl`, a member `data/<key>` for each storage, and `byteorder`
// since PyTorch 1.13 or so (absent: little). torch/serialization.py, `_save`.
CheckpointContents read_pth_zip(std::span<const std::byte> bytes) {
    const ZipArchive archive(bytes);
    const std::string folder = find_folder(archive);
    const auto* const order = archive.find(folder + "/byteorder");
    if (order != nullptr && text_of(*order) != "little") {
        throw CheckpointError("it was written by a big-endian machine");
    }
    if (archive.find(folder + "/constants.pkl") != nullptr) {
        throw CheckpointError(
            "it is a TorchScript program, not weights; save its state_dict() with torch.save");
    }
    const Pickle pickle = read_pickle(archive.find(folder + std::string(kPickleName))->data);
    return pickled_state(pickle, [&](const PickledStorage& wanted) {
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
}

}  // namespace closet
