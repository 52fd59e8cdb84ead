#include "models/checkpoint/pickled_state.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "models/checkpoint/contents.h"

namespace closet {
namespace {

ElementType storage_type(const PickleNode& type) {
    static constexpr std::pair<std::string_view, ElementType> kTypes[] = {
        {"DoubleStorage", ElementType::kFloat64}, {"FloatStorage", ElementType::kFloat32},
        {"HalfStorage", ElementType::kFloat16},   {"BFloat16Storage", ElementType::kBFloat16},
        {"LongStorage", ElementType::kInt64},     {"IntStorage", ElementType::kInt32},
        {"ShortStorage", ElementType::kInt16},    {"CharStorage", ElementType::kInt8},
        {"ByteStorage", ElementType::kUInt8},     {"BoolStorage", ElementType::kBool},
    };
    if (type.kind == PickleKind::kGlobal &&
        (type.module == "torch" || type.module == "torch.cuda")) {
        for (const auto& [name, element] : kTypes) {
            if (type.text == name) {
                return element;
            }
        }
    }
    throw CheckpointError(fmt::format("its storages of the type '{}.{}' are not supported",
                                      plain_text(type.module, 64), plain_text(type.text, 64)));
}

[[noreturn]] void refuse(const std::string& key, const char* why) {
    throw CheckpointError(fmt::format("tensor '{}' {}", key, why));
}

std::int64_t integer(const PickleNode& node, const std::string& key) {
    if (node.kind != PickleKind::kInt) {
        refuse(key, "has a shape, stride or offset that is no number");
    }
    return node.integer;
}

std::vector<std::int64_t> integers(const Pickle& pickle, const PickleNode& node,
                                   const std::string& key) {
    if (node.kind != PickleKind::kTuple || node.children.size() > kMostAxes) {
        refuse(key, "has no shape or strides, or more than 8 axes");
    }
    std::vector<std::int64_t> values;
    for (const auto child : node.children) {
        values.push_back(integer(pickle[child], key));
    }
    return values;
}

TensorEntry make_tensor(const Pickle& pickle, const PickleNode& node, std::string key,
                        const FindStorage& find_storage) {
    // (storage, offset, shape, strides, requires_grad, hooks)
    const auto& arguments = pickle[node.children[0]].children;
    if (arguments.size() < 4 || pickle[arguments[0]].kind != PickleKind::kStorage) {
        refuse(key, "lacks its storage, shape or strides");
    }
    const PickledStorage storage = pickled_storage(pickle, pickle[arguments[0]]);
    TensorEntry tensor;
    tensor.key = std::move(key);
    tensor.type = storage.type;
    tensor.offset = integer(pickle[arguments[1]], tensor.key);
    tensor.shape = integers(pickle, pickle[arguments[2]], tensor.key);
    tensor.strides = integers(pickle, pickle[arguments[3]], tensor.key);
    tensor.storage = find_storage(storage);
    check_view(tensor);
    return tensor;
}

bool has_tensors(const Pickle& pickle, const PickleNode& dict) {
    return std::any_of(dict.children.begin(), dict.children.end(),
                       [&](PickleNode::Id id) { return pickle[id].kind == PickleKind::kTensor; });
}

const PickleNode& find_state(const Pickle& pickle) {
    const PickleNode& root = pickle[pickle.root];
    if (root.kind == PickleKind::kModule && !root.children.empty()) {
        return pickle[root.children[0]];
    }
    if (root.kind == PickleKind::kDict) {
        const PickleNode* const named = find_in_dict(pickle, root, "state_dict");
        if (named != nullptr && named->kind == PickleKind::kDict) {
            return *named;
        }
        if (has_tensors(pickle, root)) {
            return root;
        }
        // The last two are BasicSR's: averaged weights, which are preferred, and the last ones.
        for (const char* const wrapper : {"model", "model_state", "params_ema", "params"}) {
            const PickleNode* const inner = find_in_dict(pickle, root, wrapper);
            if (inner != nullptr && inner->kind == PickleKind::kDict) {
                return *inner;
            }
        }
    }
    throw CheckpointError("it holds no state dict; save model.state_dict(), not the model");
}

/// Collects the tensors of a dict and of the TorchScript modules in it. Modules may be shared or
/// hold themselves, so that the tree of names can be far larger than the file: levels and entries
/// are bounded.
class TensorCollector {
  public:
    TensorCollector(const Pickle& pickle, const FindStorage& find_storage)
        : pickle_(pickle), find_storage_(find_storage) {}

    /// `path`: before the names; empty or with its last dot.
    void visit(const PickleNode& dict, const std::string& path, std::size_t level) {
        constexpr std::size_t kMostLevels = 64;
        constexpr std::size_t kMostEntries = std::size_t{1} << 20;
        entries_ += dict.children.size() / 2;
        if (level > kMostLevels || entries_ > kMostEntries) {
            throw CheckpointError("it has more modules in modules than this program accepts");
        }
        for (std::size_t i = 0; i + 1 < dict.children.size(); i += 2) {
            const PickleNode& value = pickle_[dict.children[i + 1]];
            if (value.kind == PickleKind::kOpaque && value.module.starts_with("torch") &&
                !value.module.starts_with("torch.jit.")) {
                throw CheckpointError(fmt::format("its tensors made by '{}.{}' are not supported",
                                                  plain_text(value.module, 64),
                                                  plain_text(value.text, 64)));
            }
            if (value.kind == PickleKind::kTensor) {
                if (tensors.size() == kMostTensors) {
                    throw CheckpointError("it has more tensors than this program accepts");
                }
                tensors.push_back(make_tensor(pickle_, value, name(pickle_[dict.children[i]], path),
                                              find_storage_));
            } else if (value.kind == PickleKind::kModule && !value.children.empty()) {
                visit(pickle_[value.children[0]], name(pickle_[dict.children[i]], path) + '.',
                      level + 1);
            }  // else such as a counter beside the weights
        }
    }

