// What comes in front of garments, on pictures of people whose garment's true silhouette is known:
// tables of pixels that are wrongly covered and wrongly cut, without and with a parser's labels.
//   front_figures PAIRS LABELS SHEETS
// PAIRS holds <id>_person.*, <id>_cloth.* and <id>_worn.png. SHEETS is a folder for pictures.

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "decode/pixel_convert.h"
#include "figures/posed_media.h"
#include "figures/sheet.h"
#include "figures/silhouette.h"
#include "warp/classes/person_classes.h"
#include "warp/garment/garment_file.h"
#include "warp/warp.h"

namespace closet::figures {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<PersonLabels> read_label_file(const fs::path& path, cv::Size frame) {
    const cv::Mat all = cv::imread(path.string(), cv::IMREAD_GRAYSCALE);
    if (all.empty()) {
        throw Error("cannot read " + path.string());
    }
    auto labels = std::make_shared<PersonLabels>();
    const int rows = all.rows / static_cast<int>(kLabelCount);
    for (std::size_t i = 0; i < 11; ++i) {
        labels->probability[i] =
            all.rowRange(static_cast<int>(i) * rows, static_cast<int>(i + 1) * rows).clone();
    }
    const double sx = static_cast<double>(all.cols) / frame.width;
    const double sy = static_cast<double>(rows) / frame.height;
    labels->labels_from_shown = {sx, 0, 0.5 * sx - 0.5, 0, sy, 0.5 * sy - 0.5};
    return labels;
}

cv::Mat class_picture(const PersonClasses& classes, cv::Size size, cv::Mat* upper) {
    std::array<cv::Mat, kSurfaceCount> planes;
    for (std::size_t c = 0; c < kSurfaceCount; ++c) {
        cv::warpAffine(classes.probability[c], planes[c], classes.classes_from_shown, size,
                       cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT,
                       c == 0 ? 255 : 0);
    }
    const cv::Vec3b colors[]{
        {60, 60, 60}, {140, 180, 255}, {40, 90, 160}, {80, 220, 80}, {255, 120, 60}};
    cv::Mat out(size, CV_8UC3);
    if (upper != nullptr) {
        upper->create(size, CV_8UC1);
    }
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            cv::Vec3f mean{};
            std::size_t best = 0;
            for (std::size_t c = 0; c < kSurfaceCount; ++c) {
                mean += cv::Vec3f(colors[c]) * (planes[c].at<std::uint8_t>(y, x) / 255.0F);
                best = planes[c].at<std::uint8_t>(y, x) > planes[best].at<std::uint8_t>(y, x)
                           ? c
                           : best;
            }
            out.at<cv::Vec3b>(y, x) = mean;
            if (upper != nullptr) {
                upper->at<std::uint8_t>(y, x) = best == 3 ? 255 : 0;
            }
        }
    }
    return out;
}

struct Counts {
    std::array<int, 4> covered{};  // hair, hand, forearm, face
    int cut = 0, worn = 0;
};

cv::Mat plane_of(const PersonLabels& labels, Label label, cv::Size size) {
    cv::Mat out;
    cv::warpAffine(labels.of(label), out, labels.labels_from_shown, size,
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT, 0);
    return out > 127;
}

Counts count(const PosedFrame& posed, const PersonLabels& labels, const cv::Mat& matte,
             const cv::Mat& whole, const cv::Mat& truth) {
    const cv::Size size = matte.size();
    cv::Mat wide, narrow;
    const cv::Mat element = cv::getStructuringElement(cv::MORPH_ELLIPSE, {5, 5});
    cv::dilate(truth, wide, element);
    cv::erode(truth, narrow, element);
    const cv::Mat hair = plane_of(labels, Label::kHair, size);
    const cv::Mat hand = plane_of(labels, Label::kHand, size) & ~hair;
    const cv::Mat fore = plane_of(labels, Label::kLowerArm, size) &
                         plane_of(labels, Label::kSkin, size) & ~hair & ~hand;
    const cv::Mat face = plane_of(labels, Label::kFace, size) & ~hair;
    const cv::Mat painted = matte > 127;
    Counts c;
    std::size_t k = 0;
    for (const cv::Mat& region : {hair, hand, fore, face}) {
        c.covered[k++] = cv::countNonZero(painted & ~wide & region);
    }
    c.cut = cv::countNonZero(narrow & whole & ~painted);
    c.worn = cv::countNonZero(truth);
    (void)posed;
    return c;
}

cv::Mat bgr_of(const Frame& frame) {
    PixelConvert convert;
    const AvFrame bgr = convert(*frame.image, {.format = AV_PIX_FMT_BGR24});
    return cv::Mat(bgr->height, bgr->width, CV_8UC3, bgr->data[0],
                   static_cast<std::size_t>(bgr->linesize[0]))
        .clone();
}

