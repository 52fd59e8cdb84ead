#include "models/onnx/file.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <onnx.pb.h>

#include "core/error.h"
#include "core/half.h"
#include "models/mapped_file.h"

static_assert(std::endian::native == std::endian::little, "ONNX stores little-endian numbers");

namespace closet {

namespace {

using Type = onnx::TensorProto;

std::string type_name(int type) {
    switch (type) {
        case Type::FLOAT:
            return "float32";
        case Type::FLOAT16:
            return "float16";
        case Type::DOUBLE:
            return "float64";
        case Type::BFLOAT16:
            return "bfloat16";
        case Type::INT64:
            return "int64";
        case Type::INT32:
            return "int32";
        case Type::UINT8:
            return "uint8";
        case Type::INT8:
            return "int8";
        case Type::BOOL:
            return "bool";
        default:
            return fmt::format("type {}", type);
    }
}

/// Bytes of a number in `raw_data`; 0 for types that are not read.
std::size_t stored_bytes(int type) {
    switch (type) {
        case Type::DOUBLE:
        case Type::INT64:
            return 8;
        case Type::FLOAT:
        case Type::INT32:
            return 4;
        case Type::FLOAT16:
        case Type::BFLOAT16:
            return 2;
        case Type::UINT8:
        case Type::INT8:
        case Type::BOOL:
            return 1;
        default:
            return 0;
    }
}

/// Numbers that are stored one by one, not as bytes.
std::size_t listed(const onnx::TensorProto& tensor) {
    switch (tensor.data_type()) {
        case Type::FLOAT:
            return static_cast<std::size_t>(tensor.float_data_size());
        case Type::DOUBLE:
            return static_cast<std::size_t>(tensor.double_data_size());
        case Type::INT64:
            return static_cast<std::size_t>(tensor.int64_data_size());
        default:
            return static_cast<std::size_t>(tensor.int32_data_size());
    }
}

bool is_floating(int type) {
    return type == Type::FLOAT || type == Type::FLOAT16 || type == Type::DOUBLE ||
           type == Type::BFLOAT16;
}

class FileReader {
  public:
    FileReader(OnnxFile& file, const onnx::ModelProto& model) : file_(file), model_(model) {}

    void read() {
        read_opset();
        const onnx::GraphProto& graph = model_.graph();
        if (graph.sparse_initializer_size() > 0) {
            refuse("holds sparse weights, which are not supported; export it with dense ones");
        }
        for (const auto& tensor : graph.initializer()) {
            OnnxTensor read = read_tensor(tensor);
            file_.parameters += is_floating(tensor.data_type()) ? read.count : 0;
            file_.initializers.insert_or_assign(tensor.name(), std::move(read));
        }
        for (const auto& input : graph.input()) {
            if (!file_.initializers.contains(input.name())) {
                file_.inputs.push_back(read_value(input));
            }
        }
        for (const auto& output : graph.output()) {
            file_.outputs.push_back(read_value(output));
        }
        for (const auto& node : graph.node()) {
            file_.nodes.push_back(read_node(node));
        }
    }

  private:
    [[noreturn]] void refuse(const std::string& what) const {
        throw ModelError(fmt::format("{} {}", file_.name, what));
    }
    [[noreturn]] void damaged(const std::string& what) const {
        refuse(fmt::format("is damaged: {}; get the file again", what));
    }

    void read_opset() {
        // Every version was compared with the ones before for the operators that are read.
        constexpr std::int64_t kOldest = 7, kNewest = 22;
        for (const auto& set : model_.opset_import()) {
            if (set.domain().empty() || set.domain() == "ai.onnx") {
                file_.opset = set.version();
            }
        }
        if (file_.opset < kOldest || file_.opset > kNewest) {
            refuse(
                fmt::format("uses version {} of ONNX's operators, and {} to {} are supported; "
                            "convert it with onnx.version_converter",
                            file_.opset, kOldest, kNewest));
        }
        file_.producer = model_.producer_name();
    }

