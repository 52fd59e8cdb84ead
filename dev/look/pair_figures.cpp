// Dresses people in what they wear in the photo and compares with the true silhouette: of the
// shared pairs the half that constants were chosen on, and the other half, which judges them.
//   pair_figures MEDIA PARSER [SHEETS [choose]]
// MEDIA is shared/media, or a folder of scripts/rendered-people, whose means are printed by kind;
// PARSER is what --parser takes. Prints IoU, coverage (of the true garment) and
// spill (of what is painted) of the matte by affine, by mesh, and by mesh with old clothes removed,
// whose paint is in the matte too; LPIPS against the photo in the true garment's box; LPIPS and
// SSIM there once the garment was erased from the photo before she was dressed, so that leaving it
// uncovered gains nothing; how far corners of prints are off, in percent of the picture's height,
// and their mean offset (to the right, down); how much of the hands is painted over: of true hands
// (ID_hands.png), else of the parser's hands where the garment is not seen, in percent.
// SHEETS is a folder for pictures: the person, dressed by the mesh, and what was wrong (magenta:
// too much, green: too little), and for the mattes themselves. "choose" looks at the first half
// only.

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "batch/view.h"
#include "core/error.h"
#include "dev/program.h"
#include "figures/markers.h"
#include "figures/posed_media.h"
#include "figures/sheet.h"
#include "similarity/lpips.h"
#include "similarity/similarity.h"
#include "warp/classes/own_clothes.h"
#include "warp/garment/anchors_file.h"
#include "warp/garment/garment_file.h"
#include "warp/garment/photo/matting.h"
#include "warp/warp.h"

namespace closet::figures {
namespace {

namespace fs = std::filesystem;

/// Of the shared pairs; rendered ones say it in kinds.csv.
const std::set<std::string> kChosenOn{"00006", "00010", "00017", "00067", "00126", "14627"};
constexpr int kMarkerPx = 5;  ///< radius, garment pixels
constexpr int kErasedPx = 7;  ///< across what is erased with each pixel of the true garment

struct Way {
    const char* name;
    const char* warp;
    const char* old_clothes;
};
constexpr std::array kWays{Way{"affine", "affine", old_clothes::kKeep},
                           Way{"mesh", "mesh", old_clothes::kKeep},
                           Way{"mesh, old clothes removed", "mesh", old_clothes::kRemove}};

struct TruePair {
    std::string id;
    fs::path person, cloth, worn, hands{};
    std::string kind = "all";  ///< of garment
    bool chosen_on = false;
};

struct PrintCorner {
    cv::Point2f on_garment;
    cv::Point2d on_person;
};

/// What was measured of one pair in one way.
struct Overlap {
    double iou = 0, coverage = 0, spill = 0;
    std::optional<double> lpips, erased_lpips, erased_ssim, hands;
};

struct Sum {
    Overlap overlap;
    double lpips = 0, erased_lpips = 0, erased_ssim = 0, hands = 0;
    int count = 0, with_lpips = 0, with_hands = 0;
    void add(const Overlap& one) {
        overlap.iou += one.iou;
        overlap.coverage += one.coverage;
        overlap.spill += one.spill;
        lpips += one.lpips.value_or(0);
        erased_lpips += one.erased_lpips.value_or(0);
        erased_ssim += one.erased_ssim.value_or(0);
        with_lpips += one.lpips ? 1 : 0;
        hands += one.hands.value_or(0);
        with_hands += one.hands ? 1 : 0;
        ++count;
    }
};

std::vector<TruePair> shared_pairs(const fs::path& media) {
    std::vector<TruePair> pairs{{.id = "00055",
                                 .person = media / "people/person_00055.jpg",
                                 .cloth = media / "garments/garment_00055.jpg",
                                 .worn = media / "people/person_00055_garment_mask.png"}};
    std::map<std::string, TruePair> found;
    for (const auto& entry : fs::directory_iterator(media / "pairs")) {
        const std::string stem = entry.path().stem().string();
        if (const std::size_t end = stem.find('_'); end != std::string::npos) {
            TruePair& pair = found[stem.substr(0, end)];
            pair.id = stem.substr(0, end);
            pair.chosen_on = kChosenOn.contains(pair.id);
            (stem.ends_with("_person")  ? pair.person
             : stem.ends_with("_cloth") ? pair.cloth
                                        : pair.worn) = entry.path();
        }
    }
    for (const auto& [id, pair] : found) {
        pairs.push_back(pair);
    }
    return pairs;
}

/// Those of scripts/rendered-people that are there, by kind.
std::vector<TruePair> rendered_pairs(const fs::path& folder) {
    std::vector<TruePair> pairs;
    std::ifstream in(folder / "kinds.csv");
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        std::replace(line.begin(), line.end(), ',', ' ');
        std::istringstream words(line);
        TruePair pair;
        std::string half;
        words >> pair.id >> pair.kind >> half;
        pair.chosen_on = half == "choose";
        pair.person = folder / (pair.id + "_person.png");
        pair.cloth = folder / (pair.id + "_cloth.png");
        pair.worn = folder / (pair.id + "_worn.png");
        pair.hands = folder / (pair.id + "_hands.png");
        if (fs::exists(pair.worn)) {
            pairs.push_back(pair);
        }
    }
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const TruePair& a, const TruePair& b) { return a.kind < b.kind; });
    return pairs;
}

