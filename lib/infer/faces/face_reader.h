#pragma once

#include <optional>
#include <span>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "core/pose.h"
#include "infer/faces/face_embedder.h"
#include "infer/faces/mtcnn.h"

namespace closet {

/// A face that was seen and what it is like.
struct SeenFace {
    Face face;  ///< pixels of the picture
    Embedding embedding;
};

/// Where in a picture a face is looked for.
struct HeadPlace {
    const cv::Mat* picture = nullptr;  ///< CV_8UC3 R G B, not owned
    cv::Rect2d square;                 ///< around the head, pixels; may reach out of the picture
};

/// The square in which the head of a pose is, in the pixels of its keypoints; nothing where
/// shoulders or face are not known.
std::optional<cv::Rect2d> head_square(std::span<const Keypoint> keypoints, Skeleton skeleton);

/// The face of each head, in order, in pixels of its picture; nothing where none is seen well
/// enough or another one is too near. Throws ModelError where the detector fails.
std::vector<std::optional<Face>> find_faces(const Mtcnn& detector,
                                            std::span<const HeadPlace> heads);

/// Finds faces and says what they are like: a detector and an embedder.
class FaceReader {
  public:
    /// `workers` must outlive it. Throws as Mtcnn and FaceEmbedder do.
    FaceReader(const InferOptions& options, WorkerPool& workers)
        : detector_(options, workers), embedder_(options, workers) {}
    FaceReader(std::vector<std::shared_ptr<const Checkpoint>> mtcnn, const InferOptions& options,
               WorkerPool& workers)
        : detector_(std::move(mtcnn), options, workers), embedder_(options, workers) {}

    /// The face of each head, in order; nothing where none is seen well enough.
    std::vector<std::optional<SeenFace>> read(std::span<const HeadPlace> heads) const;

    /// All faces of a picture, the largest first.
    std::vector<SeenFace> read_all(const cv::Mat& picture) const;

    const FaceEmbedder& embedder() const { return embedder_; }

  private:
    Mtcnn detector_;
    FaceEmbedder embedder_;
};

/// Whose face is asked for.
struct FaceQuery {
    std::shared_ptr<const FaceReader> reader;
    Embedding embedding;
    std::string photo;  ///< the file, for messages
    float threshold() const { return reader->embedder().threshold(); }
};

}  // namespace closet