    OnnxTensor read_tensor(const onnx::TensorProto& tensor) const {
        if (tensor.data_location() == onnx::TensorProto::EXTERNAL ||
            tensor.external_data_size() > 0) {
            refuse(
                fmt::format("keeps the weights '{}' in another file, which is not supported; save "
                            "it as one file (onnx.save_model with save_as_external_data=False)",
                            tensor.name()));
        }
        OnnxTensor result;
        result.shape.assign(tensor.dims().begin(), tensor.dims().end());
        result.type = type_name(tensor.data_type());
        const std::int64_t count = numbers_in(result.shape);
        // Empty lists are in use, other empty tensors are not.
        if (count > kMostOnnxNumbers || (count == 0 && result.shape.size() > 1) ||
            result.shape.size() > kMostOnnxAxes) {
            damaged(fmt::format("the tensor '{}' has an impossible shape", tensor.name()));
        }
        result.count = static_cast<std::size_t>(count);
        const std::size_t bytes = stored_bytes(tensor.data_type());
        const bool fits = tensor.has_raw_data() ? tensor.raw_data().size() == result.count * bytes
                                                : listed(tensor) == result.count;
        if (bytes != 0 && !fits) {
            damaged(fmt::format("the tensor '{}' does not have the numbers of its shape",
                                tensor.name()));
        }
        result.stored = &tensor;
        return result;
    }

    OnnxValue read_value(const onnx::ValueInfoProto& info) const {
        OnnxValue value{info.name(), "?", {}};
        if (info.type().has_tensor_type()) {
            const auto& type = info.type().tensor_type();
            value.type = type_name(type.elem_type());
            for (const auto& dim : type.shape().dim()) {
                value.shape.push_back(dim.has_dim_value() && dim.dim_value() > 0 ? dim.dim_value()
                                                                                 : -1);
            }
        }
        return value;
    }

    OnnxNode read_node(const onnx::NodeProto& stored) const {
        OnnxNode node;
        const bool own = stored.domain().empty() || stored.domain() == "ai.onnx";
        node.type = own ? stored.op_type() : stored.domain() + "." + stored.op_type();
        node.name = stored.name();
        node.inputs.assign(stored.input().begin(), stored.input().end());
        node.outputs.assign(stored.output().begin(), stored.output().end());
        for (const auto& attribute : stored.attribute()) {
            OnnxAttribute value;
            switch (attribute.type()) {
                case onnx::AttributeProto::INT:
                    value.integer = attribute.i();
                    break;
                case onnx::AttributeProto::FLOAT:
                    value.number = attribute.f();
                    break;
                case onnx::AttributeProto::STRING:
                    value.text = attribute.s();
                    break;
                case onnx::AttributeProto::INTS:
                    value.integers.assign(attribute.ints().begin(), attribute.ints().end());
                    break;
                case onnx::AttributeProto::FLOATS:
                    value.numbers.assign(attribute.floats().begin(), attribute.floats().end());
                    break;
                case onnx::AttributeProto::TENSOR:
                    value.tensor = read_tensor(attribute.t());
                    break;
                default:  // graphs and the like: their operators are not supported
                    break;
            }
            node.attributes.insert_or_assign(attribute.name(), std::move(value));
        }
        return node;
    }