std::map<std::string, std::vector<PrintCorner>> read_prints(const fs::path& file) {
    std::map<std::string, std::vector<PrintCorner>> prints;
    // Pair 00055 is described in the media's README.
    prints["00055"] = {{{237, 289}, {258, 331}},
                       {{537, 288}, {481, 347}},
                       {{535, 368}, {488, 398}},
                       {{235, 381}, {262, 390}}};
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        std::replace(line.begin(), line.end(), ',', ' ');
        std::istringstream numbers(line);
        std::string id;
        PrintCorner corner;
        if (numbers >> id >> corner.on_garment.x >> corner.on_garment.y >> corner.on_person.x >>
            corner.on_person.y) {
            prints[id].push_back(corner);
        }
    }
    return prints;
}

std::optional<Lpips> find_lpips(const fs::path& media) {
    const fs::path shared = media.parent_path() / "weights/lpips_v0.1_alexnet_full.pth";
    try {
        return std::optional<Lpips>(std::in_place, fs::exists(shared)
                                                       ? std::vector<fs::path>{shared}
                                                       : find_lpips_files({}));
    } catch (const Error& error) {
        fmt::print("without LPIPS: {}\n\n", error.what());
        return std::nullopt;
    }
}

double share(const cv::Mat& part, const cv::Mat& whole) {
    return static_cast<double>(cv::countNonZero(part)) / std::max(cv::countNonZero(whole), 1);
}

Overlap compare(const cv::Mat& painted, const cv::Mat& truth) {
    return {share(painted & truth, painted | truth),
            share(painted & truth, truth),
            share(painted & ~truth, painted),
            {},
            {},
            {},
            {}};
}

/// True hands, or skin of what the parser calls hands that is no garment; empty where nothing tells
/// them.
cv::Mat hands_of(const TruePair& pair, const PosedFrame& person, const cv::Mat& truth) {
    if (fs::exists(pair.hands)) {
        return cv::imread(pair.hands.string(), cv::IMREAD_GRAYSCALE) > 127;
    }
    const auto& labels = person.poses.front().labels;
    if (!labels || labels->of(Label::kHand).empty()) {
        return {};
    }
    ClassFinder finder;
    finder.begin_frame(0, true);
    const Wearer wearer(person.poses.front());
    const PersonClasses* classes =
        finder.find(wearer, {*person.frame.image, person.frame.orientation});
    if (classes == nullptr) {
        return {};
    }
    cv::Mat hands, skin, garment;
    const auto on_photo = [&](const cv::Mat& plane, const cv::Matx23d& from_shown, cv::Mat& to) {
        cv::warpAffine(plane, to, from_shown, truth.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                       cv::BORDER_CONSTANT, 0);
    };
    on_photo(labels->of(Label::kHand), labels->labels_from_shown, hands);
    on_photo(classes->of(Surface::kSkin), classes->classes_from_shown, skin);
    cv::dilate(truth, garment, cv::getStructuringElement(cv::MORPH_ELLIPSE, {5, 5}));
    return (hands > 127) & (skin > 127) & ~garment;
}

/// The photo (R G B) without what she wears: what is around it goes on.
cv::Mat erased(const cv::Mat& photo, const cv::Mat& truth) {
    cv::Mat gone;
    cv::dilate(truth, gone, cv::getStructuringElement(cv::MORPH_ELLIPSE, {kErasedPx, kErasedPx}));
    cv::Mat filled;
    continue_colors(photo, ~gone).convertTo(filled, CV_8U);
    return filled;
}

/// `dressed`, a photo of which the share `matte` (0..255) is painted, as it would be with `below`
/// in place of the photo.
cv::Mat over(const cv::Mat& below, const cv::Mat& photo, const cv::Mat& dressed,
             const cv::Mat& matte) {
    cv::Mat result = dressed.clone();
    for (int y = 0; y < result.rows; ++y) {
        for (int x = 0; x < result.cols; ++x) {
            const double seen = 1 - matte.at<std::uint8_t>(y, x) / 255.0;
            for (int c = 0; c < 3; ++c) {
                const int off = below.at<cv::Vec3b>(y, x)[c] - photo.at<cv::Vec3b>(y, x)[c];
                result.at<cv::Vec3b>(y, x)[c] =
                    cv::saturate_cast<std::uint8_t>(dressed.at<cv::Vec3b>(y, x)[c] + seen * off);
            }
        }
    }
    return result;
}

