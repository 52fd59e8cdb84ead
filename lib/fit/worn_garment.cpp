#include "fit/worn_garment.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "core/av_handles.h"
#include "core/error.h"
#include "core/log.h"
#include "infer/infer.h"
#include "infer/parse/parser.h"
#include "infer/pose_models.h"
#include "pipeline/worker_pool.h"
#include "warp/classes/person_classes.h"
#include "warp/garment/garment_picture.h"
#include "warp/garment/photo/photo_check.h"

namespace closet {
namespace {

constexpr int kMostInPhoto = 4;  ///< people that are looked for: one too many is enough
/// Of the largest person's size; who is smaller stands in the background.
constexpr double kAsLarge = 0.5;
/// Scores of BlazePose: people of the shared photos have presence 0.999 and noses 0.98 and more,
/// clothes that lie flat are taken for somebody with up to 0.85 of both.
constexpr float kSurePresence = 0.95F, kSureNose = 0.95F, kSeenShoulder = 0.5F;
/// Least share of the torso that the garment covers where one is seen at all.
constexpr double kLeastOnTorso = 0.1;
/// From here on holes by arms and hair deserve a word, of the torso.
constexpr double kMuchHidden = 0.1;
/// Of the largest part of the garment: less is a speck.
constexpr double kSpeck = 0.05;
/// Half the width of what is no cloth but an outline that went astray along hair or a chain, in
/// shoulder widths: straps of tops are wider.
constexpr double kWisp = 0.03;

bool looks_like_person(const Pose& pose) {
    return pose.score >= kSurePresence && pose.at(Joint::kNose).score >= kSureNose &&
           pose.at(Joint::kLeftShoulder).score >= kSeenShoulder &&
           pose.at(Joint::kRightShoulder).score >= kSeenShoulder;
}

double size_of(const Pose& pose) {
    return std::sqrt(double{pose.box.width} * double{pose.box.height});
}

AvFrame frame_of(const cv::Mat& rgb) {
    AvFrame frame = make_av_frame();
    frame->format = AV_PIX_FMT_RGB24;
    frame->width = rgb.cols;
    frame->height = rgb.rows;
    av_check(av_frame_get_buffer(frame.get(), 0), "cannot allocate a picture");
    for (int y = 0; y < rgb.rows; ++y) {
        std::memcpy(frame->data[0] + std::ptrdiff_t{y} * frame->linesize[0], rgb.ptr(y),
                    static_cast<std::size_t>(rgb.cols) * 3);
    }
    return frame;
}

/// Without wisps, and what is far smaller than its largest part.
void remove_specks(cv::Mat& mask, double unit) {
    const int radius = std::max(1, cvRound(kWisp * unit));
    const cv::Mat disk =
        cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * radius + 1, 2 * radius + 1});
    cv::Mat body, parts, stats, centroids;
    cv::morphologyEx(mask > 127, body, cv::MORPH_OPEN, disk);
    const int count = cv::connectedComponentsWithStats(body, parts, stats, centroids, 8);
    int largest = 0;
    for (int i = 1; i < count; ++i) {
        largest = std::max(largest, stats.at<int>(i, cv::CC_STAT_AREA));
    }
    for (int i = 1; i < count; ++i) {
        if (stats.at<int>(i, cv::CC_STAT_AREA) < kSpeck * largest) {
            body.setTo(0, parts == i);
        }
    }
    // Its edge is softer than the opened one.
    cv::dilate(body, body, cv::Mat::ones(3, 3, CV_8UC1));
    mask.setTo(0, body == 0);
}

/// The quadrangle of shoulder and hip joints.
cv::Mat torso_of(const BodyFrame& body, cv::Size size) {
    std::vector<cv::Point> corners;
    for (const cv::Point2d& corner :
         {body.shoulder[0], body.shoulder[1], body.hip[1], body.hip[0]}) {
        corners.emplace_back(cvRound(corner.x), cvRound(corner.y));
    }
    cv::Mat torso(size, CV_8UC1, cv::Scalar(0));
    cv::fillConvexPoly(torso, corners, cv::Scalar(255));
    return torso;
}

}  // namespace

