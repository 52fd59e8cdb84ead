// Each operator of .onnx files against LibTorch's, in the file's own order of axes. (How they are
// put together: onnx_parity_test.cpp.)
#include "support/doctest_with_torch.h"

#include <functional>
#include <string>
#include <vector>

#include "models/aten/network.h"
#include "models/fixtures.h"
#include "models/onnx/graph_builder.h"
#include "onnx_writer.h"

using namespace closet;
using test::OnnxWriter;

namespace {

using Shape = OnnxWriter::Shape;
using Reference = std::function<at::Tensor(const at::Tensor&)>;

std::span<const std::byte> onnx_bytes(const std::string& text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

at::Tensor made(const Shape& shape, int seed) {
    at::manual_seed(static_cast<std::uint64_t>(seed));
    return at::randn(shape);
}
std::vector<float> numbers(const at::Tensor& tensor) {
    const at::Tensor dense = tensor.contiguous();
    return {dense.const_data_ptr<float>(), dense.const_data_ptr<float>() + dense.numel()};
}
/// Weights of a shape, the same for the file and the reference.
void give(OnnxWriter& file, const std::string& name, const at::Tensor& tensor) {
    file.weights(name, tensor.sizes().vec(), numbers(tensor));
}

/// The file gives what the reference does, on both backends, for each picture of a batch.
void check_same(OnnxWriter& file, const Reference& reference) {
    const std::string text = file.bytes();
    const auto read = [&] { return build_graph(parse_onnx(onnx_bytes(text), "made.onnx"), {}); };
    const auto& dims = file.graph().input(0).type().tensor_type().shape();
    const bool channels_last = dims.dim(3).dim_value() == 3;
    Shape shape;
    for (const auto& dim : dims.dim()) {
        shape.push_back(dim.dim_value());
    }
    shape[0] = 3;
    const at::Tensor x = made(shape, 1);
    const at::Tensor input = channels_last ? x.permute({0, 3, 1, 2}) : x;
    const std::shared_ptr<const Network> networks[] = {
        make_network(read()), std::make_shared<AtenNetwork>(read(), NetworkOptions{})};
    for (const auto& network : networks) {
        const at::Tensor result = network->forward(input)[0];
        for (std::int64_t picture = 0; picture < 3; ++picture) {
            const at::Tensor wanted = reference(x.narrow(0, picture, 1));
            at::Tensor actual = result.narrow(0, picture, 1);
            if (actual.dim() == 4 && !channels_last) {
                actual = actual.permute({0, 3, 1, 2});
            }
            REQUIRE(actual.sizes().vec() == wanted.sizes().vec());
            CHECK(test::relative_error(actual, wanted) < 1e-5);
        }
    }
}

std::string refusal_of(OnnxWriter& file) {
    const std::string text = file.bytes();
    try {
        build_graph(parse_onnx(onnx_bytes(text), "made.onnx"), {});
    } catch (const ModelError& error) {
        return error.what();
    }
    return {};
}

const at::Tensor kFilters = made({6, 3, 3, 3}, 2);
const at::Tensor kBias = made({6}, 3);

/// A file that begins with a convolution, "c" of 6 channels.
OnnxWriter with_conv(std::int64_t opset = 13) {
    OnnxWriter file(opset);
    give(file, "w", kFilters);
    give(file, "b", kBias);
    file.node("Conv", {"x", "w", "b"}, {"c"}, {{"pads", Shape{1, 1, 1, 1}}});
    return file;
}
at::Tensor conv_of(const at::Tensor& x) {
    return at::conv2d(x, kFilters, kBias, 1, 1);
}

}  // namespace

TEST_SUITE("operators") {
    TEST_CASE("convolutions") {
        const at::Tensor grouped = made({4, 3, 3, 2}, 4);
        OnnxWriter file = with_conv();
        give(file, "g", grouped);
        file.node("Conv", {"c", "g"}, {"y"},
                  {{"group", std::int64_t{2}},
                   {"strides", Shape{2, 1}},
                   {"dilations", Shape{2, 1}},
                   {"pads", Shape{2, 0, 1, 1}}});
        check_same(file, [&](const at::Tensor& x) {
            return at::conv2d(at::constant_pad_nd(conv_of(x), {0, 1, 2, 1}), grouped, {}, {2, 1}, 0,
                              {2, 1}, 2);
        });
        for (const auto& [automatic, pads] :
             {std::pair{"SAME_UPPER", std::vector<std::int64_t>{0, 1, 1, 1}},
              std::pair{"SAME_LOWER", std::vector<std::int64_t>{1, 0, 1, 1}},
              std::pair{"VALID", std::vector<std::int64_t>{0, 0, 0, 0}}}) {
            CAPTURE(automatic);
            OnnxWriter one;
            give(one, "w", kFilters);
            one.node("Conv", {"x", "w"}, {"y"},
                     {{"auto_pad", std::string(automatic)}, {"strides", Shape{2, 2}}});
            check_same(one, [&](const at::Tensor& x) {
                return at::conv2d(at::constant_pad_nd(x, pads), kFilters, {}, 2);
            });
        }
    }

    TEST_CASE("zeros around a picture belong to the convolution behind them") {
        OnnxWriter file;
        give(file, "w", kFilters);
        file.integers("pads", {0, 0, 1, 2, 0, 0, 3, 0})
            .node("Pad", {"x", "pads"}, {"p"})
            .node("Conv", {"p", "w"}, {"y"});
        check_same(file, [&](const at::Tensor& x) {
            return at::conv2d(at::constant_pad_nd(x, {2, 0, 1, 3}), kFilters);
        });
    }

    TEST_CASE("transposed convolutions whose windows do not overlap") {
        const at::Tensor up = made({6, 5, 2, 3}, 5);
        OnnxWriter file = with_conv();
        give(file, "u", up);
        file.node("ConvTranspose", {"c", "u"}, {"y"}, {{"strides", Shape{2, 3}}});
        check_same(file, [&](const at::Tensor& x) {
            return at::conv_transpose2d(conv_of(x), up, {}, {2, 3});
        });
    }

    TEST_CASE("matrix products") {
        const at::Tensor square = made({6, 5}, 6), shift = made({5}, 7);
        OnnxWriter file = with_conv();
        give(file, "m", square);
        file.integers("flat", {0, 6, -1})
            .node("Reshape", {"c", "flat"}, {"f"})
            .node("Transpose", {"f"}, {"t"}, {{"perm", Shape{0, 2, 1}}})
            .node("MatMul", {"t", "m"}, {"q"})
            .node("MatMul", {"f", "q"}, {"y"});
        check_same(file, [&](const at::Tensor& x) {
            const at::Tensor f = conv_of(x).flatten(2);
            return at::matmul(f, at::matmul(f.transpose(1, 2), square));
        });
        OnnxWriter dense = with_conv();
        give(dense, "m", square.t().contiguous());
        give(dense, "s", shift);
        dense.node("GlobalMaxPool", {"c"}, {"g"})
            .node("Flatten", {"g"}, {"f"})
            .node("Gemm", {"f", "m", "s"}, {"y"}, {{"transB", std::int64_t{1}}});
        check_same(dense, [&](const at::Tensor& x) {
            return at::addmm(shift, conv_of(x).amax({2, 3}), square);
        });
        // Pictures flatten in the file's order, channels first.
        const at::Tensor long_rows = made({6 * 9 * 8, 4}, 8);
        OnnxWriter flat = with_conv();
        give(flat, "m", long_rows);
        flat.node("Flatten", {"c"}, {"f"}).node("MatMul", {"f", "m"}, {"y"});
        check_same(flat, [&](const at::Tensor& x) {
            return at::matmul(conv_of(x).flatten(1), long_rows);
        });
    }

    TEST_CASE("pools") {
        for (const std::int64_t ceil : {0, 1}) {
            for (const std::int64_t pad : {0, 1}) {
                CAPTURE(ceil);
                CAPTURE(pad);
                OnnxWriter file = with_conv();
                file.node("MaxPool", {"c"}, {"y"},
                          {{"kernel_shape", Shape{3, 3}},
                           {"strides", Shape{2, 2}},
                           {"pads", Shape{pad, pad, pad, pad}},
                           {"ceil_mode", ceil}});
                check_same(file, [&](const at::Tensor& x) {
                    return at::max_pool2d(conv_of(x), 3, 2, pad, 1, ceil != 0);
                });
                for (const std::int64_t counts : {0, 1}) {
                    if (ceil != 0 && counts != 0) {
                        continue;  // refused
                    }
                    OnnxWriter mean = with_conv();
                    mean.node("AveragePool", {"c"}, {"y"},
                              {{"kernel_shape", Shape{3, 2}},
                               {"strides", Shape{2, 2}},
                               {"pads", Shape{pad, pad, pad, pad}},
                               {"count_include_pad", counts},
                               {"ceil_mode", ceil}});
                    check_same(mean, [&](const at::Tensor& x) {
                        return at::avg_pool2d(conv_of(x), {3, 2}, 2, pad, ceil != 0, counts != 0);
                    });
                }
            }
        }
    }

    TEST_CASE("resizes") {
        struct Case {
            std::int64_t height, width;
            std::string coordinates;
            std::function<at::Tensor(const at::Tensor&)> reference;
        };
        const Case cases[] = {{18, 13, "align_corners",
                               [](const at::Tensor& c) {
                                   return at::upsample_bilinear2d(c, {18, 13}, true);
                               }},
                              {5, 16, "half_pixel",
                               [](const at::Tensor& c) {
                                   return at::upsample_bilinear2d(c, {5, 16}, false);
                               }},
                              {13, 3, "pytorch_half_pixel", [](const at::Tensor& c) {
                                   return at::upsample_bilinear2d(c, {13, 3}, false);
                               }}};
        for (const Case& one : cases) {
            CAPTURE(one.coordinates);
            OnnxWriter file = with_conv();
            file.integers("sizes", {1, 6, one.height, one.width})
                .node("Resize", {"c", "", "", "sizes"}, {"y"},
                      {{"mode", std::string("linear")},
                       {"coordinate_transformation_mode", one.coordinates}});
            check_same(file, [&](const at::Tensor& x) { return one.reference(conv_of(x)); });
        }
        OnnxWriter old = with_conv(9);
        old.weights("scales", {4}, {1, 1, 2, 2}).node("Upsample", {"c", "scales"}, {"y"});
        check_same(old, [](const at::Tensor& x) {
            return at::upsample_nearest2d(conv_of(x), {18, 16});
        });
        OnnxWriter corner = with_conv(10);
        corner.weights("scales", {4}, {1, 1, 2, 2})
            .node("Resize", {"c", "scales"}, {"y"}, {{"mode", std::string("linear")}});
        check_same(corner, [](const at::Tensor& x) {
            // Output pixel i lies at i / 2: the pixels themselves, and the means between them.
            const at::Tensor c = at::replication_pad2d(conv_of(x), {0, 1, 0, 1});
            return at::upsample_bilinear2d(c, {19, 17}, true).slice(2, 0, 18).slice(3, 0, 16);
        });
    }

    TEST_CASE("blocks of channels become pixels") {
        OnnxWriter file(13, {1, 3, 9, 8});
        const at::Tensor filters = made({12, 3, 1, 1}, 9);
        give(file, "w", filters);
        file.node("Conv", {"x", "w"}, {"c"})
            .node("DepthToSpace", {"c"}, {"y"},
                  {{"blocksize", std::int64_t{2}}, {"mode", std::string("CRD")}});
        check_same(file, [&](const at::Tensor& x) {
            return at::pixel_shuffle(at::conv2d(x, filters), 2);
        });
        OnnxWriter other(13, {1, 3, 9, 8});
        give(other, "w", filters);
        other.node("Conv", {"x", "w"}, {"c"})
            .node("DepthToSpace", {"c"}, {"y"}, {{"blocksize", std::int64_t{2}}});
        check_same(other, [&](const at::Tensor& x) {
            return at::conv2d(x, filters)
                .reshape({1, 2, 2, 3, 9, 8})
                .permute({0, 3, 4, 1, 5, 2})
                .reshape({1, 3, 18, 16});
        });
    }

    TEST_CASE("normalizations") {
        const at::Tensor scale = made({6}, 10), shift = made({6}, 11), mean = made({6}, 12);
        const at::Tensor variance = made({6}, 13).abs() + 0.1;
        const auto normalized = [&](const at::Tensor& c) {
            return at::batch_norm(c, scale, shift, mean, variance, false, 0, 1e-3, false);
        };
        const auto add = [&](OnnxWriter& file) {
            give(file, "scale", scale);
            give(file, "shift", shift);
            give(file, "mean", mean);
            give(file, "variance", variance);
            file.node("BatchNormalization", {"c", "scale", "shift", "mean", "variance"}, {"n"},
                      {{"epsilon", 1e-3F}});
        };
        OnnxWriter alone = with_conv();
        add(alone);
        alone.node("Relu", {"n"}, {"y"});
        check_same(alone, [&](const at::Tensor& x) { return at::relu(normalized(conv_of(x))); });
        OnnxWriter shared = with_conv();  // the convolution is read elsewhere too
        add(shared);
        shared.node("Add", {"n", "c"}, {"y"});
        check_same(shared,
                   [&](const at::Tensor& x) { return normalized(conv_of(x)) + conv_of(x); });
        OnnxWriter alias = with_conv();  // under another name
        alias.node("Identity", {"c"}, {"same"})
            .number("two", 2)
            .node("Mul", {"same", "two"}, {"twice"})
            .node("Add", {"twice", "c"}, {"y"});
        check_same(alias, [&](const at::Tensor& x) { return conv_of(x) * 3; });
        OnnxWriter layers = with_conv(17);
        const at::Tensor gain = made({8}, 14), offset = made({8}, 15);
        give(layers, "g", gain);
        give(layers, "o", offset);
        layers.node("LayerNormalization", {"c", "g", "o"}, {"y"});
        check_same(layers, [&](const at::Tensor& x) {
            return at::layer_norm(conv_of(x), {8}, gain, offset, 1e-5);
        });
    }

    TEST_CASE("activations, spelled out or not") {
        struct Case {
            std::string name;
            std::int64_t opset;
            std::function<void(OnnxWriter&)> write;
            std::function<at::Tensor(const at::Tensor&)> reference;
        };
        const at::Tensor slopes = made({6, 1, 1}, 16);
        const Case cases[] = {
            {"Clip by inputs", 13,
             [](OnnxWriter& f) {
                 f.number("l", -0.5F).number("h", 0.25F).node("Clip", {"c", "l", "h"}, {"y"});
             },
             [](const at::Tensor& c) { return at::clamp(c, -0.5, 0.25); }},
            {"Clip by attributes", 8,
             [](OnnxWriter& f) {
                 f.node("Clip", {"c"}, {"y"}, {{"min", 0.0F}, {"max", 6.0F}});
             },
             [](const at::Tensor& c) { return at::clamp(c, 0, 6); }},
            {"SiLU", 13,
             [](OnnxWriter& f) {
                 f.node("Sigmoid", {"c"}, {"s"}).node("Mul", {"s", "c"}, {"y"});
             },
             [](const at::Tensor& c) { return at::silu(c); }},
            {"hard swish by division before", 13,
             [](OnnxWriter& f) {
                 f.number("three", 3).number("zero", 0).number("six", 6);
                 f.node("Add", {"c", "three"}, {"a"}).node("Clip", {"a", "zero", "six"}, {"k"});
                 f.node("Div", {"k", "six"}, {"d"}).node("Mul", {"c", "d"}, {"y"});
             },
             [](const at::Tensor& c) { return at::hardswish(c); }},
            {"hard swish by its name", 14, [](OnnxWriter& f) { f.node("HardSwish", {"c"}, {"y"}); },
             [](const at::Tensor& c) { return at::hardswish(c); }},
            {"hard sigmoid of ONNX's own slope", 13,
             [](OnnxWriter& f) { f.node("HardSigmoid", {"c"}, {"y"}); },
             [](const at::Tensor& c) { return at::clamp(c * 0.2 + 0.5, 0, 1); }},
            {"leaky", 13,
             [](OnnxWriter& f) {
                 f.node("LeakyRelu", {"c"}, {"y"}, {{"alpha", 0.1F}});
             },
             [](const at::Tensor& c) { return at::leaky_relu(c, 0.1); }},
            {"PRelu", 13,
             [&](OnnxWriter& f) {
                 give(f, "s", slopes);
                 f.node("PRelu", {"c", "s"}, {"y"});
             },
             [&](const at::Tensor& c) { return at::prelu(c, slopes.flatten()); }},
            {"GELU", 13,
             [](OnnxWriter& f) {
                 f.number("r", 1.41421356F).number("one", 1).number("h", 0.5F);
                 f.node("Div", {"c", "r"}, {"d"}).node("Erf", {"d"}, {"e"});
                 f.node("Add", {"e", "one"}, {"p"}).node("Mul", {"c", "p"}, {"m"});
                 f.node("Mul", {"m", "h"}, {"y"});
             },
             [](const at::Tensor& c) { return at::gelu(c); }},
            {"one minus a square", 13,
             [](OnnxWriter& f) {
                 f.number("two", 2).number("one", 1);
                 f.node("Pow", {"c", "two"}, {"s"}).node("Sub", {"one", "s"}, {"y"});
             },
             [](const at::Tensor& c) { return 1 - c * c; }},
            {"softmax over channels", 13,
             [](OnnxWriter& f) {
                 f.node("Softmax", {"c"}, {"y"}, {{"axis", std::int64_t{1}}});
             },
             [](const at::Tensor& c) { return at::softmax(c, 1); }},
        };
        for (const Case& one : cases) {
            CAPTURE(one.name);
            OnnxWriter file = with_conv(one.opset);
            one.write(file);
            check_same(file, [&](const at::Tensor& x) { return one.reference(conv_of(x)); });
        }
    }

    TEST_CASE("sums over axes") {
        OnnxWriter file = with_conv();
        file.node("ReduceMean", {"c"}, {"a"},
                  {{"axes", Shape{2, 3}}, {"keepdims", std::int64_t{0}}})
            .node("ReduceL2", {"c"}, {"b"}, {{"axes", Shape{-1, 2}}, {"keepdims", std::int64_t{0}}})
            .node("Add", {"a", "b"}, {"y"});
        check_same(file, [](const at::Tensor& x) {
            const at::Tensor c = conv_of(x);
            return c.mean({2, 3}) + at::linalg_vector_norm(c, 2, {2, 3});
        });
        OnnxWriter channels = with_conv();
        channels.node("ReduceMax", {"c"}, {"m"}, {{"axes", Shape{1}}})
            .node("Sub", {"c", "m"}, {"y"});
        check_same(channels,
                   [](const at::Tensor& x) { return conv_of(x) - conv_of(x).amax({1}, true); });
    }

    TEST_CASE("what moves numbers") {
        OnnxWriter file = with_conv();
        const at::Tensor more = made({1, 2, 1, 1}, 17);
        give(file, "k", more);
        file.integers("starts", {-1, 1})
            .integers("ends", {-100, 8})
            .integers("axes", {2, 3})
            .integers("steps", {1, 3})
            .integers("from", {1})
            .integers("to", {std::int64_t{1} << 62})
            .integers("shape", {1, 2, 9, 8})
            .node("Split", {"c"}, {"p", "q"}, {{"axis", std::int64_t{1}}})
            .node("Expand", {"k", "shape"}, {"e"})
            .node("Concat", {"q", "e", "p"}, {"j"}, {{"axis", std::int64_t{1}}})
            .node("Slice", {"j", "from", "to", "axes2", "steps2"}, {"s"})
            .integers("axes2", {3})
            .integers("steps2", {3})
            .node("Unsqueeze", {"s", "one"}, {"u"})
            .integers("one", {1})
            .node("Squeeze", {"u", "one"}, {"v"})
            .node("Gather", {"v", "last"}, {"y"}, {{"axis", std::int64_t{2}}});
        onnx::TensorProto& last = *file.graph().add_initializer();
        last.set_name("last");
        last.set_data_type(onnx::TensorProto::INT64);
        last.add_int64_data(-1);
        check_same(file, [&](const at::Tensor& x) {
            const at::Tensor c = conv_of(x);
            return at::cat({c.slice(1, 3, 6), more.expand({1, 2, 9, 8}), c.slice(1, 0, 3)}, 1)
                .slice(3, 1, 8, 3)
                .select(2, 8);
        });
    }

    TEST_CASE("shapes are worked out while the file is read") {
        OnnxWriter file = with_conv();
        file.integers("zero", {0})
            .integers("two", {2})
            .integers("rest", {-1})
            .node("Shape", {"c"}, {"shape"})
            .node("Gather", {"shape", "zero"}, {"n"})
            .node("Gather", {"shape", "two"}, {"h"})
            .node("Mul", {"h", "two"}, {"hh"})
            .node("Concat", {"n", "hh", "rest"}, {"to"}, {{"axis", std::int64_t{0}}})
            .node("Reshape", {"c", "to"}, {"y"});
        check_same(file, [](const at::Tensor& x) { return conv_of(x).reshape({1, 18, 24}); });
    }

    TEST_CASE("pictures with channels last") {
        OnnxWriter file(13, {1, 9, 8, 3});
        give(file, "w", kFilters);
        give(file, "b", kBias);
        file.node("Transpose", {"x"}, {"t"}, {{"perm", Shape{0, 3, 1, 2}}})
            .node("Conv", {"t", "w", "b"}, {"c"}, {{"pads", Shape{1, 1, 1, 1}}})
            .node("Transpose", {"c"}, {"y"}, {{"perm", Shape{0, 2, 3, 1}}});
        check_same(file, [](const at::Tensor& x) {
            return conv_of(x.permute({0, 3, 1, 2})).permute({0, 2, 3, 1});
        });
    }

    TEST_CASE("half precision weights are read as they are") {
        OnnxWriter file;
        const at::Tensor halves = kFilters.to(at::kHalf);
        onnx::TensorProto& tensor = *file.graph().add_initializer();
        tensor.set_name("w");
        tensor.set_data_type(onnx::TensorProto::FLOAT16);
        for (const auto extent : halves.sizes()) {
            tensor.add_dims(extent);
        }
        tensor.set_raw_data(halves.const_data_ptr(), halves.nbytes());
        file.node("Cast", {"x"}, {"h"}, {{"to", std::int64_t{10}}})
            .node("Conv", {"h", "w"}, {"y"}, {{"pads", Shape{1, 1, 1, 1}}});
        check_same(file, [&](const at::Tensor& x) {
            return at::conv2d(x, halves.to(at::kFloat), {}, 1, 1);
        });
    }

    TEST_CASE("what is not supported is named with its place") {
        OnnxWriter file = with_conv();
        file.node("NonMaxSuppression", {"c", "c"}, {"y"});
        CHECK(
            refusal_of(file).find("made.onnx cannot be used: NonMaxSuppression is not supported") !=
            std::string::npos);
        OnnxWriter batch = with_conv();
        batch.node("Transpose", {"c"}, {"y"}, {{"perm", Shape{1, 0, 2, 3}}});
        CHECK(refusal_of(batch).find("moves the batch") != std::string::npos);
        OnnxWriter overlap = with_conv();
        give(overlap, "u", made({6, 5, 3, 3}, 5));
        overlap.node("ConvTranspose", {"c", "u"}, {"y"}, {{"strides", Shape{2, 2}}});
        CHECK(refusal_of(overlap).find("windows that overlap") != std::string::npos);
    }
}
