#pragma once

#include <optional>

#include <opencv2/core/matx.hpp>

#include "core/garment.h"
#include "core/try_on.h"
#include "warp/classes/person_classes.h"
#include "warp/occlusion/half_view.h"
#include "warp/wearer.h"

namespace closet::learned {

/// Where a person's picture for try-on networks lies on the frame: upright, with the shoulders
/// where and as wide as a person of VITON-HD's test set has them. Pixel (x, y, 1) of the picture ->
/// shown pixel. Nothing where the pose tells no body.
std::optional<cv::Matx23d> shown_from_person_picture(const Wearer& wearer);

/// What the networks see there. `classes` are the wearer's. Frames are read at half size; beyond
/// the frame its edge is repeated. Nothing where the picture lies outside of the frame.
std::optional<TryOnPerson> person_picture(const Wearer& wearer, const PersonClasses& classes,
                                          const occlusion::ShownPicture& frame,
                                          const cv::Matx23d& shown_from_picture);

/// The label of each pixel, CV_8UC1 (parse_label), from the classes and the parts of the body.
cv::Mat person_labels(const PersonClasses& classes, const Body25& points,
                      const cv::Matx23d& shown_from_picture);

/// The pose as OpenPose would give it, in pixels of the picture. Shoulders and hips that are not
/// seen are estimated, since the networks' brushes begin there; other points are missing.
Body25 person_points(const Wearer& wearer, const cv::Matx23d& shown_from_picture);

/// A garment as in a shop's photo: in the middle of white, as large as those of VITON-HD.
TryOnGarment garment_photo(const Garment& garment);

}  // namespace closet::learned
