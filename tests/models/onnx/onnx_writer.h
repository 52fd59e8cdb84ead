#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <onnx.pb.h>

namespace closet::test {

/// Writes .onnx files with what tests put into them, sensible or not.
class OnnxWriter {
  public:
    using Shape = std::vector<std::int64_t>;
    using Value = std::variant<std::int64_t, float, std::string, Shape, std::vector<float>>;
    using Attributes = std::vector<std::pair<std::string, Value>>;

    explicit OnnxWriter(std::int64_t opset = 13, Shape input = {1, 3, 9, 8}) {
        model.set_ir_version(8);
        model.add_opset_import()->set_version(opset);
        describe(*graph().add_input(), "x", input);
    }

    onnx::GraphProto& graph() { return *model.mutable_graph(); }

    /// Float weights, as bytes.
    OnnxWriter& weights(const std::string& name, const Shape& shape,
                        const std::vector<float>& values) {
        onnx::TensorProto& tensor = begin(name, shape, onnx::TensorProto::FLOAT);
        tensor.set_raw_data(values.data(), values.size() * sizeof(float));
        return *this;
    }
    /// Whole numbers, one by one.
    OnnxWriter& integers(const std::string& name, const std::vector<std::int64_t>& values) {
        onnx::TensorProto& tensor =
            begin(name, {static_cast<std::int64_t>(values.size())}, onnx::TensorProto::INT64);
        tensor.mutable_int64_data()->Add(values.begin(), values.end());
        return *this;
    }
    OnnxWriter& number(const std::string& name, float value) { return weights(name, {}, {value}); }

    OnnxWriter& node(const std::string& type, const std::vector<std::string>& inputs,
                     const std::vector<std::string>& outputs, const Attributes& attributes = {}) {
        onnx::NodeProto& node = *graph().add_node();
        node.set_op_type(type);
        for (const std::string& input : inputs) {
            node.add_input(input);
        }
        for (const std::string& output : outputs) {
            node.add_output(output);
        }
        for (const auto& [name, value] : attributes) {
            onnx::AttributeProto& attribute = *node.add_attribute();
            attribute.set_name(name);
            std::visit(Set{attribute}, value);
        }
        return *this;
    }

    /// The file, whose outputs are these values.
    std::string bytes(const std::vector<std::string>& outputs = {"y"}) {
        graph().clear_output();
        for (const std::string& output : outputs) {
            describe(*graph().add_output(), output, {});
        }
        return model.SerializeAsString();
    }

    onnx::ModelProto model;

  private:
    struct Set {
        onnx::AttributeProto& attribute;

        void operator()(std::int64_t value) const {
            attribute.set_type(onnx::AttributeProto::INT);
            attribute.set_i(value);
        }
        void operator()(float value) const {
            attribute.set_type(onnx::AttributeProto::FLOAT);
            attribute.set_f(value);
        }
        void operator()(const std::string& value) const {
            attribute.set_type(onnx::AttributeProto::STRING);
            attribute.set_s(value);
        }
        void operator()(const Shape& values) const {
            attribute.set_type(onnx::AttributeProto::INTS);
            attribute.mutable_ints()->Add(values.begin(), values.end());
        }
        void operator()(const std::vector<float>& values) const {
            attribute.set_type(onnx::AttributeProto::FLOATS);
            attribute.mutable_floats()->Add(values.begin(), values.end());
        }
    };

    static void describe(onnx::ValueInfoProto& info, const std::string& name, const Shape& shape) {
        info.set_name(name);
        auto& type = *info.mutable_type()->mutable_tensor_type();
        type.set_elem_type(onnx::TensorProto::FLOAT);
        for (const std::int64_t extent : shape) {
            type.mutable_shape()->add_dim()->set_dim_value(extent);
        }
    }
    onnx::TensorProto& begin(const std::string& name, const Shape& shape, int type) {
        onnx::TensorProto& tensor = *graph().add_initializer();
        tensor.set_name(name);
        tensor.mutable_dims()->Add(shape.begin(), shape.end());
        tensor.set_data_type(type);
        return tensor;
    }
};

/// A small network of many kinds of operators.
inline std::string rich_onnx() {
    const auto values = [](std::size_t count) {
        std::vector<float> result(count);
        for (std::size_t i = 0; i < count; ++i) {
            result[i] = static_cast<float>(i % 7) * 0.1F - 0.3F;
        }
        return result;
    };
    OnnxWriter file(13);
    file.weights("w", {4, 3, 3, 3}, values(108))
        .weights("b", {4}, values(4))
        .weights("d", {4, 1, 3, 3}, values(36))
        .weights("m", {4, 5}, values(20))
        .integers("sizes", {1, 4, 9, 8})
        .integers("flat", {0, 4, -1})
        .integers("starts", {1})
        .integers("ends", {3})
        .integers("axes", {1})
        .number("three", 3)
        .number("zero", 0)
        .number("six", 6)
        .node("Conv", {"x", "w", "b"}, {"c"}, {{"pads", OnnxWriter::Shape{1, 1, 1, 1}}})
        .node("Relu", {"c"}, {"r"})
        .node("Conv", {"r", "d"}, {"e"},
              {{"group", std::int64_t{4}}, {"auto_pad", std::string("SAME_UPPER")}})
        .node("Add", {"e", "three"}, {"a3"})
        .node("Clip", {"a3", "zero", "six"}, {"a6"})
        .node("Mul", {"e", "a6"}, {"am"})
        .node("Div", {"am", "six"}, {"h"})
        .node("MaxPool", {"h"}, {"p"},
              {{"kernel_shape", OnnxWriter::Shape{2, 2}},
               {"strides", OnnxWriter::Shape{2, 2}},
               {"ceil_mode", std::int64_t{1}}})
        .node("Resize", {"p", "", "", "sizes"}, {"u"},
              {{"mode", std::string("linear")},
               {"coordinate_transformation_mode", std::string("align_corners")}})
        .node("Concat", {"u", "h"}, {"j"}, {{"axis", std::int64_t{1}}})
        .node("Slice", {"j", "starts", "ends", "axes"}, {"s"})
        .node("ReduceMean", {"s"}, {"mean"}, {{"axes", OnnxWriter::Shape{2, 3}}})
        .node("Sigmoid", {"mean"}, {"gate"})
        .node("Mul", {"s", "gate"}, {"y"})
        .node("Reshape", {"h", "flat"}, {"f"})
        .node("Transpose", {"f"}, {"t"}, {{"perm", OnnxWriter::Shape{0, 2, 1}}})
        .node("MatMul", {"t", "m"}, {"q"})
        .node("Softmax", {"q"}, {"z"}, {{"axis", std::int64_t{-1}}});
    return file.bytes({"y", "z"});
}

}  // namespace closet::test
