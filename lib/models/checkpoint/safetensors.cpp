#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "models/checkpoint/contents.h"

namespace closet {

namespace {

// The limit of the format's own reader.
constexpr std::uint64_t kMostHeaderBytes = 100'000'000;

ElementType element_type(const std::string& name) {
    static constexpr std::pair<std::string_view, ElementType> kTypes[] = {
        {"F64", ElementType::kFloat64}, {"F32", ElementType::kFloat32},
        {"F16", ElementType::kFloat16}, {"BF16", ElementType::kBFloat16},
        {"I64", ElementType::kInt64},   {"I32", ElementType::kInt32},
        {"I16", ElementType::kInt16},   {"I8", ElementType::kInt8},
        {"U8", ElementType::kUInt8},    {"BOOL", ElementType::kBool},
    };
    for (const auto& [stored, type] : kTypes) {
        if (name == stored) {
            return type;
        }
    }
    throw CheckpointError(
        fmt::format("its element type '{}' is not supported", plain_text(name, 16)));
}

/// Takes the header apart while it is read: {"name": {"dtype": text, "shape": [numbers],
/// "data_offsets": [begin, end]}, ..., "__metadata__": {"key": text}}. Anything else is refused on
/// sight, so nothing deeper is ever built.
class HeaderReader {
  public:
    struct Tensor {
        std::string key;
        std::optional<ElementType> type;
        std::optional<std::vector<std::int64_t>> shape, offsets;
    };

    std::vector<Tensor> tensors;
    std::vector<std::pair<std::string, std::string>> metadata;

    // What nlohmann::json::sax_parse calls.
    bool start_object(std::size_t) {
        if (list_ != nullptr || ++depth_ > 2) {
            refuse();
        }
        return true;
    }
    bool end_object() {
        --depth_;
        return true;
    }
    bool key(std::string& name) {
        if (depth_ == 1) {
            in_metadata_ = name == "__metadata__";
            if (!in_metadata_) {
                if (tensors.size() == kMostTensors) {
                    throw CheckpointError("it has more tensors than this program accepts");
                }
                if (!is_plain_name(name)) {
                    throw CheckpointError("a tensor's name is empty, too long or not plain text");
                }
                tensors.emplace_back().key = name;
            } else if (std::exchange(had_metadata_, true)) {
                throw CheckpointError("'__metadata__' is there twice");
            }
        }
        key_ = std::move(name);
        return true;
    }
    bool string(std::string& text) {
        if (depth_ != 2 || list_ != nullptr) {
            refuse();
        }
        if (in_metadata_) {
            if (metadata.size() < kMostValues) {
                metadata.emplace_back(plain_text(key_, kLongestKey),
                                      plain_text(text, kLongestText));
            }
        } else if (key_ == "dtype" && !tensors.back().type) {
            tensors.back().type = element_type(text);
        } else {
            refuse();
        }
        return true;
    }
    bool start_array(std::size_t) {
        if (depth_ != 2 || in_metadata_ || list_ != nullptr) {
            refuse();
        }
        auto& target = key_ == "shape" ? tensors.back().shape : tensors.back().offsets;
        if ((key_ != "shape" && key_ != "data_offsets") || target) {
            refuse();
        }
        list_ = &target.emplace();
        return true;
    }
    bool end_array() {
        list_ = nullptr;
        return true;
    }
    bool number_unsigned(std::uint64_t number) {
        if (list_ == nullptr || list_->size() == kMostAxes ||
            number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
            refuse();
        }
        list_->push_back(static_cast<std::int64_t>(number));
        return true;
    }
    bool number_integer(std::int64_t) { refuse(); }
    bool number_float(double, const std::string&) { refuse(); }
    bool null() { refuse(); }
    bool boolean(bool) { refuse(); }
    bool binary(const nlohmann::json::binary_t&) { refuse(); }
    template <class Exception>
    bool parse_error(std::size_t position, const std::string&, const Exception&) {
        throw CheckpointError(fmt::format("its header is no valid JSON at byte {}", position));
    }

  private:
    [[noreturn]] void refuse() const {
        throw CheckpointError(fmt::format("its header holds something else than tensors near '{}'",
                                          plain_text(key_, kLongestKey)));
    }

    int depth_ = 0;
    bool in_metadata_ = false, had_metadata_ = false;
    std::string key_;
    std::vector<std::int64_t>* list_ = nullptr;
};

constexpr std::size_t kPrefix = sizeof(std::uint64_t);

}  // namespace

bool is_safetensors(std::span<const std::byte> bytes) {
    return bytes.size() > kPrefix && bytes[kPrefix] == std::byte{'{'};
}

// Layout: u64 header size, JSON header, data that the tensors cover without gap or overlap.
// https://github.com/huggingface/safetensors#format
CheckpointContents read_safetensors(std::span<const std::byte> bytes) {
    const auto header_size = load<std::uint64_t>(bytes);
    if (header_size > kMostHeaderBytes || header_size > bytes.size() - kPrefix) {
        throw CheckpointError("its header is longer than the file; it was not fetched completely");
    }
    const auto header = bytes.subspan(kPrefix, header_size);
    const auto data = bytes.subspan(kPrefix + header_size);

    HeaderReader reader;
    const char* const text = reinterpret_cast<const char*>(header.data());
    nlohmann::json::sax_parse(text, text + header.size(), &reader);

    CheckpointContents contents{Checkpoint::Format::kSafetensors, {}, {}};
    contents.metadata = std::move(reader.metadata);
    std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
    for (auto& stored : reader.tensors) {
        if (!stored.type || !stored.shape || !stored.offsets || stored.offsets->size() != 2) {
            throw CheckpointError(
                fmt::format("tensor '{}' lacks its type, shape or place", stored.key));
        }
        const std::int64_t begin = stored.offsets->front(), end = stored.offsets->back();
        if (begin > end || static_cast<std::uint64_t>(end) > data.size()) {
            throw CheckpointError(fmt::format(
                "tensor '{}' reaches beyond the file; it was not fetched completely", stored.key));
        }
        ranges.emplace_back(begin, end);
        TensorEntry tensor;
        tensor.key = std::move(stored.key);
        tensor.type = *stored.type;
        tensor.strides = dense_strides(*stored.shape);
        tensor.shape = std::move(*stored.shape);
        tensor.storage =
            data.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
        check_view(tensor);
        const auto count = static_cast<std::uint64_t>(element_count(tensor.shape));
        if (count * size_of(tensor.type) != tensor.storage.size()) {
            throw CheckpointError(
                fmt::format("tensor '{}' has not the bytes of its shape", tensor.key));
        }
        contents.tensors.push_back(std::move(tensor));
    }
    std::sort(ranges.begin(), ranges.end());
    std::int64_t covered = 0;
    for (const auto& [begin, end] : ranges) {
        if (begin != covered) {
            throw CheckpointError("its tensors overlap or leave gaps");
        }
        covered = end;
    }
    if (static_cast<std::uint64_t>(covered) != data.size()) {
        throw CheckpointError("its tensors do not cover its data");
    }
    return contents;
}

}  // namespace closet
