#pragma once

#include <string>

namespace closet {

struct InferOptions {
    std::string model = "blazepose-full";  ///< a name from pose_models()
    std::string device = "auto";           ///< auto, cpu, cuda or cuda:N
    std::string precision = "auto";        ///< auto, fp32, fp16 (CUDA only) or bf16
    int streams = 2;                       ///< CUDA streams that share a batch, 1..32
    bool masks = false;                    ///< also give each pose the person's mask
    float min_presence = 0.5F;  ///< below it the person counts as lost, 0..1 (MediaPipe's default)
};

}  // namespace closet
