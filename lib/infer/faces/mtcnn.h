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

class Checkpoint;

/// Names of its three networks in the store, in the order of the cascade.
std::span<const char* const> mtcnn_models();

/// A window of the cascade on its way to a face: corners in pixels of the picture.
struct FaceWindow {
    float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
    float score = 0;
};

/// What the cascade did, for tests.
struct MtcnnTrace {
    struct Level {
        double scale = 0;
        int rows = 0, columns = 0;  ///< of P-Net's output
        int candidates = 0;
    };
    std::vector<Level> pyramid;
    std::vector<FaceWindow> after_pnet, pnet_square, after_rnet, rnet_square;
};

/// Finds faces: P-Net over a pyramid of the picture, R-Net and O-Net over what is left. The numbers
/// are those of facenet-pytorch 2.6.0 (models/utils/detect_face.py), with its thresholds.
class Mtcnn {
  public:
    /// A face that is less wide or high is overlooked, pixels; facenet-pytorch's default.
    static constexpr double kLeastFacePx = 20;

    /// Loads the three networks of the store onto the options' device. `workers` must outlive it.
    /// Throws ModelError where one is missing.
    Mtcnn(const InferOptions& options, WorkerPool& workers);
    /// The same from files that are open, one for each stage or three times the one that holds all.
    Mtcnn(std::vector<std::shared_ptr<const Checkpoint>> files, const InferOptions& options,
          WorkerPool& workers);
    ~Mtcnn();
    Mtcnn(const Mtcnn&) = delete;
    Mtcnn& operator=(const Mtcnn&) = delete;
    Mtcnn(Mtcnn&&) = delete;
    Mtcnn& operator=(Mtcnn&&) = delete;

    /// The faces in each picture (CV_8UC3 R G B), the largest first; those at least `least_face_px`
    /// wide. What is found in one picture does not depend on the others. Throws ModelError where a
    /// network fails.
    std::vector<std::vector<Face>> find(std::span<const cv::Mat> pictures,
                                        double least_face_px = kLeastFacePx) const;

    /// The same for one picture on the calling thread.
    std::vector<Face> find_in(const cv::Mat& picture, double least_face_px = kLeastFacePx,
                              MtcnnTrace* trace = nullptr) const;

  private:
    struct Networks;
    std::unique_ptr<Networks> networks_;
    WorkerPool& workers_;
};

}  // namespace closet
