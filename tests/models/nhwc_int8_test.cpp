// Kernels and plans for uint8 (Note [Eight bits]) against plain loops; also under sanitizers.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include "models/nhwc/plan.h"
#include "models/nhwc/quantize.h"
#include "models/nhwc/range_meter.h"
#include "models/nhwc/value_layout.h"
#include "nhwc_graphs.h"

using namespace closet;
using test::GraphMaker;
using test::int8_instruction_sets;

namespace {

struct Layer {
    int kernel = 1, stride = 1, channels = 16, outputs = 16, height = 3, width = 5;
    bool depthwise = false, silu = false, float_out = false;
    enum class Residual { kNone, kEarly, kLate, kLateFloat } residual = Residual::kNone;
    int zero = 77;
};

std::size_t size(std::ptrdiff_t count) {
    return static_cast<std::size_t>(count);
}

// Random numbers of one layer, and what both ways make of them.
class Experiment {
  public:
    explicit Experiment(const Layer& layer) : layer_(layer) {
        pad_ = layer.kernel / 2;
        out_height_ = (layer.height - 1) / layer.stride + 1;
        out_width_ = (layer.width - 1) / layer.stride + 1;
        conv_.depthwise = layer.depthwise;
        conv_.window.kernel_h = conv_.window.kernel_w = layer.kernel;
        const int depth = layer.kernel * layer.kernel * (layer.depthwise ? 1 : layer.channels);
        conv_.bias = std::vector<float>(size(layer.outputs));
        conv_.weights = std::vector<float>(size(layer.outputs * depth));
        std::normal_distribution<float> normal(0, 1);
        for (std::size_t i = 0; i < conv_.weights.size(); ++i) {
            const std::size_t output = layer.depthwise ? i % conv_.bias.size() : i / size(depth);
            // Every third output has neighbors whose products add up as far as they may.
            conv_.weights[i] = output % 3 == 0 ? 1.0F : normal(random_);
        }
        conv_.weights = whole_weights(conv_, weight_scales(conv_));
        for (std::size_t c = 0; c < conv_.bias.size(); ++c) {
            conv_.bias[c] = 128 + 40 * normal(random_);
            scale_.push_back(std::abs(normal(random_)) * 40 /
                             (127 * 127 * std::sqrt(static_cast<float>(depth))));
        }
        for (int i = 0; i < layer.height * layer.width * layer.channels; ++i) {
            input_.push_back(i % 5 == 0 ? 255 : byte());
        }
        for (int i = 0; i < out_height_ * out_width_ * layer.outputs; ++i) {
            residual_.push_back(byte());
        }
    }

    std::vector<float> expected() const {
        std::vector<float> out;
        for (int y = 0; y < out_height_; ++y) {
            for (int x = 0; x < out_width_; ++x) {
                for (int c = 0; c < layer_.outputs; ++c) {
                    out.push_back(finish(sum(y, x, c), out.size(), size(c)));
                }
            }
        }
        return out;
    }

