// What comes in front of garments, on people whose garment's true silhouette is known: overlap of
// the class of upper clothes, and pixels wrongly covered and wrongly cut, without and with labels.
//   front_figures [--old-clothes HOW] PARSER PICTURES [SHEETS [GARMENT...]]
// PARSER is what --parser takes. PICTURES holds <id>_person.* with <id>_cloth.* and <id>_worn.png
// (shared/media/pairs), or person_*.jpg and full_*.jpg, which wear the GARMENTs. SHEETS is a folder
// for pictures: the person, dressed without labels, with them, and what changed (magenta: no more
// covered, green: no more cut); and the classes in colors.

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "decode/pixel_convert.h"
#include "dev/program.h"
#include "figures/class_overlap.h"
#include "figures/posed_media.h"
#include "figures/sheet.h"
#include "figures/silhouette.h"
#include "warp/garment/garment_file.h"
#include "warp/warp.h"

namespace closet::figures {
namespace {

namespace fs = std::filesystem;

/// Pixels from the truth's edge on that do not count: it was drawn within 1 to 3 of them.
constexpr int kTolerancePx = 2;

/// What is covered although it is in front, by raw label, and what is cut although it is garment.
struct FrontCounts {
    int hair = 0, hand = 0, forearm = 0, cut = 0;
};

cv::Mat place_of_label(const PersonLabels& labels, Label label, cv::Size size) {
    cv::Mat plane;
    cv::warpAffine(labels.of(label), plane, labels.labels_from_shown, size,
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT, 0);
    return plane > 127;
}

/// `whole`: the garment before anything came in front; `truth`: what is seen of it. The places of
/// hair, hands and forearms are the parser's raw labels, a little too wide; what counts is that
/// they are outside of the truth.
FrontCounts count_front(const PersonLabels& labels, const cv::Mat& matte, const cv::Mat& whole,
                        const cv::Mat& truth) {
    const cv::Size size = matte.size();
    const int side = 2 * kTolerancePx + 1;
    const cv::Mat element = cv::getStructuringElement(cv::MORPH_ELLIPSE, {side, side});
    cv::Mat wide, narrow;
    cv::dilate(truth, wide, element);
    cv::erode(truth, narrow, element);
    const cv::Mat hair = place_of_label(labels, Label::kHair, size);
    const cv::Mat hand = place_of_label(labels, Label::kHand, size) & ~hair;
    const cv::Mat forearm = place_of_label(labels, Label::kLowerArm, size) &
                            place_of_label(labels, Label::kSkin, size) & ~hair & ~hand;
    const cv::Mat painted = matte > 127;
    const cv::Mat covered = painted & ~wide;
    return {cv::countNonZero(covered & hair), cv::countNonZero(covered & hand),
            cv::countNonZero(covered & forearm), cv::countNonZero(narrow & whole & ~painted)};
}

cv::Mat picture_of(const Frame& frame) {
    PixelConvert convert;
    const AvFrame bgr = convert(*frame.image, {.format = AV_PIX_FMT_BGR24});
    return cv::Mat(bgr->height, bgr->width, CV_8UC3, bgr->data[0],
                   static_cast<std::size_t>(bgr->linesize[0]))
        .clone();
}

std::vector<fs::path> people_in(const fs::path& folder) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string stem = entry.path().stem().string();
        const bool is_person = stem.ends_with("_person") || entry.path().extension() == ".jpg";
        if (is_person && !stem.ends_with("_cloth")) {
            paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

/// The file of that name with either ending; nothing where there is none.
std::optional<fs::path> picture_named(const fs::path& stem) {
    for (const char* ending : {".png", ".jpg"}) {
        const fs::path path = stem.string() + ending;
        if (fs::exists(path)) {
            return path;
        }
    }
    return std::nullopt;
}

int run(const std::vector<std::string>& given) {
    std::vector<std::string> arguments = given;
    WarpOptions options;
    if (arguments.at(0) == "--old-clothes") {
        options.old_clothes = arguments.at(1);
        arguments.erase(arguments.begin(), arguments.begin() + 2);
    } else {
        options.old_clothes = old_clothes::kKeep;
    }
    const fs::path folder = arguments.at(1);
    const std::string sheets = arguments.size() > 2 ? arguments[2] : "";
    if (!sheets.empty()) {
        fs::create_directories(sheets);
    }
    PosedMedia media(arguments.at(0));
    fmt::print(
        "| picture | overlap of upper clothes | hair covered | hands | forearms | garment cut |\n"
        "|---|---|---|---|---|---|\n");
    const auto print_row = [&](const PosedFrame& posed, const std::string& id) {
        if (posed.poses.empty() || !posed.poses.front().labels) {
            fmt::print("| {} | nobody was parsed | | | | |\n", id);
            return;
        }
        const PersonLabels& labels = *posed.poses.front().labels;
        const cv::Size size = geometry_of(posed.frame).shown;
        const bool is_pair = id.ends_with("_person");
        const auto truth_path = picture_named(
            folder / (is_pair ? id.substr(0, id.size() - 7) + "_worn" : id + "_garment_mask"));
        cv::Mat truth;
        if (truth_path) {
            truth = cv::imread(truth_path->string(), cv::IMREAD_GRAYSCALE) > 127;
        }
        cv::Mat colors;
        const cv::Mat upper = upper_clothes(posed, &colors);
        if (!sheets.empty()) {
            cv::imwrite((fs::path(sheets) / (id + "_classes.png")).string(), colors);
        }
        std::vector<fs::path> garments(
            arguments.begin() + std::min<std::ptrdiff_t>(3, std::ssize(arguments)),
            arguments.end());
        if (const auto own = picture_named(folder / (id.substr(0, id.size() - 6) + "cloth"));
            is_pair && own) {
            garments.insert(garments.begin(), *own);
        }
        PosedFrame plain = another(posed);
        plain.poses.front().labels = nullptr;
        std::array<FrontCounts, 2> counts;
        for (const fs::path& path : garments) {
            const auto garment = load_garment(path);
            const cv::Mat whole = silhouette(*make_warp("mesh", garment), posed);
            std::array<cv::Mat, 2> mattes;
            std::vector<cv::Mat> tiles{picture_of(posed.frame)};
            for (std::size_t with = 0; with < 2; ++with) {
                mattes[with] = cv::Mat::zeros(size, CV_8UC1);
                Warp warp(garment, options);
                tiles.push_back(
                    picture_of(warp.dress(another(with == 1 ? posed : plain), &mattes[with])));
                if (is_pair && !truth.empty() && path == garments.front()) {
                    counts[with] = count_front(labels, mattes[with], whole, truth);
                }
            }
            if (!sheets.empty()) {
                cv::Mat changed = tiles[0] / 2 + 60, row;
                changed.setTo(cv::Scalar(255, 0, 255), (mattes[0] > 127) & (mattes[1] < 128));
                changed.setTo(cv::Scalar(0, 255, 0), (mattes[1] > 127) & (mattes[0] < 128));
                tiles.push_back(changed);
                cv::hconcat(tiles, row);
                cv::imwrite((fs::path(sheets) / fmt::format("{}__{}.png", id, path.stem().string()))
                                .string(),
                            row);
            }
        }
        const auto& [before, after] = counts;
        fmt::print("| {} | {} | {} -> {} | {} -> {} | {} -> {} | {} -> {} |\n", id,
                   truth.empty() ? "" : fmt::format("{:.3f}", overlap_of(upper, truth)),
                   before.hair, after.hair, before.hand, after.hand, before.forearm, after.forearm,
                   before.cut, after.cut);
    };
    for (const fs::path& path : people_in(folder)) {
        media.each_frame(path.string(),
                         [&](const PosedFrame& posed) { print_row(posed, path.stem().string()); });
    }
    return 0;
}

}  // namespace
}  // namespace closet::figures

int main(int argc, char** argv) {
    return closet::dev::program(
        argc, argv, 2, "front_figures [--old-clothes HOW] PARSER PICTURES [SHEETS [GARMENT...]]",
        closet::figures::run);
}
