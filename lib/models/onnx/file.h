#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/onnx/constant.h"

namespace closet {

/// A tensor that the file holds: an initializer or an attribute. Its numbers are read by `constant`
/// when they are wanted.
struct OnnxTensor {
    std::vector<std::int64_t> shape;  ///< every extent >= 0; empty for a scalar
    std::string type;                 ///< "float32", "float16", "int64", ...
    std::size_t count = 0;            ///< product of the extents; as many numbers are stored
    const void* stored = nullptr;     ///< within OnnxFile::storage
};

/// The value of an attribute; one of the members is set.
struct OnnxAttribute {
    std::optional<std::int64_t> integer;
    std::optional<float> number;
    std::optional<std::string> text;
    std::vector<std::int64_t> integers;
    std::vector<float> numbers;
    std::optional<OnnxTensor> tensor;
};

struct OnnxNode {
    std::string type;                  ///< "Conv"; with its domain if it is not ONNX's own
    std::string name;                  ///< for messages; may be empty
    std::vector<std::string> inputs;   ///< names; empty for one left out
    std::vector<std::string> outputs;  ///< names
    std::map<std::string, OnnxAttribute, std::less<>> attributes;
};

struct OnnxValue {
    std::string name;
    std::string type;                 ///< as OnnxTensor::type
    std::vector<std::int64_t> shape;  ///< -1 where the file leaves the extent open
};

/// What an .onnx file says, checked for form: sizes of tensors fit their numbers, and nothing lies
/// outside the file. Whether the operators make sense together is not checked.
struct OnnxFile {
    std::string name;               ///< for messages: the path
    std::int64_t opset = 0;         ///< version of ONNX's own operators
    std::string producer;           ///< as the file says, may be empty
    std::vector<OnnxValue> inputs;  ///< without those that an initializer gives
    std::vector<OnnxValue> outputs;
    std::map<std::string, OnnxTensor, std::less<>> initializers;
    std::vector<OnnxNode> nodes;          ///< as stored
    std::size_t parameters = 0;           ///< numbers in floating-point initializers
    std::uintmax_t bytes = 0;             ///< of the file
    std::shared_ptr<const void> storage;  ///< keeps alive what tensors view
};

/// Whether a file begins as an .onnx file does. (The format has no signature: its first field is
/// the version of its form, and .onnx is in its name.)
bool is_onnx(const std::filesystem::path& path);

/// Throws ModelError where the file is damaged, larger than 2 GB (the format's limit), refers to
/// other files, or is of an operator version that is not known.
OnnxFile read_onnx(const std::filesystem::path& path);

/// The same of bytes in memory, which need not outlive it. `name`: for messages.
OnnxFile parse_onnx(std::span<const std::byte> bytes, const std::string& name);
/// The numbers of a tensor. float16 and float64 become float32; integers and truth values int64.
/// Throws ModelError where its type is another one.
OnnxConstant constant(const OnnxTensor& tensor, std::string_view file);

}  // namespace closet