    std::vector<float> actual(const NhwcKernels& kernels) const {
        const std::ptrdiff_t in_pitch = nhwc_pitch(kernels, layer_.channels);
        const std::ptrdiff_t pitch = nhwc_pitch(kernels, layer_.outputs);
        const NhwcKernels& own = nhwc_kernels_for(kernels, pitch, Element::kUint8);
        const std::ptrdiff_t row = (layer_.width + 2 * pad_) * in_pitch;
        std::vector<std::uint8_t> in(size(layer_.height * row),
                                     static_cast<std::uint8_t>(layer_.zero));
        for (std::size_t i = 0; i < input_.size(); ++i) {
            const auto [y, x, c] = place(i, layer_.width, layer_.channels);
            in[size(y * row + (x + pad_) * in_pitch + c)] = input_[i];
        }
        std::vector<const void*> rows;
        for (int y = 0; y < out_height_; ++y) {
            for (int k = 0; k < layer_.kernel; ++k) {
                const int from = y * layer_.stride + k - pad_;
                const bool inside = from >= 0 && from < layer_.height;
                rows.push_back(inside ? in.data() + from * row : nullptr);
            }
        }
        std::vector<std::int32_t> corrections(size(layer_.kernel * pitch), 0);
        for (int k = 0; k < layer_.kernel; ++k) {
            for (int c = 0; c < layer_.outputs; ++c) {
                each_tap(k, c, [&](int, int, int weight) {
                    corrections[size(k * pitch + c)] -= weight * layer_.zero;
                });
            }
        }
        std::vector<float> scale(size(pitch), 0.0F), bias(size(pitch), 0.0F);
        std::copy(scale_.begin(), scale_.end(), scale.begin());
        std::copy(conv_.bias.begin(), conv_.bias.end(), bias.begin());
        const std::ptrdiff_t numbers = out_height_ * out_width_ * pitch;
        std::vector<std::uint8_t> bytes(size(numbers)), residual(size(numbers));
        std::vector<float> floats(size(numbers)), float_residual(size(numbers));
        for (std::size_t i = 0; i < residual_.size(); ++i) {
            const auto [y, x, c] = place(i, out_width_, layer_.outputs);
            residual[size((y * out_width_ + x) * pitch + c)] = residual_[i];
            float_residual[size((y * out_width_ + x) * pitch + c)] = residual_[i];
        }
        ConvTask task{};
        task.rows = rows.data();
        task.out_rows = out_height_;
        task.pixels = out_width_;
        task.kernel_h = task.kernel_w = layer_.kernel;
        task.channels = layer_.channels;
        task.tap_step = in_pitch;
        task.pixel_step = layer_.stride * in_pitch;
        task.vectors = static_cast<int>(pitch) / own.lanes;
        task.widest = own.widest_block(out_width_);
        const AlignedBytes weights = layer_.depthwise
                                         ? pack_rows(conv_, pitch)
                                         : pack_dense(conv_, own, task.vectors, task.widest);
        task.weights = weights.get();
        task.bias = bias.data();
        task.out = layer_.float_out ? static_cast<void*>(floats.data()) : bytes.data();
        task.out_step = pitch;
        task.out_row = out_width_ * pitch;
        task.float_out = layer_.float_out;
        const bool has_float = layer_.residual == Layer::Residual::kLateFloat;
        task.finish = {.residual = layer_.residual == Layer::Residual::kNone ? nullptr
                                   : has_float ? static_cast<const void*>(float_residual.data())
                                               : residual.data(),
                       .residual_step = pitch,
                       .residual_row = out_width_ * pitch,
                       .residual_last = is_late(),
                       .silu = layer_.silu,
                       .low = kLow,
                       .high = kHigh};
        const std::vector<float> residual_scale(size(pitch), kResidualScale);
        task.requantize = {.scale = scale.data(),
                           .corrections = corrections.data(),
                           .float_residual = has_float,
                           .residual_scale = residual_scale.data(),
                           .residual_zero = kResidualZero,
                           .out_scale = kOutScale,
                           .out_shift = kOutShift};
        layer_.depthwise ? own.depthwise(task) : own.conv(task);
        std::vector<float> out;
        for (std::size_t i = 0; i < residual_.size(); ++i) {
            const auto [y, x, c] = place(i, out_width_, layer_.outputs);
            const std::size_t at = size((y * out_width_ + x) * pitch + c);
            out.push_back(layer_.float_out ? floats[at] : bytes[at]);
        }
        return out;
    }

  private:
    static constexpr float kLow = 3, kHigh = 250, kResidualScale = 0.37F, kOutScale = 0.8F,
                           kOutShift = 11, kResidualZero = 100;
    struct Place {
        int y, x, c;
    };
    static Place place(std::size_t i, int width, int channels) {
        const int at = static_cast<int>(i);
        return {at / channels / width, at / channels % width, at % channels};
    }
    std::uint8_t byte() {
        return static_cast<std::uint8_t>(std::uniform_int_distribution<int>(0, 255)(random_));
    }
    bool is_late() const {
        return layer_.residual == Layer::Residual::kLate ||
               layer_.residual == Layer::Residual::kLateFloat;
    }

