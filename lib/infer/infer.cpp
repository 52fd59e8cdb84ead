#include "infer/infer.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "core/picture_geometry.h"
#include "core/state.h"
#include "infer/parse/silhouette.h"
#include "infer/pose_models.h"
#include "infer/run/device.h"
#include "models/networks/key_report.h"
#include "pipeline/part_clock.h"

namespace closet {
namespace {

constexpr double kMostStreams = 32;  // LibTorch's pool of streams per priority
constexpr double kMostPeople = 100;  // a crowd; beyond, people are too small to be dressed

/// From view pixels to shown pixels. Depth scales with the picture.
Keypoint to_shown(const Keypoint& point, const cv::Matx23d& shown_from_view) {
    const cv::Point2d place = apply(shown_from_view, {point.x, point.y});
    const double scale =
        std::sqrt(std::abs(cv::determinant(shown_from_view.get_minor<2, 2>(0, 0))));
    return {static_cast<float>(place.x), static_cast<float>(place.y),
            static_cast<float>(point.z * scale), point.score};
}

/// True when a cut lies after frame `before` (exclusive) and not after frame `key`.
bool cut_between(const FrameBatch& batch, std::size_t before, std::size_t key) {
    const auto frame = [&](std::size_t i) {
        return batch.frames.begin() + static_cast<std::ptrdiff_t>(i);
    };
    return std::any_of(frame(before), frame(key + 1),
                       [](const Frame& each) { return each.scene_start; });
}

}  // namespace

std::vector<Option> options_of(InferOptions& o) {
    const char* group = "Pose";
    return {
        {.names = flags::kModel,
         .group = group,
         .help = "pose network; `closet doctor` lists them",
         .value = &o.model,
         .environment = "CLOSET_MODEL"},
        {.names = flags::kDetector,
         .group = group,
         .help = "network that finds people, or its checkpoint; else the model's own, and where "
                 "that finds nobody rtmdet-nano or bodypix, where one is fetched",
         .value = &o.detector},
        {.names = "--detect-every",
         .group = group,
         .help = "seconds between looks for new people; 0: every key frame",
         .value = &o.detect_every_s,
         .range = {0, 60}},
        {.names = flags::kFlipTest,
         .group = group,
         .help = "rtmpose and hrnet look at the mirror image too, and both count: twice the work",
         .value = &o.flip_test},
        {.names = flags::kSilhouette,
         .group = group,
         .help = "network that tells a person from the ground, or its file; auto: what the pose "
                 "network itself says, if anything; none: not even that",
         .value = &o.silhouette},
        parser_option(o.parser),
        {.names = "--parse-every",
         .group = group,
         .help = "seconds between their looks at a person; 0: every key frame",
         .value = &o.parse_every_s,
         .range = {0, 10}},
        {.names = flags::kFaceModel,
         .group = group,
         .help = "network that tells faces apart, or its file; for a person chosen by a face",
         .value = &o.face_model},
        {.names = flags::kAllowPartial,
         .group = group,
         .help = "take a checkpoint that lacks some of the network's weights",
         .value = &o.allow_partial},
        {.names = flags::kDevice,
         .group = group,
         .help = "auto, cpu or cuda[:N]",
         .value = &o.device,
         .environment = "CLOSET_DEVICE"},
        {.names = flags::kPrecision,
         .group = group,
         .help = "auto, fp32, fp16 (CUDA), bf16 (CPU with bf16) or int8 (CPU, pose networks)",
         .value = &o.precision},
        {.names = "--streams",
         .group = group,
         .help = "CUDA streams in flight",
         .value = &o.streams,
         .range = {1, kMostStreams}},
    };
}

Option parser_option(std::string& parser) {
    return {.names = flags::kParser,
            .group = "Pose",
            .help =
                "networks that tell cloth, skin, hair and parts of the body, joined by +; auto "
                "takes what is fetched, none does without",
            .value = &parser};
}

Option max_people_option(std::optional<int>& max_people) {
    return {.names = flags::kMaxPeople,
            .group = "Pose",
            .help = "people followed at a time, the largest ones",
            .value = &max_people,
            .range = {1, kMostPeople}};
}

void validate(const InferOptions& options) {
    choose_precision(options.precision, choose_device(options.device));
    if (options.min_presence && !(*options.min_presence >= 0.0F && *options.min_presence <= 1.0F)) {
        throw ConfigError(
            fmt::format("a least presence of {} is not between 0 and 1", *options.min_presence));
    }
    check_ranges_of(options);
    std::optional<int> max_people = options.max_people;
    check_ranges({max_people_option(max_people)});
    known_pose_model(options.model);
    if (!options.detector.empty()) {
        check_person_detector(options.detector);
    }
    check_parser(options.parser);
    check_silhouette(options.silhouette);
}

Infer::Infer(const InferOptions& options, WorkerPool& workers)
    : Infer((validate(options), make_pose_model(options, workers)),
            options.detector.empty() ? nullptr
                                     : make_person_detector(options.detector, options, workers),
            make_parser(options, workers), options) {}

Infer::Infer(std::shared_ptr<PoseModel> model, std::shared_ptr<PersonDetector> detector,
             std::shared_ptr<PersonParser> parser, const InferOptions& options,
             std::shared_ptr<const FaceQuery> face)
    : model_(std::move(model)),
      detector_(std::move(detector)),
      tracker_(make_tracker(*model_, detector_.get(), options)),
      face_(std::move(face)),
      masks_every_s_(options.masks_every_s) {
    if (parser != nullptr) {
        labels_.emplace(std::move(parser), options.parse_every_s);
    }
    if (face_ != nullptr) {
        wanted_.emplace(face_->threshold());
    }
}

Infer::Tracker Infer::make_tracker(PoseModel& model, PersonDetector* detector,
                                   const InferOptions& options) {
    const float min_presence = options.min_presence.value_or(model.least_presence());
    if (detector == nullptr && options.max_people == 1) {
        return PersonTracker(model, min_presence);
    }
    return PeopleTracker(model, detector,
                         {.min_presence = min_presence,
                          .detect_every_s = options.detect_every_s,
                          .max_people = options.max_people});
}

const TrackerCounts& Infer::counts() const {
    return std::visit([](const auto& tracker) -> const TrackerCounts& { return tracker.counts(); },
                      tracker_);
}

std::vector<std::vector<Tracked>> Infer::track(std::span<const TimedView> views) {
    std::vector<TimedView> marked(views.begin(), views.end());
    for (TimedView& view : marked) {
        view.outlines = view.scene_start || is_due(view.time_s, outlines_due_s_, masks_every_s_) ||
                        (labels_ && labels_->is_turn(view.time_s));  // parsers see more with them
        outlines_due_s_ = view.outlines ? due_after(view.time_s, outlines_due_s_, masks_every_s_)
                                        : outlines_due_s_;
    }
    if (auto* several = std::get_if<PeopleTracker>(&tracker_)) {
        return several->follow(marked);
    }
    std::vector<std::vector<Tracked>> people;
    for (std::optional<Tracked>& person : std::get<PersonTracker>(tracker_).follow(marked)) {
        people.emplace_back();
        if (person) {
            people.back().push_back(std::move(*person));
        }
    }
    return people;
}

Examiner& Infer::examiner() {
    return std::visit([](auto& tracker) -> Examiner& { return tracker.examiner(); }, tracker_);
}

/// The poses of the people found in a view.
std::vector<Pose> Infer::see(const StreamView& view, std::vector<Tracked> people) {
    const std::optional<int> wanted = find_wanted(view, people);
    const PartTimer timer(Part::kUpscale);
    std::vector<Pose> poses;
    motion_.look_at(view.view->rgb, view.scene_start);
    for (Tracked& person : people) {
        std::vector<float> moved =
            motion_.moved(person.person_id, person.estimate.keypoints, model_->skeleton());
        poses.push_back(make_pose(person, view.view->shown_from_view));
        poses.back().moved = std::move(moved);
        poses.back().is_wanted = wanted == poses.back().person_id;
    }
    return poses;
}

std::vector<std::vector<Pose>> Infer::follow(std::span<const StreamView> views) {
    std::vector<TimedView> timed;
    for (const StreamView& each : views) {
        timed.push_back({&each.view->rgb, each.time_s, each.scene_start});
    }
    std::vector<std::vector<Pose>> poses;
    for (std::vector<Tracked>& people : track(timed)) {
        poses.push_back(see(views[poses.size()], std::move(people)));
    }
    if (labels_) {
        std::vector<LabelPeople::Seen> seen;
        for (std::size_t i = 0; i < poses.size(); ++i) {
            seen.push_back({views[i].view, views[i].time_s, views[i].scene_start, &poses[i]});
        }
        labels_->label(seen);
    }
    return poses;
}

/// Reads the views of `now` that need it, and forgets the others.
void Infer::read(Posed& now) {
    std::vector<TimedView> timed;
    std::vector<KeyNeed> needs;
    for (const StreamView& each : now.views) {
        needs.push_back(now.batch.keys[timed.size()].need);
        timed.push_back({&each.view->rgb, each.time_s, each.scene_start});
    }
    using Outcome = NeededReadings::Outcome;
    auto results =
        needed_.read(timed, needs, examiner(), std::holds_alternative<PeopleTracker>(tracker_),
                     [this](std::span<const TimedView> views) { return track(views); });
    std::vector<LabelPeople::Seen> unlabeled;
    const auto label = [&] {
        if (labels_) {
            labels_->label(unlabeled);
            unlabeled.clear();
        }
    };
    std::size_t kept = 0;
    now.poses.reserve(results.size());  // `unlabeled` points there
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (results[i].outcome == Outcome::kSkipped) {
            continue;
        }
        std::swap(now.batch.keys[kept], now.batch.keys[i]);
        now.views[kept] = now.views[i];
        now.views[kept].view = &now.batch.keys[kept].view;
        const StreamView& view = now.views[kept++];
        if (results[i].outcome == Outcome::kSame) {
            label();  // of the view that this one is the same as
        }
        now.poses.push_back(results[i].outcome == Outcome::kSame
                                ? now.poses.empty() ? last_ : now.poses.back()
                                : see(view, std::move(results[i].people)));
        if (results[i].outcome == Outcome::kSame) {
            for (Pose& pose : now.poses.back()) {
                std::fill(pose.moved.begin(), pose.moved.end(), 0.0F);
            }
        }
        unlabeled.push_back({view.view, view.time_s, view.scene_start, &now.poses.back()});
    }
    label();
    now.views.resize(kept);
    now.batch.keys.resize(kept);
    if (!now.poses.empty()) {
        last_ = now.poses.back();
    }
}

