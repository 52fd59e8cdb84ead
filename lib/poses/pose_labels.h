#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "core/pose.h"
#include "poses/numbered_pictures.h"

namespace closet {

// Labels in pose files: as masks are (Note [Masks in pose files]), with all planes of a person in
// one picture.

/// Distinct points of planes in the labels of one line at most: 93 people with eleven planes of
/// 128 x 128.
inline constexpr std::size_t kMostLabelPoints = std::size_t{16} << 20;

/// True for labels that a pose file can hold: at least one plane, all of one size up to
/// kLongestMaskSide squared, and a matrix like that of masks (kLargestMaskEntry).
bool is_writable(const PersonLabels& labels);

/// Writes labels; see Note [Masks in pose files].
class WrittenLabels {
  public:
    /// Adds the value of "labels" of one person. `labels`: see is_writable. The planes must not
    /// change while frames share them. Throws Error where they cannot be compressed, or those of
    /// this line have more than kMostLabelPoints.
    void append(std::string& text, const PersonLabels& labels);

    /// Call after each line.
    void end_line() { pictures_.end_line(); }

  private:
    WrittenPictures<decltype(PersonLabels::probability)> pictures_;
};

/// Reads labels from an untrusted source.
class ReadLabels {
  public:
    /// The value of "labels" of one person. Labels that share a picture share its points. Throws
    /// pose_json::BadLine.
    std::shared_ptr<const PersonLabels> read(const nlohmann::json& json);

    /// Call after each line.
    void end_line() { pictures_.end_line(); }

  private:
    ReadPictures<decltype(PersonLabels::probability)> pictures_;
};

}  // namespace closet