    // see(column, channel, weight) for the taps of a kernel row.
    template <class See>
    void each_tap(int row, int output, See see) const {
        const int channels = layer_.depthwise ? 1 : layer_.channels;
        for (int x = 0; x < layer_.kernel; ++x) {
            for (int c = 0; c < channels; ++c) {
                const int tap = row * layer_.kernel + x;
                const int at = layer_.depthwise
                                   ? tap * layer_.outputs + output
                                   : (output * layer_.kernel * layer_.kernel + tap) * channels + c;
                see(x, layer_.depthwise ? output : c, static_cast<int>(conv_.weights[size(at)]));
            }
        }
    }

    std::int64_t sum(int y, int x, int output) const {
        std::int64_t sum = 0;
        for (int k = 0; k < layer_.kernel; ++k) {
            const int row = y * layer_.stride + k - pad_;
            if (row < 0 || row >= layer_.height) {
                continue;
            }
            each_tap(k, output, [&](int tap, int channel, int weight) {
                const int column = x * layer_.stride + tap - pad_;
                if (column >= 0 && column < layer_.width) {
                    const int at = (row * layer_.width + column) * layer_.channels + channel;
                    sum += weight * (input_[size(at)] - layer_.zero);
                }
            });
        }
        return sum;
    }

    float finish(std::int64_t sum, std::size_t at, std::size_t channel) const {
        float value = std::fma(static_cast<float>(sum), scale_[channel], conv_.bias[channel]);
        if (layer_.residual == Layer::Residual::kEarly) {
            value = std::fma(residual_[at] - kResidualZero, kResidualScale, value);
        }
        value = layer_.silu ? value / (1 + std::exp(-value)) : std::clamp(value, kLow, kHigh);
        if (is_late()) {
            value = std::fma(residual_[at] - kResidualZero, kResidualScale, value);
        }
        if (layer_.silu || is_late()) {
            value = std::fma(value, kOutScale, kOutShift);
        }
        return layer_.float_out ? value : std::nearbyint(std::clamp(value, 0.0F, 255.0F));
    }

    Layer layer_;
    std::mt19937 random_{5};
    int pad_ = 0, out_height_ = 0, out_width_ = 0;
    ConvNode conv_;
    std::vector<float> scale_;
    std::vector<std::uint8_t> input_, residual_;
};

void check_layer(const Layer& layer) {
    CAPTURE(layer.kernel);
    CAPTURE(layer.stride);
    CAPTURE(layer.channels);
    CAPTURE(layer.outputs);
    CAPTURE(layer.width);
    CAPTURE(layer.float_out);
    CAPTURE(static_cast<int>(layer.residual));
    const Experiment experiment(layer);
    const std::vector<float> expected = experiment.expected();
    for (const auto& set : int8_instruction_sets()) {
        CAPTURE(set.name);
        const std::vector<float> actual = experiment.actual(*set.kernels);
        if (!layer.silu) {
            CHECK(actual == expected);
            continue;
        }
        float largest = 0;
        for (std::size_t i = 0; i < actual.size(); ++i) {
            largest = std::max(largest, std::abs(actual[i] - expected[i]));
        }
        CHECK(largest <= (layer.float_out ? 1e-3F : 1.0F));
    }
}

constexpr Layer::Residual kResiduals[] = {Layer::Residual::kNone, Layer::Residual::kEarly,
                                          Layer::Residual::kLate, Layer::Residual::kLateFloat};

// Ranges as the graph's own numbers have them.
NetworkGraph calibrated(NetworkGraph graph, const std::vector<float>& input) {
    RangeMeter meter(graph);
    meter.see(input);
    graph.ranges = meter.ranges();
    return graph;
}

std::vector<float> picture(const NetworkGraph& graph) {
    const auto& shape = graph.shapes[0];
    std::vector<float> input(size(shape[1] * shape[2] * shape[3]));
    for (std::size_t i = 0; i < input.size(); ++i) {
        input[i] = static_cast<float>(i * 37 % 101) / 50 - 1;
    }
    return input;
}

std::vector<float> run(const NetworkGraph& graph, const NhwcKernels& kernels,
                       const std::vector<float>& input, unsigned char before = 0) {
    const NhwcPlan plan = make_nhwc_plan(graph, kernels);
    const AlignedBytes arena = aligned_bytes(plan.arena_bytes);
    const AlignedBytes scratch = aligned_bytes(plan.scratch_bytes);
    std::fill_n(arena.get(), plan.arena_bytes, static_cast<std::byte>(before));
    std::fill_n(scratch.get(), plan.scratch_bytes, static_cast<std::byte>(before));
    std::vector<std::vector<float>> outputs;
    std::vector<float*> targets;
    for (const auto id : plan.outputs) {
        const Value& value = plan.values[id];
        outputs.emplace_back(size(value.height * value.width * value.channels));
    }
    std::vector<float> all;
    for (auto& output : outputs) {
        targets.push_back(output.data());
    }
    run_nhwc(plan, kernels, input.data(), targets, arena.get(), scratch.get());
    for (const auto& output : outputs) {
        all.insert(all.end(), output.begin(), output.end());
    }
    return all;
}

// Root of the mean square of the difference, as a share of that of `expected`.
double relative_error(const std::vector<float>& actual, const std::vector<float>& expected) {
    REQUIRE(actual.size() == expected.size());
    double difference = 0, all = 0;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        difference += std::pow(actual[i] - expected[i], 2);
        all += std::pow(expected[i], 2);
    }
    return std::sqrt(difference / all);
}

