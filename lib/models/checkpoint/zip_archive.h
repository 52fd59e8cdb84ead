#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace closet {

/// The members of a zip archive (with or without zip64). Those that are read are stored as they
/// are, as torch.save writes them; others may be compressed, as the code of a TorchScript program
/// is. Views the archive's bytes.
///
/// The central directory is what counts, but each member's own header must agree, and no two
/// members may share bytes or a name: what another program would read under a name is what is read
/// here. Check sums are not compared: they would cost a pass over all weights, and whether a
/// download is whole is what the model store's SHA-256 is for.
///
/// Own code and not libzip, which copies members out of an archive and does not tell where they lie
/// in it: weights would be read twice and held twice.
class ZipArchive {
  public:
    struct Member {
        std::string_view name;
        std::span<const std::byte> data;  ///< as it lies in the file
        bool compressed = false;
    };

    /// Throws CheckpointError where the archive is damaged or has encrypted members.
    explicit ZipArchive(std::span<const std::byte> bytes);

    /// Sorted by name.
    std::span<const Member> members() const { return members_; }
    /// Null where there is none of that name. Throws CheckpointError where it is compressed.
    const Member* find(std::string_view name) const;

  private:
    std::vector<Member> members_;
};

}  // namespace closet