std::optional<PhotoPerson> find_photo_person(const cv::Mat& rgb, const InferOptions& infer) {
    PhotoPerson person;
    person.rgb = rgb;
    const double scale = static_cast<double>(kCutOutSide) / std::max(rgb.cols, rgb.rows);
    if (scale < 1) {
        cv::resize(rgb, person.rgb, {}, scale, scale, cv::INTER_AREA);
    }
    InferOptions options = infer;
    options.masks = true;
    options.max_people = kMostInPhoto;
    validate(options);
    WorkerPool workers(0);
    std::shared_ptr<PersonParser> parser = make_parser(options, workers);
    person.parser = parser ? parser->name() : std::string();
    const std::shared_ptr<PoseModel> model = make_pose_model(options, workers);
    Infer look(model,
               options.detector.empty() ? nullptr
                                        : make_person_detector(options.detector, options, workers),
               std::move(parser), options);
    const View view{person.rgb, cv::Matx23d::eye()};
    const StreamView only{.view = &view, .scene_start = true};
    std::vector<Pose> people = std::move(look.follow({&only, 1}).front());
    std::erase_if(people, [](const Pose& pose) { return !looks_like_person(pose); });
    if (people.empty()) {
        return std::nullopt;
    }
    const auto largest =
        std::max_element(people.begin(), people.end(),
                         [](const Pose& a, const Pose& b) { return size_of(a) < size_of(b); });
    const double most = size_of(*largest);
    person.others = static_cast<std::size_t>(
        std::count_if(people.begin(), people.end(),
                      [&](const Pose& pose) { return size_of(pose) >= kAsLarge * most; }) -
        1);
    person.pose = *largest;
    return person;
}

WornGarment find_worn_garment(const PhotoPerson& person, const std::string& name) {
    if (person.others > 0) {
        throw ConfigError(
            fmt::format("{} shows {} people: crop it to the one who wears the garment", name,
                        person.others + 1));
    }
    const Wearer wearer(person.pose);
    const AvFrame frame = frame_of(person.rgb);
    ClassFinder finder;
    finder.begin_frame(0, true);
    const PersonClasses* classes = finder.find(wearer, *frame);
    const std::string remedy = fmt::format(
        "take a photo in which the person stands upright and faces the camera, or give its outline "
        "with {}",
        flags::kMask);
    if (classes == nullptr) {
        throw ConfigError(fmt::format("{} shows a person on whom {} sees no clothes: {}", name,
                                      person.parser.empty() ? "no network" : person.parser,
                                      remedy));
    }
    const cv::Size size = person.rgb.size();
    const auto at_photo = [&](Surface surface) {
        cv::Mat plane;
        cv::warpAffine(classes->of(surface), plane, classes->classes_from_shown, size,
                       cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT, cv::Scalar(0));
        return plane;
    };
    WornGarment worn{.mask = at_photo(Surface::kUpperClothes)};
    remove_specks(worn.mask, wearer.body->unit);
    const cv::Mat torso = torso_of(*wearer.body, size);
    const double whole = std::max(1, cv::countNonZero(torso));
    if (cv::countNonZero(torso & (worn.mask > 127)) < kLeastOnTorso * whole) {
        throw ConfigError(
            fmt::format("{} shows a person on whom {} sees nothing worn on the upper "
                        "body: {}",
                        name, person.parser, remedy));
    }
    const cv::Mat front = at_photo(Surface::kSkin) + at_photo(Surface::kHair);
    worn.hidden = cv::countNonZero(torso & (front > 127)) / whole;
    const double detail = std::min(classes->classes_from_shown(0, 0), 1.0);
    worn.side = std::max(1, cvRound(detail * std::max(size.width, size.height)));
    return worn;
}

std::optional<WornCutting> cut_out_worn(const std::filesystem::path& photo,
                                        const InferOptions& infer, Asked asked) {
    const bool is_asked = asked == Asked::kYes;
    const cv::Mat rgb = read_garment_picture(photo);
    if (infer.parser == parser_names::kNone || rgb.channels() != 3) {
        return std::nullopt;
    }
    const std::string name = fmt::format("the garment photo {}", photo.string());
    std::optional<PhotoPerson> person;
    try {
        person = find_photo_person(rgb, infer);
    } catch (const ModelError&) {
        if (is_asked) {
            throw;
        }
        return std::nullopt;  // networks for poses are not needed for photos without people
    }
    if (!person) {
        if (is_asked) {
            throw ConfigError(fmt::format(
                "{} shows nobody who wears the garment: leave {} out for a garment by itself", name,
                flags::kParser));
        }
        return std::nullopt;
    }
    if (person->parser.empty()) {
        log::warning(
            "{} shows a person, and no network is here that tells their clothes apart; get some "
            "with `closet models fetch parser`",
            name);
        return std::nullopt;
    }
    WornGarment worn = find_worn_garment(*person, name);
    WornCutting cutting;
    if (worn.hidden > kMuchHidden) {
        cutting.warnings.push_back(
            fmt::format("arms or hair lie in front of it and leave holes in {:.0f} % of the torso",
                        100 * worn.hidden));
    }
    cutting.parser = person->parser;
    cutting.options.cutting = Cutting::kFinder;
    cutting.options.finder = [found = GarmentFinder{
                                  .name = person->parser,
                                  .side = worn.side,
                                  .find =
                                      [mask = worn.mask](const cv::Mat& seen) {
                                          cv::Mat resized;
                                          cv::resize(mask, resized, seen.size());
                                          return resized;
                                      },
                                  .is_worn = true,
                              }]() { return std::optional(found); };
    return cutting;
}

}  // namespace closet