// Bottlenecks as BlazePose has them, with concatenation, pool and a resize that stays float32.
NetworkGraph bottlenecks(std::int64_t channels, std::int64_t width, Activation activation) {
    GraphMaker maker({1, 40, width, 3});
    const auto stem =
        maker.conv(0, {.channels = channels, .kernel = 3, .stride = 2, .activation = activation});
    const auto up = maker.conv(stem, {.channels = 3 * channels, .activation = activation});
    const auto local = maker.conv(up, {.kernel = 5, .depthwise = true, .activation = activation});
    const auto sum = maker.conv(local, {.channels = channels}, stem);
    auto shape = maker.shape(sum);
    const auto even = test::pool(maker, sum);
    shape[3] *= 2;
    const auto joined = maker.add(ConcatNode{3}, {sum, even}, shape);
    const auto next = maker.conv(
        joined,
        {.kernel = 3, .stride = 2, .depthwise = true, .activation = activation, .uneven = true});
    const auto narrow = maker.conv(next, {.channels = channels + 3});
    auto large = maker.shape(narrow);
    large[1] *= 2;
    large[2] *= 2;
    const auto resized = maker.add(ResizeNode{}, {narrow}, large);
    return maker.graph({maker.conv(resized, {.channels = 19, .kernel = 3}),
                        maker.conv(next, {.channels = 7, .kernel = 3, .stride = 2})});
}

}  // namespace

