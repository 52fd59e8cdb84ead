#pragma once

#include <memory>
#include <string>

#include <opencv2/core/mat.hpp>

#include "infer/faces/face_reader.h"

namespace closet {

/// The first picture of a file as it is shown, CV_8UC3 R G B, no larger than faces are well found
/// in. Throws MediaError where it is no picture or video.
cv::Mat read_photo(const std::string& path);

/// What the face in a photo is like. Throws MediaError where the file is no picture, shows no face,
/// or shows several of about the same size.
std::shared_ptr<const FaceQuery> face_of_photo(std::shared_ptr<const FaceReader> reader,
                                               const std::string& photo);

}  // namespace closet
