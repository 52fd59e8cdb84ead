#include "models/networks/lpips/lpips.h"

#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "models/networks/layers.h"

namespace closet {
namespace {

using Value = NetworkWriter::Value;
using Backbone = LpipsArchitecture::Backbone;

/// Far above any published width; what lies beyond is a damaged or hostile file.
constexpr std::int64_t kMostFilters = 1024;

/// One layer of a backbone, as torchvision's `features` number them.
struct Step {
    enum class Kind { kConv, kFire, kPool };
    Kind kind = Kind::kConv;
    int index = 0;                                 ///< in `features`; of a pool none
    std::int64_t kernel = 3, stride = 1, pad = 1;  ///< of a convolution or a pool
    bool is_tap = false;                           ///< its activations are looked at
};

constexpr Step conv(int index, bool is_tap) {
    return {.index = index, .is_tap = is_tap};
}
constexpr Step fire(int index, bool is_tap) {
    return {.kind = Step::Kind::kFire, .index = index, .is_tap = is_tap};
}
constexpr Step pool(std::int64_t kernel) {
    return {.kind = Step::Kind::kPool, .kernel = kernel, .stride = 2, .pad = 0};
}

// torchvision/models/alexnet.py, squeezenet.py (version 1_1), vgg.py (configuration D); the taps of
// lpips/pretrained_networks.py.
constexpr Step kAlex[]{{.index = 0, .kernel = 11, .stride = 4, .pad = 2, .is_tap = true},
                       pool(3),
                       {.index = 3, .kernel = 5, .pad = 2, .is_tap = true},
                       pool(3),
                       conv(6, true),
                       conv(8, true),
                       conv(10, true)};
constexpr Step kSqueeze[]{{.index = 0, .stride = 2, .pad = 0, .is_tap = true},
                          pool(3),
                          fire(3, false),
                          fire(4, true),
                          pool(3),
                          fire(6, false),
                          fire(7, true),
                          pool(3),
                          fire(9, true),
                          fire(10, true),
                          fire(11, true),
                          fire(12, true)};
constexpr Step kVgg[]{conv(0, false), conv(2, true), pool(2),         conv(5, false),
                      conv(7, true),  pool(2),       conv(10, false), conv(12, false),
                      conv(14, true), pool(2),       conv(17, false), conv(19, false),
                      conv(21, true), pool(2),       conv(24, false), conv(26, false),
                      conv(28, true)};

struct BackboneFacts {
    Backbone backbone;
    std::string_view name, file_name;
    std::span<const Step> steps;
    bool ceils;               ///< the last window of a pool may hang over the edge
    std::int64_t least_side;  ///< pixels; by the kernels and strides above
    double sum_0_0;           ///< of all weights of the published heads of version 0.0
};

constexpr BackboneFacts kBackbones[]{
    {Backbone::kAlex, "alex", "alexnet", kAlex, false, 31, 65.506021284},
    {Backbone::kSqueeze, "squeeze", "squeezenet1_1", kSqueeze, true, 17, 104.928566404},
    {Backbone::kVgg, "vgg", "vgg16", kVgg, false, 16, 52.520653253},
};

const BackboneFacts& facts_of(Backbone backbone) {
    return kBackbones[static_cast<std::size_t>(backbone)];
}

std::int64_t taps_of(const BackboneFacts& facts) {
    std::int64_t taps = 0;
    for (const Step& step : facts.steps) {
        taps += step.is_tap ? 1 : 0;
    }
    return taps;
}

/// The parts of a step that have weights: of a fire module three.
std::span<const std::string_view> parts_of(const Step& step) {
    static constexpr std::string_view kWhole[]{""};
    static constexpr std::string_view kFireParts[]{".squeeze", ".expand1x1", ".expand3x3"};
    switch (step.kind) {
        case Step::Kind::kConv:
            return kWhole;
        case Step::Kind::kFire:
            return kFireParts;
        case Step::Kind::kPool:
            break;
    }
    return {};
}

/// What a layer is called in the file. The slices of a module end at the taps.
std::string key_of_step(const Step& step, bool is_module, std::int64_t taps_before) {
    return is_module ? fmt::format("net.slice{}.{}", taps_before + 1, step.index)
                     : fmt::format("features.{}", step.index);
}

std::string head_key(std::int64_t tap) {
    return fmt::format("lin{}.model.1.weight", tap);
}

/// The backbone whose first and last layers the file has in one of the layouts.
bool has_layers(const StateDict& state, const BackboneFacts& facts, bool is_module) {
    std::int64_t taps = 0;
    for (const Step& step : facts.steps) {
        for (const std::string_view part : parts_of(step)) {
            const std::string key =
                fmt::format("{}{}.weight", key_of_step(step, is_module, taps), part);
            const TensorEntry* const weight = state.find(key);
            if (weight == nullptr || weight->shape.size() != 4) {
                return false;
            }
            const bool reduces = part == ".squeeze" || part == ".expand1x1";
            if (weight->shape[2] != (reduces ? 1 : step.kernel)) {
                return false;
            }
        }
        taps += step.is_tap ? 1 : 0;
    }
    return true;
}

/// Of a file with heads alone: the number of taps, then the second one's channels tell.
const BackboneFacts* backbone_of_heads(const StateDict& state) {
    const auto has = [&](std::int64_t tap) { return state.find(head_key(tap)) != nullptr; };
    if (!has(0) || !has(4)) {
        return nullptr;
    }
    if (has(6)) {
        return &facts_of(Backbone::kSqueeze);
    }
    const auto& shape = state.find(head_key(1))->shape;
    return &facts_of(shape.size() == 4 && shape[1] == 128 ? Backbone::kVgg : Backbone::kAlex);
}

std::vector<std::int64_t> widths_of(const StateDict& state, const BackboneFacts& facts,
                                    bool is_module) {
    std::vector<std::int64_t> widths;
    std::int64_t taps = 0;
    for (const Step& step : facts.steps) {
        for (const std::string_view part : parts_of(step)) {
            const std::string key =
                fmt::format("{}{}.weight", key_of_step(step, is_module, taps), part);
            widths.push_back(state.find(key)->shape[0]);
            if (widths.back() < 1 || widths.back() > kMostFilters) {
                throw ModelError(
                    fmt::format("it is an LPIPS whose {} has {} filters, which is none "
                                "that can be used (1 to {})",
                                key, widths.back(), kMostFilters));
            }
        }
        taps += step.is_tap ? 1 : 0;
    }
    return widths;
}

/// Whether the heads are the published ones of version 0.0.
bool has_heads_0_0(const StateDict& state, const BackboneFacts& facts) {
    constexpr double kSame = 1e-6;
    double sum = 0;
    for (std::int64_t tap = 0; tap < taps_of(facts); ++tap) {
        const TensorEntry* const head = state.find(head_key(tap));
        if (head == nullptr || head->shape.size() != 4 || head->shape[1] > 2 * kMostFilters ||
            head->shape != Parameters::Shape{1, head->shape[1], 1, 1}) {
            return false;
        }
        for (const float weight : to_floats(*head)) {
            sum += weight;
        }
    }
    return std::abs(sum - facts.sum_0_0) < kSame;
}

/// Lays down a backbone, step by step.
class BackboneWriter {
  public:
    BackboneWriter(NetworkWriter net, const LpipsArchitecture& architecture)
        : net_(net),
          architecture_(architecture),
          facts_(facts_of(architecture.backbone)),
          x_(net.graph.input()) {}

