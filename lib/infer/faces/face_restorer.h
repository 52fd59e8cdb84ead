#pragma once

#include <memory>
#include <string_view>

#include <opencv2/core/mat.hpp>

#include "core/torch_part.h"
#include "infer/infer_options.h"

namespace closet {

/// A network that paints a face anew, sharper than it was seen.
class FaceRestorer {
  public:
    virtual ~FaceRestorer() = default;

    /// Width and height of the pictures that it takes, pixels.
    virtual int side() const = 0;

    /// What becomes of a face that stands in the picture as the network expects it
    /// (restore/aligned_face.h): CV_8UC3 R G B of side() x side() both. Empty where the network
    /// gives no numbers. The same picture gives the same face. Takes seconds on a CPU. Throws
    /// ModelError where the network fails.
    virtual cv::Mat restore(const cv::Mat& aligned) const = 0;
};

/// GFPGAN: a name of the store or the path of a checkpoint (1.2 to 1.4, "clean"), on the options'
/// device, in float32 whatever `--precision` says. `threads`: of the CPU that a face may use.
/// Throws ModelError where the file is missing (with what to fetch) or is no such network.
inline constinit TorchFunction<std::unique_ptr<const FaceRestorer>(
    std::string_view name_or_path, const InferOptions& options, unsigned threads)>
    make_face_restorer;

}  // namespace closet
