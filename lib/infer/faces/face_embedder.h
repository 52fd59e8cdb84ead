#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "infer/faces/face.h"
#include "infer/infer_options.h"
#include "pipeline/worker_pool.h"

namespace closet {

class NetworkRunner;

/// A face and the picture that it is in (CV_8UC3 R G B, not owned).
struct FaceInPicture {
    const cv::Mat* picture = nullptr;
    Face face;
};

/// A network that tells faces apart: InceptionResnetV1 from a checkpoint, or a .tflite file that
/// takes aligned faces of 112 x 112 (MobileFaceNet).
class FaceEmbedder {
  public:
    /// Loads `options.face_model`, a name of the store or a path, onto the options' device.
    /// `workers` must outlive it. Throws ModelError where the file is missing (with what to fetch)
    /// or is no such network.
    FaceEmbedder(const InferOptions& options, WorkerPool& workers);
    ~FaceEmbedder();
    FaceEmbedder(const FaceEmbedder&) = delete;
    FaceEmbedder& operator=(const FaceEmbedder&) = delete;
    FaceEmbedder(FaceEmbedder&&) = delete;
    FaceEmbedder& operator=(FaceEmbedder&&) = delete;

    /// One embedding of length 1 for each face, in order; all zeros where the face lies outside of
    /// its picture or the network gives no numbers. All go through the network together. Throws
    /// ModelError where it fails.
    std::vector<Embedding> embed(std::span<const FaceInPicture> faces) const;

    /// The similarity from which on two faces count as one person's, see kThresholds.
    float threshold() const { return threshold_; }
    const std::string& name() const { return name_; }  ///< "mobilefacenet", "inception-resnet-v1"

  private:
    std::unique_ptr<NetworkRunner> runner_;
    bool aligned_ = false;
    std::string name_;
    float threshold_ = 0;
};

}  // namespace closet