    std::vector<TensorEntry> tensors;

  private:
    static std::string name(const PickleNode& key, const std::string& path) {
        if (key.kind == PickleKind::kText && is_plain_name(key.text)) {
            std::string name = path + std::string(key.text);
            if (is_plain_name(name)) {
                return name;
            }
        }
        throw CheckpointError("a tensor's name is empty, too long or not plain text");
    }

    const Pickle& pickle_;
    const FindStorage& find_storage_;
    std::size_t entries_ = 0;
};

/// Walks the graph as if it were a tree. Shared nodes can make that tree exponentially larger than
/// the file, so visits are counted; cycles end at the depth limit.
class Flattener {
  public:
    Flattener(const Pickle& pickle, const PickleNode& state) : pickle_(pickle), state_(&state) {}

    void visit(const PickleNode& node, const std::string& path, std::size_t depth) {
        constexpr std::size_t kMostLevels = 8;
        if (depth > kMostLevels) {
            return;
        }
        switch (node.kind) {
            case PickleKind::kBool:
                add(path, node.integer != 0 ? "true" : "false");
                break;
            case PickleKind::kInt:
                add(path, std::to_string(node.integer));
                break;
            case PickleKind::kFloat:
                add(path, fmt::format("{}", node.real));
                break;
            case PickleKind::kText:
                add(path, plain_text(node.text, kLongestText));
                break;
            case PickleKind::kList:
            case PickleKind::kTuple:
                for (std::size_t i = 0; i < node.children.size() && go_on(); ++i) {
                    visit(pickle_[node.children[i]], join(path, std::to_string(i)), depth + 1);
                }
                break;
            case PickleKind::kDict:
                visit_dict(node, path, depth);
                break;
            default:
                break;
        }
    }

    std::vector<std::pair<std::string, std::string>> values;

  private:
    void visit_dict(const PickleNode& dict, const std::string& path, std::size_t depth) {
        for (std::size_t i = 0; i + 1 < dict.children.size() && go_on(); i += 2) {
            const PickleNode& key = pickle_[dict.children[i]];
            const PickleNode& value = pickle_[dict.children[i + 1]];
            if (&value == state_) {
                continue;
            }
            if (key.kind == PickleKind::kText) {
                visit(value, join(path, plain_text(key.text, kLongestKey)), depth + 1);
            } else if (key.kind == PickleKind::kInt) {
                visit(value, join(path, std::to_string(key.integer)), depth + 1);
            }
        }
    }
    static std::string join(const std::string& path, const std::string& name) {
        return path.empty() ? name : path + "." + name;
    }
    // Asked before every element.
    bool go_on() {
        constexpr std::size_t kMostVisits = std::size_t{1} << 16;
        constexpr std::size_t kMostText = std::size_t{4} << 20U;
        return ++visits_ < kMostVisits && values.size() < kMostValues && text_ < kMostText;
    }
    void add(const std::string& path, std::string value) {
        text_ += path.size() + value.size();
        values.emplace_back(path, std::move(value));
    }

    const Pickle& pickle_;
    const PickleNode* state_;
    std::size_t visits_ = 0;
    std::size_t text_ = 0;
};

}  // namespace

std::size_t PickledStorage::size(std::size_t most) const {
    if (count > most / size_of(type)) {
        throw CheckpointError(fmt::format(
            "its storage '{}' is larger than the file; it was not fetched completely", key));
    }
    return static_cast<std::size_t>(count) * size_of(type);
}

PickledStorage pickled_storage(const Pickle& pickle, const PickleNode& storage) {
    // ("storage", type, key, location, count), and the legacy layout's view, which is None.
    const PickleNode& identity = pickle[storage.children[0]];
    const auto& parts = identity.children;
    if (identity.kind != PickleKind::kTuple || parts.size() < 5 || parts.size() > 6 ||
        pickle[parts[0]].kind != PickleKind::kText || pickle[parts[0]].text != "storage" ||
        pickle[parts[2]].kind != PickleKind::kText || pickle[parts[4]].kind != PickleKind::kInt ||
        pickle[parts[4]].integer < 0) {
        throw CheckpointError("its pickle refers to something else than a storage");
    }
    if (parts.size() == 6 && pickle[parts[5]].kind != PickleKind::kNone) {
        throw CheckpointError(
            "its storages are views of others, as PyTorch before 0.4 wrote them; load and save it "
            "with a newer one");
    }
    const std::string_view key = pickle[parts[2]].text;
    if (!is_plain_name(key)) {
        throw CheckpointError("a storage's name is too long or not plain text");
    }
    return {.type = storage_type(pickle[parts[1]]),
            .key = key,
            .count = static_cast<std::uint64_t>(pickle[parts[4]].integer)};
}

CheckpointContents pickled_state(const Pickle& pickle, const FindStorage& find_storage) {
    const PickleNode& state = find_state(pickle);
    TensorCollector collector(pickle, find_storage);
    collector.visit(state, "", 0);
    CheckpointContents contents;
    contents.tensors = std::move(collector.tensors);
    contents.metadata = pickled_metadata(pickle, state);
    return contents;
}

std::vector<std::pair<std::string, std::string>> pickled_metadata(const Pickle& pickle,
                                                                  const PickleNode& state) {
    Flattener flattener(pickle, state);
    flattener.visit(pickle[pickle.root], "", 0);
    return std::move(flattener.values);
}

}  // namespace closet