/// Who of the people in a view is the wanted person; nobody where none is wanted.
std::optional<int> Infer::find_wanted(const StreamView& view, const std::vector<Tracked>& people) {
    if (!wanted_) {
        return std::nullopt;
    }
    const PartTimer timer(Part::kNetwork);
    if (view.scene_start) {
        wanted_->start_scene();
    }
    std::vector<FollowedPerson> followed;
    for (const Tracked& person : people) {
        followed.push_back({person.person_id, enclosing_box(person.estimate.keypoints)});
    }
    const std::vector<int> due = wanted_->see(followed, view.time_s);
    std::vector<HeadPlace> heads;
    std::vector<int> head_of;
    for (const Tracked& person : people) {
        if (std::find(due.begin(), due.end(), person.person_id) == due.end()) {
            continue;
        }
        if (const auto square = head_square(person.estimate.keypoints, model_->skeleton())) {
            heads.push_back({&view.view->rgb, *square});
            head_of.push_back(person.person_id);
        } else {
            wanted_->vote(person.person_id, view.time_s, std::nullopt);
        }
    }
    const std::vector<std::optional<SeenFace>> faces = face_->reader->read(heads);
    for (std::size_t i = 0; i < faces.size(); ++i) {
        wanted_->vote(head_of[i], view.time_s,
                      faces[i] ? std::optional(similarity(faces[i]->embedding, face_->embedding))
                               : std::nullopt);
    }
    wanted_->decide();
    return wanted_->wanted();
}