TEST_SUITE("kernels for uint8") {
    TEST_CASE("dense convolutions equal plain loops to the bit") {
        for (const int kernel : {1, 3, 7}) {
            for (const int stride : {1, 2}) {
                for (const int width : {1, 6, 17}) {
                    for (const auto& [channels, outputs] :
                         {std::pair{1, 8}, {3, 16}, {17, 33}, {40, 7}, {64, 130}}) {
                        check_layer({.kernel = kernel,
                                     .stride = stride,
                                     .channels = channels,
                                     .outputs = outputs,
                                     .width = width,
                                     .float_out = width == 6});
                    }
                }
            }
        }
    }

    TEST_CASE("depthwise convolutions equal plain loops to the bit") {
        for (const int kernel : {3, 5}) {
            for (const int stride : {1, 2}) {
                for (const int height : {1, 2, 7}) {
                    for (const int channels : {1, 8, 19, 48}) {
                        check_layer({.kernel = kernel,
                                     .stride = stride,
                                     .channels = channels,
                                     .outputs = channels,
                                     .height = height,
                                     .width = 11,
                                     .depthwise = true});
                    }
                }
            }
        }
    }

    TEST_CASE("residuals and activations are applied in the order that a finish says") {
        for (const auto residual : kResiduals) {
            for (const bool silu : {false, true}) {
                for (const bool float_out : {false, true}) {
                    check_layer({.kernel = 3,
                                 .channels = 21,
                                 .outputs = 37,
                                 .silu = silu,
                                 .float_out = float_out,
                                 .residual = residual,
                                 .zero = 255});
                }
            }
        }
    }

    TEST_CASE("a layer whose weights are read in parts equals plain loops") {
        check_layer({.kernel = 7, .channels = 1200, .outputs = 70, .height = 4, .width = 3});
        check_layer({.kernel = 7, .channels = 1201, .outputs = 70, .height = 4, .width = 3});
    }

    TEST_CASE("two neighboring products fit sixteen bits") {
        GraphMaker maker({1, 1, 1, 1});
        for (const bool depthwise : {false, true}) {
            ConvNode conv;
            conv.depthwise = depthwise;
            conv.window.kernel_h = conv.window.kernel_w = 3;
            conv.bias.resize(5);
            conv.weights = maker.random(depthwise ? 45 : 45 * 7, 1);
            for (std::size_t i = 0; i < conv.weights.size(); i += 2) {
                conv.weights[i] = std::abs(conv.weights[i]);
            }
            const std::vector<float> whole = whole_weights(conv, weight_scales(conv));
            const auto [least, most] = std::minmax_element(whole.begin(), whole.end());
            CHECK(*least >= -127);
            CHECK(*most <= 127);
            const std::size_t step = depthwise ? 15 : 1;
            for (std::size_t i = 0; i + step < whole.size(); ++i) {
                const bool is_pair = depthwise ? i < 15 : i % 7 % 2 == 0 && i % 7 != 6;
                if (is_pair) {
                    CHECK(std::abs(whole[i] + whole[i + step]) * 255 < 32768);
                }
            }
        }
    }

    TEST_CASE("a number outside its range becomes the range's end and zero stays zero") {
        const Quantization some = quantization_of({-1, 3});
        CHECK(some.zero == 64);
        CHECK(some.scale == doctest::Approx(4.0 / 255));
        CHECK(quantization_of({2, 4}).zero == 0);
        CHECK(quantization_of({-4, -2}).zero == 255);
        CHECK(quantization_of({0, 0}).scale == 1);
        for (const auto& set : int8_instruction_sets()) {
            CAPTURE(set.name);
            for (const int channels : {3, 16, 21}) {
                const int pixels = 13, step = (channels + 15) / 16 * 16;
                std::vector<float> from(size(pixels * channels));
                for (std::size_t i = 0; i < from.size(); ++i) {
                    from[i] = static_cast<float>(i % 23) / 4 - 2;
                }
                std::vector<std::uint8_t> to(size(pixels * step));
                set.kernels->import_row({.from = from.data(),
                                         .from_step = channels,
                                         .pixels = pixels,
                                         .channels = channels,
                                         .to = to.data(),
                                         .step = step,
                                         .scale = 1 / some.scale,
                                         .shift = static_cast<float>(some.zero)});
                for (std::size_t i = 0; i < from.size(); ++i) {
                    const float number = std::fma(from[i], 1 / some.scale, 64.0F);
                    const std::size_t at = i / size(channels) * size(step) + i % size(channels);
                    REQUIRE(to[at] == std::nearbyint(std::clamp(number, 0.0F, 255.0F)));
                }
            }
        }
    }

    TEST_CASE("a network is near its float32 self, and the same on all instruction sets") {
        for (const std::int64_t channels : {16, 24, 37}) {
            for (const std::int64_t width : {30, 46}) {
                CAPTURE(channels);
                CAPTURE(width);
                NetworkGraph graph = bottlenecks(channels, width, Activation::kRelu6);
                const std::vector<float> input = picture(graph);
                const std::vector<float> exact = run(graph, *nhwc_kernels(), input);
                graph = calibrated(std::move(graph), input);
                std::vector<float> first;
                for (const auto& set : int8_instruction_sets()) {
                    CAPTURE(set.name);
                    const std::vector<float> actual = run(graph, *set.kernels, input);
                    CHECK(relative_error(actual, exact) < 0.03);
                    first = first.empty() ? actual : first;
                    CHECK(actual == first);
                    CHECK(run(graph, *set.kernels, input, 0xFF) == actual);
                }
            }
        }
    }

    TEST_CASE("a network with SiLU, attention and joined channels is near its float32 self") {
        for (const std::int64_t channels : {32, 48, 66}) {
            CAPTURE(channels);
            GraphMaker maker({1, 36, 26, 3});
            const auto stem =
                maker.conv(0, {.channels = channels, .kernel = 3, .activation = Activation::kSilu});
            const auto layer = test::csp(maker, stem, channels, true);
            const auto other = test::csp(maker, layer, channels, false);
            const auto gate = maker.conv(
                other, {.channels = 20, .kernel = 3, .activation = Activation::kHardSwish});
            NetworkGraph graph = maker.graph({maker.conv(gate, {.channels = 5}), other});
            const std::vector<float> input = picture(graph);
            const std::vector<float> exact = run(graph, *nhwc_kernels(), input);
            graph = calibrated(std::move(graph), input);
            for (const auto& set : int8_instruction_sets()) {
                CAPTURE(set.name);
                const std::vector<float> actual = run(graph, *set.kernels, input);
                CHECK(relative_error(actual, exact) < 0.03);
                CHECK(run(graph, *set.kernels, input, 0xFF) == actual);
            }
        }
    }

    TEST_CASE("the bias takes back what rounded weights shift") {
        GraphMaker maker({1, 20, 20, 3});
        const auto stem =
            maker.conv(0, {.channels = 64, .kernel = 3, .activation = Activation::kRelu6});
        const auto sum = maker.conv(stem, {.channels = 48});  // reads and writes bytes
        NetworkGraph graph = maker.graph({maker.conv(sum, {.channels = 48})});
        const std::vector<float> input = picture(graph);
        const std::vector<float> exact = run(graph, *nhwc_kernels(), input);
        graph = calibrated(std::move(graph), input);
        NetworkGraph without = graph;
        for (ValueRange& range : without.ranges) {
            range.means.clear();
        }
        // Of the channels' means over all pixels, together.
        const auto shift = [&](const std::vector<float>& actual) {
            std::vector<double> shifts(48, 0.0);
            for (std::size_t i = 0; i < exact.size(); ++i) {
                shifts[i % shifts.size()] += actual[i] - exact[i];
            }
            double all = 0;
            for (const double each : shifts) {
                all += std::abs(each);
            }
            return all;
        };
        for (const auto& set : int8_instruction_sets()) {
            CAPTURE(set.name);
            CHECK(shift(run(graph, *set.kernels, input)) <
                  0.7 * shift(run(without, *set.kernels, input)));
        }
    }

    TEST_CASE("values between eight-bit convolutions lie in memory as bytes, outputs do not") {
        NetworkGraph graph = bottlenecks(16, 30, Activation::kRelu6);
        graph = calibrated(graph, picture(graph));
        const EightBits bits = choose_eight_bits(graph, exact_values(graph));
        for (const Node& node : graph.nodes) {
            const bool resized = std::holds_alternative<ResizeNode>(node.op);
            const bool output = std::find(graph.outputs.begin(), graph.outputs.end(),
                                          node.output) != graph.outputs.end();
            const bool read_as_floats =
                std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const Node& other) {
                    return other.inputs[0] == node.output &&
                           (std::holds_alternative<ResizeNode>(other.op) ||
                            std::find(graph.outputs.begin(), graph.outputs.end(), other.output) !=
                                graph.outputs.end());
                });
            CAPTURE(node.output);
            CHECK(bits.stored[node.output] == !(resized || output || read_as_floats));
        }
    }
}
