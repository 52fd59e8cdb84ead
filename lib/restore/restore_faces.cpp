#include "restore/restore_faces.h"

#include <algorithm>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "batch/view.h"
#include "core/color.h"
#include "core/error.h"
#include "core/log.h"
#include "core/state.h"
#include "infer/faces/mtcnn.h"
#include "pipeline/part_clock.h"
#include "pipeline/worker_pool.h"
#include "warp/occlusion/half_view.h"

namespace closet {
namespace {

void fade(Patch& patch, double opacity) {
    if (opacity < 1) {
        cv::Mat alpha;
        cv::extractChannel(patch.rgba, alpha, 3);
        alpha.convertTo(alpha, CV_8UC1, opacity);
        cv::insertChannel(alpha, patch.rgba, 3);
    }
}

/// Takes the ground beside the person out of a patch, where the pose has a mask. Masks are some
/// pixels off and hair is finer than they are: the edge lies a little outside, and is soft.
void leave_ground(Patch& patch, const PersonMask* mask, double side_px) {
    if (!occlusion::is_usable(mask)) {
        return;
    }
    constexpr int kStep = 2;
    cv::Mat person;
    occlusion::read_person(mask, patch.where, person, kStep);
    const int reach = 2 * static_cast<int>(side_px / RestoreFaces::kGroundEdge / kStep) + 1;
    cv::dilate(person, person, cv::getStructuringElement(cv::MORPH_ELLIPSE, {reach, reach}));
    cv::GaussianBlur(person, person, {reach, reach}, 0, 0, cv::BORDER_REPLICATE);
    cv::resize(person, person, patch.where.size(), 0, 0, cv::INTER_LINEAR);
    cv::Mat alpha;
    cv::extractChannel(patch.rgba, alpha, 3);
    cv::multiply(alpha, person, alpha, 1.0 / 255);
    cv::insertChannel(alpha, patch.rgba, 3);
}

/// A square with no width where the pose tells of no head.
cv::Rect2d head_of(const Pose& pose) {
    return head_square(pose.keypoints, pose.skeleton).value_or(cv::Rect2d());
}

}  // namespace

std::vector<Option> options_of(RestoreOptions& o) {
    const char* group = "Garment";
    return {
        {.names = flags::kRestoreFace,
         .group = group,
         .help = "paint the faces of those who are dressed anew: auto (those below the network's "
                 "512 pixels), always (larger ones too) or off",
         .value = &o.face,
         .placeholder = "WHEN"},
        {.names = flags::kRestoreModel,
         .group = group,
         .help = "network that does it: GFPGAN 1.2 to 1.4, by its name in the store or as a file",
         .value = &o.model},
    };
}

void check(const RestoreOptions& options) {
    if (options.face != restore_face::kOff && options.face != restore_face::kAuto &&
        options.face != restore_face::kAlways) {
        throw ConfigError(fmt::format("{} {} is none of {}, {} and {}", flags::kRestoreFace,
                                      options.face, restore_face::kAuto, restore_face::kAlways,
                                      restore_face::kOff));
    }
}

FaceTools load_face_tools(const RestoreOptions& options, const InferOptions& infer, bool serial,
                          unsigned cores) {
    check(options);
    const auto workers = std::make_shared<WorkerPool>(0);
    const auto detector = std::make_shared<const Mtcnn>(infer, *workers);
    const unsigned threads =
        serial ? 1 : std::max(1U, cores > 0 ? cores : std::thread::hardware_concurrency());
    return {.find = [workers, detector](
                        std::span<const HeadPlace> heads) { return find_faces(*detector, heads); },
            .restorer = make_face_restorer(options.model, infer, threads)};
}

RestoreFaces::RestoreFaces(const RestoreOptions& options, FaceTools tools)
    : options_(options), tools_(std::move(tools)) {}

/// The count of those that are left for the reason that a face is left for; null: it is restored.
std::int64_t* RestoreFaces::reason_to_leave(const FollowedFace& face) {
    if (!face.is_there()) {
        return &counts_.unseen;
    }
    if (face.eye_distance_px() < kLeastEyesPx) {
        return &counts_.small;
    }
    const bool is_large = face.aligned()->side_px() > tools_.restorer->side();
    return options_.face == restore_face::kAuto && is_large ? &counts_.large : nullptr;
}

/// The face anew; nothing where it is not in the picture or the network fails.
std::optional<Patch> RestoreFaces::restored(const cv::Mat& rgb, const AlignedFace& face) {
    const cv::Mat anew = tools_.restorer->restore(cut_face(rgb, face, tools_.restorer->side()));
    if (anew.empty()) {
        if (counts_.failed++ == 0) {
            log::warning("the network that restores faces gave no numbers: a face is left");
        }
        return std::nullopt;
    }
    return paste_face(anew, face, rgb.size());
}

std::vector<Patch> RestoreFaces::paint(const Frame& dressed, std::span<const Pose* const> people) {
    people_.begin_frame(dressed.seconds(), dressed.scene_start);
    std::vector<HeadPlace> heads;
    std::vector<const Pose*> shown;
    for (const Pose* pose : people) {
        if (const cv::Rect2d square = head_of(*pose); square.width > 0) {
            shown.push_back(pose);
            heads.push_back({nullptr, square});
        } else {
            ++counts_.unseen;
        }
    }
    if (shown.empty()) {
        return {};
    }
    const PartTimer timer(Part::kNetwork);
    const cv::Mat rgb = ViewMaker(1.0).make(dressed).rgb;
    for (HeadPlace& head : heads) {
        head.picture = &rgb;
    }
    const auto faces = tools_.find(heads);
    std::vector<Patch> patches;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const auto person = people_.of(*shown[i]);
        auto& [face, strength] = person.memory;
        const cv::Rect2d& square = heads[i].square;
        face.update(faces[i] ? &faces[i]->points : nullptr, (square.tl() + square.br()) / 2,
                    person.passed_s);
        std::int64_t* const left = reason_to_leave(face);
        const double step = person.is_new ? 1 : person.passed_s / kFadeS;
        strength = std::clamp(strength + (left == nullptr ? step : -step), 0.0, 1.0);
        if (strength <= 0) {
            *(left != nullptr ? left : &counts_.unseen) += 1;
            continue;
        }
        auto patch = restored(rgb, *face.aligned());
        if (!patch) {
            continue;
        }
        patch->is_native = sdr_curve(*dressed.image) == nullptr;
        leave_ground(*patch, shown[i]->mask.get(), face.aligned()->side_px());
        fade(*patch, strength * shown[i]->fade);
        ++counts_.restored;
        patches.push_back(*std::move(patch));
    }
    return patches;
}

void RestoreFaces::save_state(std::ostream& to) const {
    write_state(to, people_, counts_);
}

void RestoreFaces::load_state(std::istream& from) {
    read_state(from, people_, counts_);
}

}  // namespace closet