void Infer::process(FrameBatch batch, const Emit<PosedBatch>& emit) {
    Posed now{std::move(batch), {}, {}};
    std::size_t next = 0;  // first frame after the key frame before
    for (const FrameBatch::Key& key : now.batch.keys) {
        now.views.push_back({.view = &key.view,
                             .time_s = now.batch.frames.at(key.frame).seconds(),
                             .scene_start = cut_between(now.batch, next, key.frame)});
        next = key.frame + 1;
    }
    if (std::any_of(now.batch.keys.begin(), now.batch.keys.end(),
                    [](const auto& key) { return key.need != KeyNeed::kAlways; })) {
        read(now);
    } else {
        now.poses = follow(now.views);
    }
    look_back(now);
    const bool anybody = std::any_of(now.poses.begin(), now.poses.end(),
                                     [](const auto& people) { return !people.empty(); });
    const double last_s = now.batch.frames.empty() ? 0 : now.batch.frames.back().seconds();
    empty_.push_back(std::move(now));
    if (anybody) {
        release(emit, empty_.size());
        return;
    }
    std::size_t frames = 0, kept = 0;
    while (kept < empty_.size()) {
        const Posed& one = empty_[empty_.size() - 1 - kept];
        frames += one.batch.frames.size();
        if (frames > kMostLookBackFrames ||
            (!one.views.empty() && last_s - one.views.back().time_s > kMostLookBackS)) {
            break;
        }
        ++kept;
    }
    release(emit, empty_.size() - kept);
}