double ssim_of(const cv::Mat& a, const cv::Mat& b) {
    cv::Mat gray_a, gray_b;
    cv::cvtColor(a, gray_a, cv::COLOR_RGB2GRAY);
    cv::cvtColor(b, gray_b, cv::COLOR_RGB2GRAY);
    return measure_similarity(gray_a, gray_b, 255).ssim;
}

/// Means of a print's corners that are seen, against where they are in the photo, in percent of its
/// height: distance, and how far to the right and down.
struct PrintError {
    double distance = 0;
    cv::Point2d offset;
};

/// Nothing where no corner is seen.
std::optional<PrintError> print_error(const PosedFrame& person, const Garment& garment,
                                      const std::vector<PrintCorner>& corners) {
    if (corners.empty()) {
        return std::nullopt;
    }
    std::vector<cv::Point2f> points;
    for (const PrintCorner& corner : corners) {
        points.push_back(corner.on_garment);
    }
    ClassFinder classes;
    OwnClothesFinder own;
    classes.begin_frame(0, true);
    own.begin_frame(0, true);
    Wearer wearer(person.poses.front());
    const occlusion::ShownPicture picture(*person.frame.image, person.frame.orientation);
    if (const PersonClasses* found = classes.find(wearer, picture)) {
        wearer.own = own.find(*found, wearer);
        wearer.classes = found;
    }
    const auto marked = make_warp("mesh", with_markers(garment, points, kMarkerPx));
    const auto patch = marked->warp(wearer, picture.geometry.shown);
    PrintError sum;
    int seen = 0;
    for (const auto& [number, marker] : patch ? find_markers(*patch) : std::map<int, Marker>{}) {
        const cv::Point2d off =
            marker.place - corners.at(static_cast<std::size_t>(number)).on_person;
        sum.distance += cv::norm(off);
        sum.offset += off;
        ++seen;
    }
    if (seen == 0) {
        return std::nullopt;
    }
    const double percent = 100.0 / seen / picture.geometry.shown.height;
    return PrintError{sum.distance * percent, sum.offset * percent};
}

void print_row(const std::string& first, const char* way, const Overlap& overlap,
               const std::string& prints) {
    const auto number = [](const std::optional<double>& value) {
        return value ? fmt::format("{:.3f}", *value) : "";
    };
    fmt::print("| {} | {} | {:.3f} | {:.3f} | {:.3f} | {} | {} | {} | {} | {} |\n", first, way,
               overlap.iou, overlap.coverage, overlap.spill, number(overlap.lpips),
               number(overlap.erased_lpips), number(overlap.erased_ssim), prints,
               overlap.hands ? fmt::format("{:.1f}", 100 * *overlap.hands) : "");
}

/// Sum of errors of prints, and of how many.
using PrintSum = std::pair<double, int>;

void print_mean(const std::string& first, const char* way, const Sum& sum, const PrintSum& prints) {
    Overlap mean{sum.overlap.iou / sum.count,
                 sum.overlap.coverage / sum.count,
                 sum.overlap.spill / sum.count,
                 {},
                 {},
                 {},
                 {}};
    if (sum.with_lpips > 0) {
        mean.lpips = sum.lpips / sum.with_lpips;
        mean.erased_lpips = sum.erased_lpips / sum.with_lpips;
        mean.erased_ssim = sum.erased_ssim / sum.with_lpips;
    }
    if (sum.with_hands > 0) {
        mean.hands = sum.hands / sum.with_hands;
    }
    print_row(first, way, mean,
              prints.second > 0 ? fmt::format("{:.1f}", prints.first / prints.second) : "");
}

