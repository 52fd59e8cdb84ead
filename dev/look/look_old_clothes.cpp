// Shows what --fill-old-clothes does on real people, each garment without it above, with it below:
//   look_old_clothes OUT_PREFIX GARMENT... -- PICTURE_OR_CLIP... [:STEP]
// Poses and masks come from the network, as in `closet fit`. Pictures make one sheet each, clips
// one for each garment, of every STEP-th frame (10).

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "figures/posed_media.h"
#include "figures/sheet.h"
#include "warp/garment/garment_file.h"
#include "warp/warp.h"

namespace {

using namespace closet;
using namespace closet::figures;

constexpr int kTileHeight = 640;

struct Pair {
    std::unique_ptr<Warp> without, with;
    std::vector<std::vector<cv::Mat>> rows{2};

    void add(const PosedFrame& posed, bool is_shown) {
        const cv::Mat before = dressed_tile(*without, posed, kTileHeight);
        const cv::Mat after = dressed_tile(*with, posed, kTileHeight);
        if (is_shown) {
            rows[0].push_back(before);
            rows[1].push_back(after);
        }
    }
};

Pair make_pair(const std::filesystem::path& path) {
    const auto garment = load_garment(path);
    Pair pair;
    pair.without = std::make_unique<Warp>(garment, WarpOptions{});
    pair.with = std::make_unique<Warp>(garment, WarpOptions{.fill_old_clothes = true});
    return pair;
}

int run(const std::vector<std::string>& arguments) {
    const auto bar = std::find(arguments.begin(), arguments.end(), "--");
    const std::vector<std::string> garments(arguments.begin() + 1, bar);
    PosedMedia media;
    std::int64_t step = 10;
    for (auto input = std::next(bar); input != arguments.end(); ++input) {
        if (input->starts_with(':')) {
            step = std::max(std::atoi(input->c_str() + 1), 1);
            continue;
        }
        std::vector<Pair> pairs;
        for (const std::string& garment : garments) {
            pairs.push_back(make_pair(garment));
        }
        media.each_frame(*input, [&](const PosedFrame& posed) {
            for (Pair& pair : pairs) {
                pair.add(posed, posed.frame.index % step == 0);
            }
        });
        const std::string stem = std::filesystem::path(*input).stem().string();
        std::vector<std::vector<cv::Mat>> sheet(2);
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            if (pairs[i].rows[0].size() > 1) {
                const auto name = std::filesystem::path(garments[i]).stem().string();
                write_sheet(fmt::format("{}{}-{}.png", arguments[0], stem, name), pairs[i].rows);
                continue;
            }
            for (std::size_t row = 0; row < 2; ++row) {
                sheet[row].insert(sheet[row].end(), pairs[i].rows[row].begin(),
                                  pairs[i].rows[row].end());
            }
        }
        if (!sheet[0].empty()) {
            write_sheet(fmt::format("{}{}.png", arguments[0], stem), sheet);
        }
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() < 4 ||
        std::find(arguments.begin(), arguments.end(), "--") == arguments.end()) {
        fmt::print(stderr, "usage: look_old_clothes OUT_PREFIX GARMENT... -- INPUT... [:STEP]\n");
        return 2;
    }
    try {
        return run(arguments);
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 1;
    }
}
