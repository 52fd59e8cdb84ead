#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "models/store/model_store.h"
#include "support/shell.h"

namespace closet::test {

/// A store in a folder of its own. Its manifest knows "tiny", the three bytes "abc", and "needy",
/// the bytes "needy", which needs tiny; neither has an address yet.
struct StoreFixture {
    TemporaryFolder folder;
    std::vector<ModelEntry> entries = make_entries();

    ModelStore store() const { return {folder.path(), entries}; }
    std::string read(const std::string& file) const { return read_file(folder / file); }
    bool has(const std::string& file) const { return fs::exists(folder / file); }
    /// All files, sorted, one space in between.
    std::string files() const {
        std::vector<std::string> names;
        for (const auto& item : fs::directory_iterator(folder.path())) {
            names.push_back(item.path().filename().string());
        }
        std::sort(names.begin(), names.end());
        std::string all;
        for (const std::string& name : names) {
            all += (all.empty() ? "" : " ") + name;
        }
        return all;
    }

  private:
    static std::vector<ModelEntry> make_entries() {
        ModelEntry tiny;
        tiny.name = "tiny";
        tiny.file = "tiny.tflite";
        tiny.size = 3;
        tiny.sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        ModelEntry needy;
        needy.name = "needy";
        needy.file = "needy.pth";
        needy.sha256 = "2a0d73f9";
        needy.needs = {"tiny"};
        return {tiny, needy};
    }
};

}  // namespace closet::test
