#include <fmt/format.h>

#include "models/checkpoint/pickled_state.h"
#include "models/checkpoint/plain_text.h"

namespace closet {

namespace {

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
        constexpr std::size_t kLongestKey = 256;
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
        constexpr std::size_t kMostValues = 4096;
        constexpr std::size_t kMostText = std::size_t{4} << 20U;
        return ++visits_ < kMostVisits && values.size() < kMostValues && text_ < kMostText;
    }
    void add(const std::string& path, std::string value) {
        text_ += path.size() + value.size();
        values.emplace_back(path, std::move(value));
    }

    static constexpr std::size_t kLongestText = std::size_t{64} << 10U;

    const Pickle& pickle_;
    const PickleNode* state_;
    std::size_t visits_ = 0;
    std::size_t text_ = 0;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> pickled_metadata(const Pickle& pickle,
                                                                  const PickleNode& state) {
    Flattener flattener(pickle, state);
    flattener.visit(pickle[pickle.root], "", 0);
    return std::move(flattener.values);
}

}  // namespace closet