    /// The values at the taps.
    std::vector<Value> write() {
        for (const Step& step : facts_.steps) {
            add(step);
            if (step.is_tap) {
                taps_.push_back(x_);
            }
        }
        return taps_;
    }

  private:
    void add(const Step& step) {
        const std::string name =
            key_of_step(step, architecture_.is_module, static_cast<std::int64_t>(taps_.size()));
        switch (step.kind) {
            case Step::Kind::kConv:
                x_ = conv_relu(name, x_, step.kernel, step.stride, step.pad);
                break;
            case Step::Kind::kFire: {
                const Value narrow = conv_relu(name + ".squeeze", x_, 1, 1, 0);
                const Value points = conv_relu(name + ".expand1x1", narrow, 1, 1, 0);
                const Value areas = conv_relu(name + ".expand3x3", narrow, 3, 1, 1);
                x_ = net_.graph.concat({points, areas});
                break;
            }
            case Step::Kind::kPool:
                x_ = net_.graph.max_pool(x_, step.kernel, step.stride, facts_.ceils);
                break;
        }
    }

    Value conv_relu(const std::string& name, Value x, std::int64_t kernel, std::int64_t stride,
                    std::int64_t pad) {
        const std::int64_t channels = architecture_.widths[next_width_++];
        return convolution(net_,
                           {.conv = name,
                            .bias = true,
                            .channels = channels,
                            .kernel = kernel,
                            .stride = stride,
                            .pad = pad,
                            .activation = Activation::kRelu},
                           x);
    }

