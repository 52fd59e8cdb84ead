// What each way with the wearer's own clothes does on real people (results/old-clothes.md):
//   look_old_clothes PARSER OUT_PREFIX GARMENT... -- PICTURE_OR_CLIP... [:STEP]
// Poses, masks and labels come from the networks, as in `closet fit`; PARSER is what --parser
// takes. Prints, for keep, cover and remove:
// - leftover: the share of the old clothes' area that is still seen, by class (upper clothes on the
//   picture, less what is covered), and by the true silhouette <stem>_garment_mask.png or
//   <id>_worn.png beside the picture where there is one;
// - flicker in clips: the mean difference of luma from frame to frame where the removal painted
//   both and the garment did not, less the same of the clip itself on pixels around; levels.
// In clips also how often parts were taken away on one frame and left on the next one.
// Pictures make one sheet each, keep above cover above remove; clips one for each garment, of every
// STEP-th frame (10), and a map of the flicker. OUT_PREFIX "-": no sheets.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "figures/class_overlap.h"
#include "figures/posed_media.h"
#include "figures/sheet.h"
#include "warp/garment/garment_file.h"
#include "warp/warp.h"

namespace {

using namespace closet;
using namespace closet::figures;

constexpr int kTileHeight = 640;
constexpr std::array kWays{old_clothes::kKeep, old_clothes::kCover, old_clothes::kRemove};
constexpr std::size_t kRemoved = 2;

struct Mean {
    double sum = 0, weight = 0;
    void add(double value, double by = 1) {
        sum += value * by;
        weight += by;
    }
    double value() const { return weight > 0 ? sum / weight : 0; }
};

cv::Mat luma_of(const Frame& frame) {
    cv::Mat luma;
    const cv::Size size = geometry_of(frame).shown;
    occlusion::read_colors({*frame.image, frame.orientation},
                           {0, 0, size.width / 2 * 2, size.height / 2 * 2}, luma);
    cv::extractChannel(luma, luma, 0);
    return luma;
}

double leftover(const cv::Mat& old, const cv::Mat& matte) {
    return cv::countNonZero(old & (matte < 128)) / std::max(1.0, double(cv::countNonZero(old)));
}

/// One garment on one picture or clip, in all ways.
class Trial {
  public:
    explicit Trial(const std::filesystem::path& path) : name_(path.stem().string()) {
        const auto garment = load_garment(path);
        for (std::size_t i = 0; i < kWays.size(); ++i) {
            WarpOptions options;
            options.old_clothes = kWays[i];
            warps_[i] = std::make_unique<Warp>(garment, options);
        }
    }

    void add(const PosedFrame& posed, const cv::Mat& old, const cv::Mat& truth, bool is_shown) {
        std::array<cv::Mat, kWays.size()> mattes;
        cv::Mat dressed;
        for (std::size_t i = 0; i < kWays.size(); ++i) {
            mattes[i] = cv::Mat::zeros(geometry_of(posed.frame).shown, CV_8UC1);
            if (mattes[i].size() != cv::Size(posed.frame.image->width, posed.frame.image->height)) {
                mattes[i] =
                    cv::Mat::zeros(posed.frame.image->height, posed.frame.image->width, CV_8UC1);
            }
            const Frame result = warps_[i]->dress(another(posed), &mattes[i]);
            if (i == kRemoved) {
                dressed = luma_of(result);
            }
            if (is_shown) {
                PosedFrame shown = another(posed);
                rows_[i].push_back(tile_of(result, shown));
            }
            if (!old.empty() && mattes[i].size() == old.size()) {
                by_class_[i].add(leftover(old, mattes[i]));
                if (!truth.empty()) {
                    by_truth_[i].add(leftover(truth, mattes[i]));
                }
            }
        }
        const cv::Mat removed = (mattes[kRemoved] > 200) & (mattes[0] < 20);
        const cv::Mat luma = luma_of(posed.frame);
        cv::Mat half;
        cv::resize(removed, half, luma.size(), 0, 0, cv::INTER_AREA);
        half = half > 250;
        if (!last_.empty()) {
            cv::Mat both = half & last_removed_, around;
            cv::dilate(both, around, cv::getStructuringElement(cv::MORPH_RECT, {21, 21}));
            cv::Mat ours, own;
            cv::absdiff(dressed, last_dressed_, ours);
            cv::absdiff(luma, last_, own);
            around &= ~half & ~last_removed_;
            if (restless_.empty()) {
                restless_ = cv::Mat::zeros(luma.size(), CV_32FC1);
            }
            cv::Mat more;
            cv::subtract(ours, own, more, both, CV_32F);
            cv::accumulate(more, restless_, both);
            ++compared_;
            const int n = cv::countNonZero(both);
            if (n > 50) {
                flicker_.add(cv::mean(ours, both)[0], n);
                own_.add(cv::mean(own, both)[0], n);
                beside_.add(cv::mean(own, around)[0], n);
            }
        }
        last_ = luma;
        last_dressed_ = dressed;
        last_removed_ = half;
    }

