#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "made_checkpoint.h"
#include "models/checkpoint/pickle_writer.h"
#include "models/networks/clip/clip.h"
#include "models/networks/deeplabv3plus/deeplabv3plus.h"
#include "models/networks/gfpgan/gfpgan.h"
#include "models/networks/graphonomy/graphonomy.h"
#include "models/networks/hrnet/hrnet.h"
#include "models/networks/inception_resnet_v1/inception_resnet_v1.h"
#include "models/networks/mobile_sam/mobile_sam.h"
#include "models/networks/openpose/openpose.h"
#include "models/networks/try_on/try_on.h"
#include "models/networks/u2net/u2net.h"

namespace closet::test {

// One small network of each family and layout, whose files are small enough to be made, damaged and
// loaded many times.

/// The network that these keys alone make a family think of.
inline RecognizedNetwork network_of(
    const std::vector<std::pair<std::string, Parameters::Shape>>& keys) {
    MemoryCheckpoint checkpoint("made.pth");
    for (const auto& [key, shape] : keys) {
        checkpoint.add_repeated(key, shape);
    }
    return recognize_network(StateDict(checkpoint.tensors())).value();
}

/// The try-on networks among them.
inline std::vector<RecognizedNetwork> narrow_try_on_networks() {
    GeometricMatching matching{.features = {2, 2, 3, 4, 4, 4}, .regression = {4, 3, 2, 2}};
    GeometricMatching viton_hd = matching;
    viton_hd.person_channels = GeometricMatching::kVitonHd;
    return {describe(matching), describe(viton_hd),
            describe(TryOnModule{.widths = {2, 3, 4, 4, 4, 4}}),
            describe(SegGenerator{.widths = {2, 3, 4, 5, 6}}),
            describe(AliasGenerator{.width = 2, .norm_hidden = 3})};
}

inline std::vector<RecognizedNetwork> narrow_networks() {
    std::vector<RecognizedNetwork> all = narrow_try_on_networks();
    for (const auto layout :
         {HrnetArchitecture::Layout::kOriginal, HrnetArchitecture::Layout::kMmpose,
          HrnetArchitecture::Layout::kMmpose0}) {
        all.push_back(describe(HrnetArchitecture{
            .width = 4, .bottlenecks = 1, .modules = {1, 1, 1}, .blocks = 1, .layout = layout}));
    }
    all.push_back(describe(OpenPoseArchitecture{.conv1 = 2,
                                                .conv2 = 2,
                                                .conv3 = 3,
                                                .conv4 = 3,
                                                .reduced = 3,
                                                .features = 2,
                                                .stage1 = 2,
                                                .wide = 3,
                                                .refined = 2}));
    U2NetArchitecture salient;
    salient.stages.fill({2, 4});
    U2NetArchitecture clothes = salient;
    clothes.classes = 4;
    clothes.input_width = clothes.input_height = 768;
    all.push_back(describe(salient));
    all.push_back(describe(clothes));
    all.push_back(describe(GraphonomyArchitecture{.stem1 = 2,
                                                  .stem2 = 2,
                                                  .block1 = 3,
                                                  .block2 = 3,
                                                  .middle = 4,
                                                  .block20 = 4,
                                                  .exit1 = 4,
                                                  .exit2 = 4,
                                                  .exit3 = 4,
                                                  .head = 4,
                                                  .low = 2,
                                                  .nodes = 3}));
    constexpr std::size_t kMobileBlocks = 17;
    all.push_back(describe(
        DeepLabArchitecture{.stem = 2, .layers = {{kMobileBlocks, {2, 2}}}, .low = 2, .head = 4}));
    all.push_back(describe(DeepLabArchitecture{
        .is_mobilenet = false, .stem = 2, .layers = {4, {{2, 4}}}, .low = 2, .head = 4}));
    MobileSamArchitecture sam;
    sam.stages = {{{1, 4}, {1, 8, 2, 7}, {1, 8, 2, 14}, {1, 8, 2, 7}}};
    sam.stem = 4;
    sam.width = 16;
    sam.perceptron = 8;
    sam.mask_widths = {2, 2};
    all.push_back(describe(sam));
    all.push_back(describe(GfpganArchitecture{.style = 4, .channels = {4, 4, 2}}));
    all.push_back(describe(ClipArchitecture{.patch = 4,
                                            .grid = 2,
                                            .vision_width = 64,
                                            .vision_layers = 1,
                                            .text_width = 64,
                                            .text_layers = 1,
                                            .vocabulary = 600,
                                            .numbers = 16}));
    all.push_back(describe(InceptionResnetV1Architecture{.widths_divided_by = 16, .classes = 3}));
    for (const auto& [face, box] :
         {std::pair("conv4_1", "conv4_2"), {"dense5_1", "dense5_2"}, {"dense6_1", "dense6_2"}}) {
        all.push_back(network_of({{"prelu1.weight", {1}},
                                  {std::string(face) + ".weight", {1}},
                                  {std::string(box) + ".weight", {1}}}));
    }
    all.push_back(network_of({{"features.0.weight", {2, 3, 11, 11}},
                              {"features.3.weight", {2, 2, 5, 5}},
                              {"features.6.weight", {2, 2, 3, 3}},
                              {"features.8.weight", {2, 2, 3, 3}},
                              {"features.10.weight", {2, 2, 3, 3}},
                              {"lin0.model.1.weight", {1, 2, 1, 1}}}));
    all.push_back(describe(RtmPoseArchitecture{.backbone = {.widen = 0.375, .deepen = 0.167}}));
    all.push_back(
        describe(RtmDetArchitecture{.backbone = {.widen = 0.25, .deepen = 0.33, .separable = true},
                                    .input_width = 320,
                                    .input_height = 320,
                                    .exp_on_reg = false}));
    return all;
}

/// How numbers lie in a file that `saved` makes.
struct SavedAs {
    std::vector<std::string> wrappers = {};  ///< dicts around the state dict, outermost first
    std::string prefix = {};                 ///< before each key
    bool is_half = false;                    ///< float16 instead of float32
};

/// What torch.save would write of a checkpoint: a legacy file in which every number is 1.5.
inline std::string saved(const MemoryCheckpoint& checkpoint, const SavedAs& as = {}) {
    constexpr char kStorage = 1, kRebuild = 2, kHooks = 3;
    constexpr std::int64_t kCount = 1;
    const std::string type = as.is_half ? "HalfStorage" : "FloatStorage";
    pickle::Pairs entries;
    for (const TensorEntry& tensor : checkpoint.tensors()) {
        // What all tensors share is written once, as torch.save does it.
        const bool first = entries.empty();
        const std::string rebuild =
            first ? pickle::global("torch._utils", "_rebuild_tensor_v2") + pickle::put(kRebuild)
                  : pickle::get(kRebuild);
        const std::string storage = first
                                        ? pickle::storage("0", kCount, type) + pickle::put(kStorage)
                                        : pickle::get(kStorage);
        const std::string hooks =
            first ? pickle::global("collections", "OrderedDict") + ")R" + pickle::put(kHooks)
                  : pickle::get(kHooks);
        entries.emplace_back(
            as.prefix + tensor.key,
            pickle::call(rebuild,
                         {storage, pickle::integer(0), pickle::integers(tensor.shape),
                          pickle::integers(std::vector<std::int64_t>(tensor.shape.size(), 0)),
                          "\x89", hooks}));
    }
    std::string object = pickle::dict(entries);
    for (auto name = as.wrappers.rbegin(); name != as.wrappers.rend(); ++name) {
        object = pickle::dict({{*name, object}});
    }
    constexpr std::uint16_t kHalf = 0x3E00;
    return pickle::Legacy{.object = object,
                          .storages = {{.key = "0",
                                        .count = kCount,
                                        .data = as.is_half ? stored(kHalf) : stored(1.5F)}}}
        .bytes();
}

}  // namespace closet::test