int run(const std::vector<std::string>& arguments) {
    const fs::path media = arguments.at(0);
    const fs::path sheets = arguments.size() > 2 ? arguments[2] : "";
    if (!sheets.empty()) {
        fs::create_directories(sheets);
    }
    const bool chooses = arguments.size() > 3 && arguments[3] == "choose";
    PosedMedia posed(arguments.at(1));
    const bool rendered = fs::exists(media / "kinds.csv");
    const auto prints = read_prints(media / (rendered ? "prints.csv" : "pairs/prints.csv"));
    const std::optional<Lpips> lpips = rendered ? std::nullopt : find_lpips(media);
    const std::size_t first = rendered ? 1 : 0;  // affine lays tops only
    std::map<std::string, std::array<std::array<Sum, kWays.size()>, 2>> sums;
    std::map<std::string, std::array<PrintSum, 2>> print_sums;
    fmt::print(
        "| pair | way | IoU | coverage | spill | LPIPS | erased first: LPIPS | "
        "SSIM | print, % | hands, % |\n|---|---|---|---|---|---|---|---|---|---|\n");
    for (const TruePair& pair : rendered ? rendered_pairs(media) : shared_pairs(media)) {
        const std::size_t half = pair.chosen_on ? 0 : 1;
        if (chooses && half == 1) {
            continue;
        }
        const cv::Mat truth = cv::imread(pair.worn.string(), cv::IMREAD_GRAYSCALE) > 127;
        std::shared_ptr<const Garment> garment;
        try {
            garment = load_garment(pair.cloth);
        } catch (const Error& error) {
            fmt::print("| {} | left out: {} | | | | | | | | |\n", pair.id, error.what());
            continue;
        }
        posed.each_frame(pair.person.string(), [&](PosedFrame person) {
            if (person.poses.empty()) {
                fmt::print("| {} | nobody found | | | | | | | | |\n", pair.id);
                return;
            }
            const cv::Mat photo = ViewMaker(1).make(person.frame).rgb;
            const cv::Mat below = erased(photo, truth);
            const auto corners = prints.find(pair.id);
            const std::optional<PrintError> off =
                print_error(person, *garment,
                            corners == prints.end() ? std::vector<PrintCorner>{} : corners->second);
            const cv::Mat hands = hands_of(pair, person, truth);
            std::vector<cv::Mat> row{photo};
            for (std::size_t i = first; i < kWays.size(); ++i) {
                WarpOptions options;
                options.warp = kWays[i].warp;
                options.old_clothes = kWays[i].old_clothes;
                cv::Mat matte = cv::Mat::zeros(truth.size(), CV_8UC1);
                const Frame dressed = Warp(garment, options).dress(another(person), &matte);
                const cv::Mat rgb = ViewMaker(1).make(dressed).rgb;
                const cv::Mat painted = matte > 127;  // contact shadow is fainter
                Overlap overlap = compare(painted, truth);
                if (cv::countNonZero(hands) > 0) {
                    overlap.hands = share(painted & hands, hands);
                }
                const cv::Rect box = cv::boundingRect(truth);
                if (lpips && std::min(box.width, box.height) >= lpips->least_side()) {
                    overlap.lpips = lpips->distance(photo(box), rgb(box)).total;
                    const cv::Mat on_erased = over(below, photo, rgb, matte);
                    overlap.erased_lpips = lpips->distance(photo(box), on_erased(box)).total;
                    overlap.erased_ssim = ssim_of(photo(box), on_erased(box));
                }
                sums[pair.kind][half][i].add(overlap);
                print_row(
                    rendered ? fmt::format("{} ({})", pair.id, to_string(garment->kind)) : pair.id,
                    kWays[i].name, overlap,
                    i == 1 && off ? fmt::format("{:.1f} ({:+.1f} {:+.1f})", off->distance,
                                                off->offset.x, off->offset.y)
                                  : "");
                if (i > 0 && !sheets.empty()) {
                    cv::imwrite(
                        (sheets / fmt::format("matte-{}-{}.png", pair.id, kWays[i].old_clothes))
                            .string(),
                        matte);
                }
                if (i > 0) {
                    cv::Mat wrong = rgb.clone();
                    wrong.setTo(cv::Scalar(200, 0, 200), painted & ~truth);
                    wrong.setTo(cv::Scalar(0, 200, 0), ~painted & truth);
                    row.push_back(rgb);
                    row.push_back(wrong);
                }
            }
            if (off) {
                print_sums[pair.kind][half].first += off->distance;
                ++print_sums[pair.kind][half].second;
            }
            if (!sheets.empty()) {
                for (cv::Mat& tile : row) {
                    cv::cvtColor(tile, tile, cv::COLOR_RGB2BGR);
                }
                write_sheet(sheets / fmt::format("pair-{}.png", pair.id), {row});
            }
        });
    }
    for (const auto& [kind, halves] : sums) {
        for (const std::size_t half : {0U, 1U}) {
            for (std::size_t i = first; i < kWays.size() && halves[half][i].count > 0; ++i) {
                print_mean(
                    fmt::format("mean of {} {}{}", halves[half][i].count,
                                rendered ? kind + " " : "", half == 0 ? "chosen on" : "judged"),
                    kWays[i].name, halves[half][i], i == 1 ? print_sums[kind][half] : PrintSum{});
            }
        }
    }
    return 0;
}

}  // namespace
}  // namespace closet::figures

int main(int argc, char** argv) {
    return closet::dev::program(argc, argv, 2, "pair_figures MEDIA PARSER [SHEETS]",
                                closet::figures::run);
}