    void report(const std::string& stem) const {
        const RemovalCounts& counts = warps_[kRemoved]->old_clothes();
        fmt::print("| {} | {} | {:.3f} | {:.3f} | {:.3f} |", stem, name_, by_class_[0].value(),
                   by_class_[1].value(), by_class_[2].value());
        if (by_truth_[0].weight > 0) {
            fmt::print(" {:.3f} | {:.3f} | {:.3f} |", by_truth_[0].value(), by_truth_[1].value(),
                       by_truth_[2].value());
        } else {
            fmt::print(" | | |");
        }
        if (flicker_.weight > 0) {
            fmt::print(" {:.2f} | {:.2f} | {:.2f} |", flicker_.value(), own_.value(),
                       beside_.value());
        } else {
            fmt::print(" | | |");
        }
        fmt::print(" {} | {} {} {} | {} |\n", counts.removed, counts.left[0], counts.left[1],
                   counts.left[2], fmt::join(counts.changes, " "));
        std::fflush(stdout);
    }

    const std::string& name() const { return name_; }
    /// Where removal flickers more than the clip itself, 10 gray levels for each level; may be
    /// empty.
    cv::Mat restless() const {
        cv::Mat shown;
        if (compared_ > 0) {
            restless_.convertTo(shown, CV_8U, 10.0 / compared_);
        }
        return shown;
    }
    const std::array<std::vector<cv::Mat>, kWays.size()>& rows() const { return rows_; }

  private:
    static cv::Mat tile_of(const Frame& result, PosedFrame& posed) {
        posed.frame.image = AvFrame(av_frame_clone(result.image.get()));
        Warp nothing(nullptr, {});
        return dressed_tile(nothing, posed, kTileHeight);
    }

    std::string name_;
    std::array<std::unique_ptr<Warp>, kWays.size()> warps_;
    std::array<Mean, kWays.size()> by_class_, by_truth_;
    Mean flicker_, own_, beside_;
    std::array<std::vector<cv::Mat>, kWays.size()> rows_;
    cv::Mat last_, last_dressed_, last_removed_, restless_;
    int compared_ = 0;
};

cv::Mat truth_of(const std::filesystem::path& input) {
    const std::string stem = input.stem().string();
    std::vector<std::string> names{stem + "_garment_mask.png"};
    if (stem.ends_with("_person")) {
        names.push_back(stem.substr(0, stem.size() - 7) + "_worn.png");
    }
    for (const std::string& name : names) {
        const std::filesystem::path path = input.parent_path() / name;
        if (std::filesystem::exists(path)) {
            return cv::imread(path.string(), cv::IMREAD_GRAYSCALE) > 127;
        }
    }
    return {};
}

int run(const std::vector<std::string>& arguments) {
    const auto bar = std::find(arguments.begin(), arguments.end(), "--");
    const std::vector<std::string> garments(arguments.begin() + 2, bar);
    const std::string& prefix = arguments[1];
    PosedMedia media(arguments[0]);
    std::int64_t step = 10;
    fmt::print(
        "| input | garment | left, keep | cover | remove | of the truth, keep | cover | remove | "
        "flicker | own there | own beside | removed | left: sleeves, below, beside | came or went: "
        "arms, legs, below, beside, neck, all |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (auto input = std::next(bar); input != arguments.end(); ++input) {
        if (input->starts_with(':')) {
            step = std::max(std::atoi(input->c_str() + 1), 1);
            continue;
        }
        std::vector<Trial> trials;
        for (const std::string& garment : garments) {
            trials.emplace_back(garment);
        }
        const cv::Mat truth = truth_of(*input);
        media.each_frame(*input, [&](const PosedFrame& posed) {
            const cv::Mat old = upper_clothes(posed);
            for (Trial& trial : trials) {
                trial.add(posed, old, truth, prefix != "-" && posed.frame.index % step == 0);
            }
        });
        const std::string stem = std::filesystem::path(*input).stem().string();
        std::vector<std::vector<cv::Mat>> sheet(kWays.size());
        for (const Trial& trial : trials) {
            trial.report(stem);
            if (const cv::Mat restless = trial.restless(); prefix != "-" && !restless.empty()) {
                cv::imwrite(fmt::format("{}{}-{}-flicker.png", prefix, stem, trial.name()),
                            restless);
            }
            if (trial.rows()[0].size() > 1) {
                write_sheet(fmt::format("{}{}-{}.png", prefix, stem, trial.name()),
                            {trial.rows().begin(), trial.rows().end()});
                continue;
            }
            for (std::size_t row = 0; row < kWays.size(); ++row) {
                sheet[row].insert(sheet[row].end(), trial.rows()[row].begin(),
                                  trial.rows()[row].end());
            }
        }
        if (!sheet[0].empty()) {
            write_sheet(fmt::format("{}{}.png", prefix, stem), sheet);
        }
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() < 5 ||
        std::find(arguments.begin(), arguments.end(), "--") == arguments.end()) {
        fmt::print(stderr,
                   "usage: look_old_clothes PARSER OUT_PREFIX GARMENT... -- INPUT... [:STEP]\n");
        return 2;
    }
    try {
        return run(arguments);
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 1;
    }
}
