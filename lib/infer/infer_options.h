#pragma once

#include <optional>
#include <string>

namespace closet {

struct InferOptions {
    std::string model = "blazepose-full";  ///< a name from pose_models(), or a file's path
    std::string detector;                  ///< a name from person_detectors(), or a checkpoint's
                                           ///< path; empty = the one that the model comes with
    double detect_every_s = 0.5;           ///< the detector looks for new people this often, s
    int max_people = 1;                    ///< followed at a time, 1 or more
    std::string device = "auto";           ///< auto, cpu, cuda or cuda:N
    std::string precision = "auto";        ///< auto, fp32, fp16 (CUDA only) or bf16
    int streams = 2;                       ///< CUDA streams that share a batch, 1..32
    bool masks = false;                    ///< also give each pose the person's mask
    bool allow_partial = false;            ///< take a checkpoint that lacks some of the weights
    std::optional<float> min_presence;     ///< below it the person counts as lost, 0..1; without a
                                           ///< value PoseModel::least_presence()
};

}  // namespace closet
