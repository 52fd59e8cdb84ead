#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// LibTorch has headers of another protobuf, so the format's are for files without LibTorch only.
namespace onnx {
class GraphProto;
class ModelProto;
}  // namespace onnx

namespace closet::test {

/// Writes .onnx files with what tests put into them, sensible or not.
class OnnxWriter {
  public:
    using Shape = std::vector<std::int64_t>;
    using Value = std::variant<std::int64_t, float, std::string, Shape, std::vector<float>>;
    using Attributes = std::vector<std::pair<std::string, Value>>;

    explicit OnnxWriter(std::int64_t opset = 13, Shape input = {1, 3, 9, 8});
    ~OnnxWriter();
    OnnxWriter(OnnxWriter&& other) noexcept;
    OnnxWriter& operator=(OnnxWriter&& other) noexcept;

    const Shape& input() const { return input_; }
    onnx::GraphProto& graph();

    /// Float weights, as bytes.
    OnnxWriter& weights(const std::string& name, const Shape& shape,
                        const std::vector<float>& values);
    OnnxWriter& number(const std::string& name, float value) { return weights(name, {}, {value}); }
    /// float16, as bytes.
    OnnxWriter& halves(const std::string& name, const Shape& shape,
                       std::span<const std::byte> values);
    /// Whole numbers, one by one.
    OnnxWriter& integers(const std::string& name, const std::vector<std::int64_t>& values);
    OnnxWriter& integer(const std::string& name, std::int64_t value);

    OnnxWriter& node(const std::string& type, const std::vector<std::string>& inputs,
                     const std::vector<std::string>& outputs, const Attributes& attributes = {});

    /// The file, whose outputs are these values.
    std::string bytes(const std::vector<std::string>& outputs = {"y"});

  private:
    std::unique_ptr<onnx::ModelProto> model_;
    Shape input_;
};

/// A small network of many kinds of operators.
std::string rich_onnx();

}  // namespace closet::test
