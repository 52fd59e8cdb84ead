// Measures the warps on real people and prints tables; the definitions are those of the study of
// the mesh warp (torso_metrics.h). Poses and masks come from the network, as in `closet fit`.
//   warp_figures MEDIA [SHEETS]
// MEDIA holds people/ and garments/, of which the tops are worn. SHEETS is a folder for contact
// sheets. Every number is of the whole garment as it is warped, before anything comes in front.
// Programs of their own: the pairs whose truth is known (pair_figures), clips (clip_figures).

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "dev/look/error_map.h"
#include "dev/look/torso_metrics.h"
#include "dev/program.h"
#include "figures/pair.h"
#include "figures/posed_media.h"
#include "figures/sheet.h"
#include "figures/silhouette.h"
#include "warp/garment/garment_file.h"

namespace closet::figures {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWarps[]{"affine", "mesh"};
constexpr int kTileHeight = 360;

struct Worn {
    std::shared_ptr<const Garment> garment;
    std::string name;
};

std::vector<fs::path> pictures_in(const fs::path& folder) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".jpg") {
            paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

void measure_stills(const std::vector<PosedFrame>& people, const std::vector<Worn>& garments) {
    fmt::print(
        "| warp | people x garments | coverage | worst | spill | worst |\n"
        "|---|---|---|---|---|---|\n");
    std::string single;
    for (const char* name : kWarps) {
        Mean coverage, spill;
        for (const Worn& worn : garments) {
            const auto warp = make_warp(name, worn.garment);
            for (const PosedFrame& person : people) {
                const Figure figure = measure_figure(person.poses.front(),
                                                     {person.frame.width(), person.frame.height()});
                const Cover cover = measure_cover(figure, silhouette(*warp, person));
                coverage.add(cover.coverage);
                spill.add(cover.spill);
                single += fmt::format("| {} | {} | {} | {:.3f} | {:.3f} |\n", name,
                                      person.frame.index, worn.name, cover.coverage, cover.spill);
            }
        }
        fmt::print("| {} | {} | {:.3f} | {:.3f} | {:.3f} | {:.3f} |\n", name, coverage.count,
                   coverage.mean(), coverage.low, spill.mean(), spill.high);
    }
    fmt::print("\n| warp | person | garment | coverage | spill |\n|---|---|---|---|---|\n{}\n",
               single);
}

void print_pair(const PosedFrame& person, const Worn& worn, const cv::Mat& truth,
                const std::string& sheets) {
    fmt::print(
        "| warp | IoU | above the true hem | as worn | tucked in | print's corners, mean px | each "
        "|\n|---|---|---|---|---|---|---|\n");
    for (const char* name : kWarps) {
        const PairFigures pair = measure_pair(name, person, worn.garment, truth);
        std::string each;
        for (const double error : pair.print_px) {
            each += fmt::format(" {:.1f}", error);
        }
        fmt::print("| {} | {:.3f} | {:.3f} | {:.3f} | {:.3f} | {:.1f} |{} |\n", name, pair.iou,
                   pair.above_hem, pair.as_worn, pair.tucked, pair.mean_print_px(), each);
        if (!sheets.empty()) {
            const cv::Mat garment = silhouette(*make_warp(name, worn.garment), person);
            garment.rowRange(kTrueHem, garment.rows).setTo(0);
            write_sheet(fs::path(sheets) / fmt::format("pair-{}.png", name),
                        {{error_map(person.frame, garment, truth)}});
        }
    }
    fmt::print("\n");
}

void write_still_sheets(const std::vector<PosedFrame>& people, const std::vector<Worn>& garments,
                        const fs::path& folder) {
    for (const char* name : kWarps) {
        WarpOptions options;
        options.warp = name;
        std::vector<std::vector<cv::Mat>> rows;
        for (const PosedFrame& person : people) {
            std::vector<cv::Mat>& row = rows.emplace_back();
            for (const Worn& worn : garments) {
                Warp warp(worn.garment, options);
                row.push_back(dressed_tile(warp, person, kTileHeight));
            }
        }
        write_sheet(folder / fmt::format("people-{}.png", name), rows);
    }
}

int run(const std::vector<std::string>& arguments) {
    const fs::path media = arguments.at(0);
    const std::string sheets = arguments.size() > 1 ? arguments[1] : "";
    if (!sheets.empty()) {
        fs::create_directories(sheets);
    }
    PosedMedia posed_media;
    std::vector<PosedFrame> people;
    std::size_t of_pair = 0;
    for (const fs::path& path : pictures_in(media / "people")) {
        if (!path.stem().string().starts_with("person_")) {
            continue;  // people for clothes on their legs
        }
        posed_media.each_frame(path.string(), [&](PosedFrame posed) {
            if (posed.poses.empty()) {
                throw Error("nobody was found in " + path.string());
            }
            posed.frame.index = static_cast<std::int64_t>(people.size());
            fmt::print("Person {}: {}\n", people.size(), path.filename().string());
            people.push_back(std::move(posed));
        });
        of_pair = path.stem() == "person_00055" ? people.size() - 1 : of_pair;
    }
    std::vector<Worn> garments;
    for (const fs::path& path : pictures_in(media / "garments")) {
        try {
            const auto garment = load_garment(path);
            if (covers_torso(garment->kind) && !has_skirt(garment->kind)) {
                garments.push_back({garment, path.stem().string()});
            }
        } catch (const Error& error) {
            fmt::print("left out: {}\n", error.what());
        }
    }
    const auto named = [&](const std::string& name) -> const Worn& {
        const auto found = std::find_if(garments.begin(), garments.end(),
                                        [&](const Worn& worn) { return worn.name == name; });
        if (found == garments.end()) {
            throw Error("there is no garment " + name);
        }
        return *found;
    };
    fmt::print("\n## Pair 00055\n\n");
    const cv::Mat truth =
        cv::imread((media / "people/person_00055_garment_mask.png").string(), cv::IMREAD_GRAYSCALE);
    print_pair(people.at(of_pair), named("garment_00055"), truth > 127, sheets);
    fmt::print("## People x garments\n\n");
    measure_stills(people, garments);
    if (!sheets.empty()) {
        write_still_sheets(people, garments, sheets);
    }
    return 0;
}

}  // namespace
}  // namespace closet::figures

int main(int argc, char** argv) {
    return closet::dev::program(argc, argv, 1, "warp_figures MEDIA [SHEETS]", closet::figures::run);
}