    NetworkWriter net_;
    const LpipsArchitecture& architecture_;
    const BackboneFacts& facts_;
    Value x_;
    std::size_t next_width_ = 0;
    std::vector<Value> taps_;
};

std::array<float, 3> three(const std::vector<float>& values, const std::array<float, 3>& standard) {
    return values.size() == 3 ? std::array{values[0], values[1], values[2]} : standard;
}

/// What the input is normalized with. A module holds its own; ScalingLayer of lpips/lpips.py
/// (ImageNet's mean and deviation for inputs of -1..1) is what all others mean.
void set_scaling(const LpipsArchitecture& architecture, Parameters& parameters,
                 LpipsNetwork& network) {
    constexpr std::array kShift{-.030F, -.088F, -.188F}, kScale{.458F, .448F, .450F};
    std::vector<float> shift, scale;
    if (architecture.is_module) {
        shift = parameters.take("scaling_layer.shift", {1, 3, 1, 1});
        scale = parameters.take("scaling_layer.scale", {1, 3, 1, 1}, 1);
    }
    network.shift = three(shift, kShift);
    network.scale = three(scale, kScale);
    if (architecture.is_version_0_0) {
        network.shift = {0, 0, 0};
        network.scale = {1, 1, 1};
    }
    for (const float factor : network.scale) {
        if (!(factor > 0)) {
            throw ModelError(
                fmt::format("{}: its scaling layer divides by {}, which gives no numbers; take "
                            "another file",
                            network.graph.name, factor));
        }
    }
}

std::vector<std::int64_t> head_widths(const LpipsArchitecture& architecture) {
    std::vector<std::int64_t> widths;
    std::size_t next = 0;
    for (const Step& step : facts_of(architecture.backbone).steps) {
        std::int64_t last = 0;
        for (std::size_t part = 0; part < parts_of(step).size(); ++part) {
            const std::int64_t width = architecture.widths[next++];
            last = part == 2 ? last + width : width;  // both expansions of a fire module
        }
        if (step.is_tap) {
            widths.push_back(last);
        }
    }
    return widths;
}

/// The widths as published: what a file without a backbone is meant for.
std::vector<std::int64_t> published_widths(Backbone backbone) {
    switch (backbone) {
        case Backbone::kAlex:
            return {64, 192, 384, 256, 256};
        case Backbone::kSqueeze:
            return {64, 16,  64,  64, 16,  64,  64, 32,  128, 128, 32,  128, 128,
                    48, 192, 192, 48, 192, 192, 64, 256, 256, 64,  256, 256};
        case Backbone::kVgg:
            break;
    }
    return {64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512};
}

}  // namespace

std::optional<LpipsArchitecture> recognize_lpips(const StateDict& state) {
    for (const BackboneFacts& facts : kBackbones) {
        for (const bool is_module : {false, true}) {
            if (!has_layers(state, facts, is_module)) {
                continue;
            }
            LpipsArchitecture found{.backbone = facts.backbone,
                                    .has_backbone = true,
                                    .has_heads = state.find(head_key(0)) != nullptr,
                                    .is_module = is_module,
                                    .widths = widths_of(state, facts, is_module)};
            found.is_version_0_0 = found.has_heads && has_heads_0_0(state, facts);
            return found;
        }
    }
    const BackboneFacts* const facts = backbone_of_heads(state);
    if (facts == nullptr) {
        return std::nullopt;
    }
    return LpipsArchitecture{.backbone = facts->backbone,
                             .has_heads = true,
                             .is_version_0_0 = has_heads_0_0(state, *facts),
                             .widths = published_widths(facts->backbone)};
}

std::string to_string(const LpipsArchitecture& architecture) {
    const BackboneFacts& facts = facts_of(architecture.backbone);
    if (!architecture.has_heads) {
        return fmt::format("{}, a backbone of LPIPS", facts.file_name);
    }
    return fmt::format("{}lpips-{} v{}{}", architecture.has_backbone ? "" : "heads of ", facts.name,
                       architecture.is_version_0_0 ? "0.0" : "0.1",
                       architecture.is_module ? " (whole module)" : "");
}

RecognizedNetwork describe(const LpipsArchitecture& architecture) {
    constexpr std::int64_t kSide = 64;  // to lay it down; any other does as well
    return {.text = to_string(architecture),
            .channels = "RGB",
            .counted = "taps",
            .count = taps_of(facts_of(architecture.backbone)),
            .build = [architecture](Parameters& parameters, const std::string& name,
                                    std::span<const std::string>) {
                return build_lpips(architecture, parameters, name, kSide, kSide).graph;
            }};
}

std::int64_t least_side(Backbone backbone) {
    return facts_of(backbone).least_side;
}

LpipsNetwork build_lpips(const LpipsArchitecture& architecture, Parameters& parameters,
                         const std::string& name, std::int64_t height, std::int64_t width) {
    const BackboneFacts& facts = facts_of(architecture.backbone);
    if (height < facts.least_side || width < facts.least_side) {
        throw ModelError(
            fmt::format("{} cannot compare pictures of {}x{} pixels: it needs at least {} in each "
                        "direction",
                        to_string(architecture), width, height, facts.least_side));
    }
    parameters.leave_aside("classifier.");  // what a backbone was trained for
    parameters.leave_aside("lins.");        // a module holds each head under two names
    LpipsNetwork network;
    network.graph.name = name;
    set_scaling(architecture, parameters, network);
    if (architecture.has_backbone) {
        GraphWriter graph(name, height, width);
        std::vector<std::string> outputs;
        for (const Value tap : BackboneWriter({parameters, graph}, architecture).write()) {
            outputs.push_back(fmt::format("tap{}", outputs.size()));
            graph.label(outputs.back(), tap);
        }
        network.graph = graph.finish(outputs);
    }
    std::int64_t tap = 0;
    for (const std::int64_t channels : head_widths(architecture)) {
        if (architecture.has_heads) {
            network.heads.push_back(parameters.take(head_key(tap), {1, channels, 1, 1}));
        }
        ++tap;
    }
    return network;
}

}  // namespace closet
