#pragma once

#include <memory>
#include <string>

#include <opencv2/core/mat.hpp>

#include "infer/faces/face_reader.h"
#include "infer/infer_options.h"
#include "pipeline/worker_pool.h"

namespace closet {

/// The first picture of a file as it is shown, CV_8UC3 R G B, no larger than faces are well found
/// in. Throws MediaError where it is no picture or video.
cv::Mat read_photo(const std::string& path);

/// What the face in a photo is like. Throws MediaError where the file is no picture, shows no face,
/// or shows several of about the same size.
std::shared_ptr<const FaceQuery> face_of_photo(std::shared_ptr<const FaceReader> reader,
                                               const std::string& photo);

/// The same with networks of its own, for runs that need no others.
class FaceOfPhoto {
  public:
    /// `options.face_photo` is the photo. Throws as FaceReader and face_of_photo do.
    explicit FaceOfPhoto(const InferOptions& options);
    const std::shared_ptr<const FaceQuery>& query() const { return query_; }

  private:
    WorkerPool workers_;
    std::shared_ptr<const FaceQuery> query_;
};

}  // namespace closet
