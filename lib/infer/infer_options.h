#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/option.h"

namespace closet {

namespace flags {
inline constexpr const char* kModel = "--model";
inline constexpr const char* kDetector = "--detector";
inline constexpr const char* kParser = "--parser";
inline constexpr const char* kFlipTest = "--flip-test";
inline constexpr const char* kSilhouette = "--silhouette";
inline constexpr const char* kMaxPeople = "--max-people";
inline constexpr const char* kFaceModel = "--face-model";
inline constexpr const char* kDevice = "--device";
inline constexpr const char* kPrecision = "--precision";
}  // namespace flags

class InputWatcher;  // of models/network.h

struct InferOptions {
    std::string model = "blazepose-full";  ///< a name from pose_models(), or a file's path
    std::string detector{};                ///< a name from person_detectors(), or a checkpoint's
                                           ///< path; empty = the one that the model comes with
    double detect_every_s = 0.5;           ///< the detector looks for new people this often, s
    int max_people = 1;                    ///< followed at a time, 1 or more
    std::string device = "auto";           ///< auto, cpu, cuda or cuda:N
    std::string precision = "auto";        ///< auto, fp32, fp16 (CUDA only), bf16 or int8
    int streams = 2;                       ///< CUDA streams that share a batch, 1..32
    std::string parser = "auto";           ///< what tells cloth, skin and hair: see check_parser
    std::string silhouette = "auto";       ///< what gives masks: see check_silhouette
    double parse_every_s = 0.1;            ///< a person is looked at this often by it, s
    bool masks = false;                    ///< also give poses the person's mask, ...
    double masks_every_s = 0;              ///< ... those of a person this often, s
    bool flip_test = false;                ///< top-down networks see the mirror image too
    bool allow_partial = false;            ///< take a checkpoint that lacks some of the weights
    std::string face_model = "facenet-vggface2";  ///< tells faces apart: a name of the store, or a
                                                  ///< file's path
    std::string face_photo{};                     ///< of the person wanted; empty: nobody is
    std::shared_ptr<InputWatcher> watcher{};      ///< of the pictures that pose networks and
                                                  ///< detectors see; null: nobody
    std::optional<float> min_presence{};  ///< below it the person counts as lost, 0..1; without a
                                          ///< value PoseModel::least_presence()
};
/// All but `max_people`, which a command may leave to who is dressed: max_people_option. One of
/// them is parser_option, for commands that take no other.
std::vector<Option> options_of(InferOptions& options);
Option parser_option(std::string& parser);
Option max_people_option(std::optional<int>& max_people);

}  // namespace closet
