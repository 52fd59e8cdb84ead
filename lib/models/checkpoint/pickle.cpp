#include "models/checkpoint/pickle.h"

#include <fmt/format.h>

#include "models/checkpoint/pickle_machine.h"

namespace closet {

Pickle read_pickle(std::span<const std::byte> bytes) {
    return PickleMachine(bytes).run();
}

const PickleNode* find_in_dict(const Pickle& pickle, const PickleNode& dict, std::string_view key) {
    const PickleNode* found = nullptr;
    for (std::size_t i = 0; i + 1 < dict.children.size(); i += 2) {
        const PickleNode& candidate = pickle[dict.children[i]];
        if (candidate.kind == PickleKind::kText && candidate.text == key) {
            if (found != nullptr) {
                throw CheckpointError(fmt::format("its entry '{}' is there twice", key));
            }
            found = &pickle[dict.children[i + 1]];
        }
    }
    return found;
}

}  // namespace closet
