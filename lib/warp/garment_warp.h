#pragma once

#include <optional>

#include "core/pose.h"
#include "warp/patch.h"

namespace closet {

/// Lays one garment onto one person. A warp is made for a garment (see warps.h), keeps what it
/// derived from it, and is called for one pose after the other, from one thread at a time.
/// It places the garment only: protection of the face, opacity and blending come afterwards.
class GarmentWarp {
  public:
    virtual ~GarmentWarp() = default;

    /// The garment as it lies on a picture of `picture` shown pixels (Note [Shown pixels] in
    /// core/picture_geometry.h), clipped to it; nothing where the pose does not
    /// tell where the garment belongs or the garment is out of the picture. The result depends on
    /// the arguments only, not on earlier calls. Its pixels stay valid until the next call; the
    /// caller may change them.
    virtual std::optional<Patch> warp(const Pose& pose, cv::Size picture) = 0;
};

}  // namespace closet