int run(const std::vector<std::string>& arguments) {
    const fs::path folder = arguments.at(0), label_folder = arguments.at(1),
                   sheets = arguments.at(2);
    PosedMedia media;
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string stem = entry.path().stem().string();
        if (stem.ends_with("_person") || stem.starts_with("person_0") ||
            stem.starts_with("full_")) {
            if (!stem.ends_with("_mask") && !stem.ends_with("_parse"))
                paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) {
        media.each_frame(path.string(), [&](PosedFrame posed) {
            const cv::Size size = geometry_of(posed.frame).shown;
            posed.poses.at(0).labels =
                read_label_file(label_folder / (path.stem().string() + ".png"), size);
            cv::setNumThreads(1);
            ClassFinder finder;
            finder.begin_frame(0, true);
            const double begin = static_cast<double>(std::clock());
            const Wearer wearer(posed.poses[0]);
            const PersonClasses* classes = finder.find(
                wearer, occlusion::ShownPicture(*posed.frame.image, posed.frame.orientation));
            const double first = static_cast<double>(std::clock());
            double least = 1e9;
            for (int i = 0; i < 20; ++i) {
                const double t = static_cast<double>(std::clock());
                finder.begin_frame(0.001 * i, false);
                finder.find(wearer,
                            occlusion::ShownPicture(*posed.frame.image, posed.frame.orientation));
                least = std::min(least, static_cast<double>(std::clock()) - t);
            }
            const double ms = 1000.0 / CLOCKS_PER_SEC;
            if (classes == nullptr)
                throw Error("no classes");
            cv::Mat upper;
            const cv::Mat picture = class_picture(*classes, size, &upper);
            const std::string id = path.stem().string();
            const fs::path truth_path = id.ends_with("_person")
                                            ? folder / (id.substr(0, 5) + "_worn.png")
                                            : folder / (id + "_garment_mask.png");
            const cv::Mat truth = cv::imread(truth_path.string(), cv::IMREAD_GRAYSCALE);
            double iou = 0;
            if (!truth.empty()) {
                const cv::Mat t = truth > 127;
                iou =
                    static_cast<double>(cv::countNonZero(t & upper)) / cv::countNonZero(t | upper);
            }
            fmt::print("{} iou {:.4f} grid {}x{} first {:.2f} ms next {:.2f} ms\n", id, iou,
                       classes->probability[0].cols, classes->probability[0].rows,
                       (first - begin) * ms, least * ms);
            PixelConvert convert;
            const AvFrame bgr = convert(*posed.frame.image, {.format = AV_PIX_FMT_BGR24});
            const cv::Mat own(bgr->height, bgr->width, CV_8UC3, bgr->data[0],
                              static_cast<std::size_t>(bgr->linesize[0]));
            cv::Mat both;
            cv::hconcat(own, picture, both);
            if (!truth.empty()) {
                cv::Mat err = own / 2;
                err.setTo(cv::Scalar(255, 0, 255), (truth < 128) & upper);
                err.setTo(cv::Scalar(0, 255, 0), (truth > 127) & ~upper);
                cv::hconcat(both, err, both);
            }
            cv::imwrite((sheets / (id + "_classes.png")).string(), both);
            std::vector<fs::path> cloths;
            if (id.ends_with("_person")) {
                for (const char* e : {".jpg", ".png"}) {
                    const fs::path c = folder / (id.substr(0, 5) + "_cloth" + e);
                    if (fs::exists(c))
                        cloths.push_back(c);
                }
            }
            for (std::size_t i = 3; i < arguments.size(); ++i)
                cloths.push_back(arguments[i]);
            PosedFrame plain = another(posed);
            plain.poses[0].labels = nullptr;
            for (const fs::path& cloth : cloths) {
                const auto garment = load_garment(cloth);
                std::array<cv::Mat, 2> mattes;
                std::vector<cv::Mat> tiles{own};
                const cv::Mat whole = silhouette(*make_warp("mesh", garment), posed);
                for (int after = 0; after < 2; ++after) {
                    cv::Mat& matte = mattes[static_cast<std::size_t>(after)];
                    matte = cv::Mat::zeros(size, CV_8UC1);
                    Warp warp(garment, {});
                    const Frame frame = warp.dress(another(after ? posed : plain), &matte);
                    tiles.push_back(bgr_of(frame));
                }
                cv::Mat changed = tiles[1] / 2 + 60;
                changed.setTo(cv::Scalar(255, 0, 255), (mattes[0] > 127) & (mattes[1] < 128));
                changed.setTo(cv::Scalar(0, 255, 0), (mattes[1] > 127) & (mattes[0] < 128));
                tiles.push_back(changed);
                if (!truth.empty() && cloth == cloths[0]) {
                    const Counts a =
                        count(posed, *posed.poses[0].labels, mattes[0], whole, truth > 127);
                    const Counts b =
                        count(posed, *posed.poses[0].labels, mattes[1], whole, truth > 127);
                    fmt::print(
                        "{} covered hair {} {} hand {} {} forearm {} {} face {} {} cut {} {} of "
                        "{}\n",
                        id.substr(0, 5), a.covered[0], b.covered[0], a.covered[1], b.covered[1],
                        a.covered[2], b.covered[2], a.covered[3], b.covered[3], a.cut, b.cut,
                        a.worn);
                }
                cv::Mat row;
                cv::hconcat(tiles, row);
                cv::imwrite(
                    (sheets / fmt::format("{}__{}_front.png", id, cloth.stem().string())).string(),
                    row);
            }
        });
    }
    return 0;
}

}  // namespace
}  // namespace closet::figures

int main(int argc, char** argv) {
    try {
        return closet::figures::run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 1;
    }
}