void Infer::flush(const Emit<PosedBatch>& emit) {
    release(emit, empty_.size());
}

void Infer::save_state(std::ostream& to) const {
    write_state(to, *this);
}

void Infer::load_state(std::istream& from) {
    read_state(from, *this);
}

/// Emits the first `count` batches of those held back. Returns false when downstream is gone.
bool Infer::release(const Emit<PosedBatch>& emit, std::size_t count) {
    for (; count > 0; --count) {
        Posed& first = empty_.front();
        PosedBatch posed;
        for (std::size_t i = 0; i < first.poses.size(); ++i) {
            posed.keys.push_back({first.batch.keys[i].frame, std::move(first.poses[i])});
        }
        posed.frames = std::move(first.batch.frames);
        empty_.pop_front();
        if (!emit(std::move(posed))) {
            return false;
        }
    }
    return true;
}

/// Looks for those who are found in `now`, after nobody was, in the views before.
void Infer::look_back(Posed& now) {
    std::vector<std::pair<const StreamView*, std::vector<Pose>*>> before;
    for (Posed& one : empty_) {
        for (std::size_t i = 0; i < one.views.size(); ++i) {
            before.emplace_back(&one.views[i], &one.poses[i]);
        }
    }
    std::size_t first = 0;
    while (first < now.poses.size() && now.poses[first].empty()) {
        before.emplace_back(&now.views[first], &now.poses[first]);
        ++first;
    }
    if (first == now.poses.size() || now.views[first].scene_start) {
        return;
    }
    std::vector<TimedView> latest_first;
    for (auto it = before.rbegin(); it != before.rend(); ++it) {
        const StreamView& view = *it->first;
        if (now.views[first].time_s - view.time_s > kMostLookBackS ||
            view.view->rgb.size() != now.views[first].view->rgb.size()) {
            break;
        }
        latest_first.push_back({&view.view->rgb, view.time_s, false});
        if (view.scene_start) {
            break;
        }
    }
    if (latest_first.empty()) {
        return;
    }
    const StreamView& when = now.views[first];
    const cv::Matx23d view_from_shown = inverse(when.view->shown_from_view);
    for (const Pose& pose : now.poses[first]) {
        std::vector<Keypoint> keypoints;
        for (const Keypoint& point : pose.keypoints) {
            keypoints.push_back(to_shown(point, view_from_shown));
        }
        const Region region =
            model_->region_of_box(enclosing_box(keypoints), when.view->rgb.size());
        if (!is_usable(region, when.view->rgb.size())) {
            continue;
        }
        auto found = examiner().look_back(latest_first, {region, keypoints, when.time_s});
        for (std::size_t i = 0; i < found.size(); ++i) {
            const auto& [view, poses] = before[before.size() - 1 - i];
            poses->push_back(
                make_pose({std::move(found[i]), pose.person_id}, view->view->shown_from_view));
            poses->back().is_wanted = pose.is_wanted;
        }
    }
}

Pose Infer::make_pose(const Tracked& tracked, const cv::Matx23d& shown_from_view) {
    const PoseEstimate& estimate = tracked.estimate;
    Pose pose;
    pose.skeleton = model_->skeleton();
    pose.score = estimate.presence;
    pose.person_id = tracked.person_id;
    pose.origin = PoseOrigin::kMeasured;
    for (const Keypoint& point : estimate.keypoints) {
        pose.keypoints.push_back(to_shown(point, shown_from_view));
    }
    pose.box = enclosing_box(pose.keypoints);
    if (!estimate.mask.empty()) {
        pose.mask = std::make_shared<const PersonMask>(
            PersonMask{estimate.mask, compose(estimate.mask_from_view, inverse(shown_from_view))});
    }
    return pose;
}

}  // namespace closet