    OnnxFile& file_;
    const onnx::ModelProto& model_;
};

/// Number i as it is stored in bytes.
template <class Stored>
Stored raw(const onnx::TensorProto& tensor, std::size_t i) {
    Stored value;
    std::memcpy(&value, tensor.raw_data().data() + i * sizeof value, sizeof value);
    return value;
}

template <class Number, class Read>
std::vector<Number> numbers(std::size_t count, Read read) {
    std::vector<Number> result(count);
    for (std::size_t i = 0; i < count; ++i) {
        result[i] = read(i);
    }
    return result;
}

}  // namespace

bool is_onnx(const std::filesystem::path& path) {
    return path.extension() == ".onnx";
}

OnnxFile read_onnx(const std::filesystem::path& path) {
    const MappedFile mapped(path);
    return parse_onnx(mapped.bytes(), path.string());
}

OnnxFile parse_onnx(std::span<const std::byte> bytes, const std::string& name) {
    OnnxFile file;
    file.name = name;
    file.bytes = bytes.size();
    if (file.bytes > static_cast<std::uintmax_t>(std::numeric_limits<int>::max())) {
        throw ModelError(fmt::format(
            "{} is larger than 2 GB, more than an .onnx file can be; get the file again",
            file.name));
    }
    const auto model = std::make_shared<onnx::ModelProto>();
    // Allocates no more than the file has bytes for; nesting is limited to 100 levels.
    if (!model->ParseFromArray(bytes.data(), static_cast<int>(file.bytes)) || !model->has_graph()) {
        throw ModelError(fmt::format(
            "{} is no .onnx file or damaged: it does not follow the format; get the file again",
            file.name));
    }
    FileReader(file, *model).read();
    file.storage = model;
    return file;
}

OnnxConstant constant(const OnnxTensor& tensor, std::string_view file) {
    const auto& stored = *static_cast<const onnx::TensorProto*>(tensor.stored);
    const bool is_raw = stored.has_raw_data();
    const std::size_t n = tensor.count;
    const auto word = [&](std::size_t i) {
        return is_raw ? raw<std::uint16_t>(stored, i)
                      : static_cast<std::uint16_t>(stored.int32_data(static_cast<int>(i)));
    };
    const auto listed_integer = [&](std::size_t i) {
        return static_cast<std::int64_t>(stored.int32_data(static_cast<int>(i)));
    };
    const auto index = [](std::size_t i) { return static_cast<int>(i); };
    OnnxConstant result{tensor.shape, {}};
    switch (stored.data_type()) {
        case Type::FLOAT:
            result.numbers = numbers<float>(n, [&](std::size_t i) {
                return is_raw ? raw<float>(stored, i) : stored.float_data(index(i));
            });
            return result;
        case Type::DOUBLE:
            result.numbers = numbers<float>(n, [&](std::size_t i) {
                return static_cast<float>(is_raw ? raw<double>(stored, i)
                                                 : stored.double_data(index(i)));
            });
            return result;
        case Type::FLOAT16:
            result.numbers =
                numbers<float>(n, [&](std::size_t i) { return float_from_half(word(i)); });
            return result;
        case Type::BFLOAT16:
            result.numbers =
                numbers<float>(n, [&](std::size_t i) { return float_from_bfloat16(word(i)); });
            return result;
        case Type::INT64:
            result.numbers = numbers<std::int64_t>(n, [&](std::size_t i) {
                return is_raw ? raw<std::int64_t>(stored, i) : stored.int64_data(index(i));
            });
            return result;
        case Type::INT32:
            result.numbers = numbers<std::int64_t>(n, [&](std::size_t i) {
                return is_raw ? std::int64_t{raw<std::int32_t>(stored, i)} : listed_integer(i);
            });
            return result;
        case Type::INT8:
            result.numbers = numbers<std::int64_t>(n, [&](std::size_t i) {
                return is_raw ? std::int64_t{raw<std::int8_t>(stored, i)} : listed_integer(i);
            });
            return result;
        case Type::UINT8:
        case Type::BOOL:
            result.numbers = numbers<std::int64_t>(n, [&](std::size_t i) {
                return is_raw ? std::int64_t{raw<std::uint8_t>(stored, i)} : listed_integer(i);
            });
            return result;
        default:
            throw ModelError(
                fmt::format("{} cannot be used: the tensor '{}' is of {}, which is "
                            "not supported",
                            file, stored.name(), tensor.type));
    }
}

}  // namespace closet
