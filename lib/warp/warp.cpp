#include "warp/warp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "core/av_compat.h"
#include "core/device_picture.h"
#include "core/error.h"
#include "core/frame_packer.h"
#include "core/log.h"
#include "pipeline/part_clock.h"
#include "warp/mesh/drawing.h"
#include "warp/occlusion/protect_face.h"
#include "warp/paint/skeleton_overlay.h"

namespace closet {
namespace {

/// From here on a top that is tucked in auto goes under what is on the legs.
constexpr double kTuckedFrom = 0.5;

void check_share(std::string_view what, float value) {
    if (!(value >= 0.0F && value <= 1.0F)) {
        throw ConfigError(fmt::format("{} is {}, but must lie between 0 and 1", what, value));
    }
}

void scale_alpha(cv::Mat& rgba, float opacity) {
    std::array<std::uint8_t, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
        table[i] = static_cast<std::uint8_t>(std::lround(static_cast<float>(i) * opacity));
    }
    for (int y = 0; y < rgba.rows; ++y) {
        auto* row = rgba.ptr<cv::Vec4b>(y);
        for (int x = 0; x < rgba.cols; ++x) {
            row[x][3] = table[row[x][3]];
        }
    }
}

/// Multiplies a patch's alpha by what a matte of the frame's size leaves.
void take_out(Patch& patch, const cv::Mat& matte) {
    const cv::Rect where = patch.where & cv::Rect({0, 0}, matte.size());
    for (int y = where.y; y < where.br().y; ++y) {
        const std::uint8_t* painted = matte.ptr<std::uint8_t>(y) + where.x;
        auto* row = patch.rgba.ptr<cv::Vec4b>(y - patch.where.y) + (where.x - patch.where.x);
        for (int x = 0; x < where.width; ++x) {
            row[x][3] = static_cast<std::uint8_t>((row[x][3] * (255 - painted[x]) + 127) / 255);
        }
    }
}

/// Adds a patch's alpha to that of those below it.
void add_alpha(Removal::UncutAlpha& sum, const Patch& patch) {
    const cv::Rect all = sum.where | patch.where;
    cv::Mat alpha(all.size(), CV_8UC1, cv::Scalar(0));
    if (!sum.where.empty()) {
        sum.alpha.copyTo(alpha(sum.where - all.tl()));
    }
    cv::Mat own, part = alpha(patch.where - all.tl());
    cv::extractChannel(patch.rgba, own, 3);
    cv::max(part, own, part);
    sum = {all, alpha};
}

/// Those of whom something is to be seen.
std::vector<const Pose*> far_to_near(const std::vector<Pose>& poses) {
    std::vector<const Pose*> order;
    for (const Pose& pose : poses) {
        if (pose.fade > 0.0F) {
            order.push_back(&pose);
        }
    }
    std::stable_sort(order.begin(), order.end(), [](const Pose* a, const Pose* b) {
        return a->box.width * a->box.height < b->box.width * b->box.height;
    });
    return order;
}

/// The pose with the parser's outline of the person where the pose network gave none.
std::optional<Pose> with_outline(const Pose& pose) {
    if (pose.mask || !classes::is_usable(pose.labels.get()) ||
        pose.labels->of(Label::kPerson).empty()) {
        return std::nullopt;
    }
    Pose outlined = pose;
    outlined.mask = std::make_shared<PersonMask>(
        PersonMask{pose.labels->of(Label::kPerson), pose.labels->labels_from_shown});
    return outlined;
}

// Where nothing that is worn under a jacket shows: on shoulders and arms. In torso lengths below
// the shoulders, and in shoulder widths beside the spine; between lies what its fronts leave open.
constexpr double kShouldersTo = 0.45, kShouldersFrom = 0.28, kArmsTo = 1.0, kArmsFrom = 0.75;

/// How opaque what is worn under `over` (not cut by anything in front yet) may be on `where`, shown
/// pixels: CV_8UC1.
cv::Mat shown_under(const Patch& over, const BodyFrame& body, cv::Rect where) {
    cv::Mat most(where.size(), CV_8UC1, cv::Scalar(255));
    for (int y = 0; y < where.height; ++y) {
        for (int x = 0; x < where.width; ++x) {
            const cv::Point at = cv::Point(x, y) + where.tl();
            const cv::Point2d p = cv::Point2d(at) - body.middle;
            const double along = p.dot(body.down) / body.torso;
            const double aside = std::abs(p.dot(body.across)) / body.unit;
            if ((along < kShouldersTo && aside > kShouldersFrom) ||
                (along < kArmsTo && aside > kArmsFrom)) {
                most.at<uchar>(y, x) = over.where.contains(at)
                                           ? over.rgba.at<cv::Vec4b>(at - over.where.tl())[3]
                                           : uchar{0};
            }
        }
    }
    return most;
}

/// Hides what would stick out from under `over`: of the patch `under`, and of its uncut alpha.
void hide_under(const Patch& over, const BodyFrame& body, Patch under, Removal::UncutAlpha& uncut) {
    cv::Mat alpha;
    cv::extractChannel(under.rgba, alpha, 3);
    cv::min(alpha, shown_under(over, body, under.where), alpha);
    cv::insertChannel(alpha, under.rgba, 3);
    if (!uncut.where.empty()) {
        cv::min(uncut.alpha, shown_under(over, body, uncut.where), uncut.alpha);
    }
}

/// Bytes between lines are a multiple of it, and as many are free behind the last line: encoders
/// load whole vectors.
constexpr int kAlign = 64;

/// `matte` as a picture of the same moment as `frame`.
Frame of_moment(const Frame& frame, AvFrame matte) {
    Frame result;
    result.index = frame.index;
    result.pts = frame.pts;
    result.duration = frame.duration;
    result.time_base = frame.time_base;
    result.orientation = frame.orientation;
    result.scene_start = frame.scene_start;
    result.unit_start = frame.unit_start;
    result.image = std::move(matte);
    return result;
}

}  // namespace

bool looks_at_people(const WarpOptions& options) {
    return find_warp(options.warp).uses_shape || options.old_clothes == old_clothes::kCover;
}

std::vector<Option> options_of(WarpOptions& o) {
    const char* group = "Garment";
    std::string names;
    for (const WarpEntry& entry : warps()) {
        names += fmt::format("{}{}: {}", names.empty() ? "" : "; ", entry.name, entry.description);
    }
    std::vector<Option> all{
        {.names = "--warp", .group = group, .help = std::move(names), .value = &o.warp},
        {.names = "--opacity",
         .group = group,
         .help = "of the garment",
         .value = &o.opacity,
         .range = {0, 1}},
        {.names = "--protect-face,!--no-protect-face",
         .group = group,
         .help = "keep face and throat in front of the garment",
         .value = &o.protect_face},
        {.names = "--occlusion,!--no-occlusion",
         .group = group,
         .help = "keep forearms, hands and hair in front of the garment",
         .value = &o.occlusion},
        {.names = "--shadow",
         .group = group,
         .help = "of the garment's edge on the body; 0: none",
         .value = &o.shadow,
         .range = {0, 1}},
        {.names = flags::kOldClothes,
         .group = group,
         .help = "what becomes of the wearer's own clothes beside the garment: remove (needs a "
                 "parser, else keep), cover (the garment is widened and lengthened) or keep",
         .value = &o.old_clothes,
         .placeholder = "HOW"},
        {.names = "--fit-light,!--no-fit-light",
         .group = group,
         .help = "fit the garment's colors to the scene's light",
         .value = &o.fit_light},
        {.names = "--skeleton",
         .group = group,
         .help = "draw the poses over the result",
         .value = &o.skeleton},
    };
    std::vector<Option> of_warps = options_of(o.form);
    all.insert(all.end(), of_warps.begin(), of_warps.end());
    return all;
}

Warp::Warp(const Ensemble& garments, const WarpOptions& options, AfterDressing* after)
    : options_(options), after_(after), garments_(garments) {
    check_ranges_of(options);
    if (options.old_clothes != old_clothes::kRemove && options.old_clothes != old_clothes::kCover &&
        options.old_clothes != old_clothes::kKeep) {
        throw ConfigError(fmt::format("{} {} is none of {}, {} and {}", flags::kOldClothes,
                                      options.old_clothes, old_clothes::kRemove,
                                      old_clothes::kCover, old_clothes::kKeep));
    }
    if (options.form.tuck != tuck::kAuto && options.form.tuck != tuck::kYes &&
        options.form.tuck != tuck::kNo) {
        throw ConfigError(fmt::format("{} {} is none of {}, {} and {}", flags::kTuck,
                                      options.form.tuck, tuck::kAuto, tuck::kYes, tuck::kNo));
    }
    check_share("the least score of a shoulder", options.min_score);
    const WarpEntry& entry = find_warp(options.warp);
    worn_ = entry.uses_shape;
    GarmentWarpOptions form = options.form;
    form.under_own_top = std::none_of(garments.begin(), garments.end(), [](const auto& garment) {
        return covers_torso(garment->kind);
    });
    const bool any_tried_on =
        entry.asks_networks &&
        std::any_of(garments.begin(), garments.end(),
                    [](const auto& garment) { return can_be_tried_on(garment->kind); });
    for (const auto& garment : garments) {
        GarmentWarpOptions own = form;
        own.tuck = garment->kind == GarmentKind::kOuterwear ? tuck::kNo : form.tuck;
        // What is worn with a top that networks lay on lies as usual.
        const bool is_beside = any_tried_on && !can_be_tried_on(garment->kind);
        pieces_.push_back({garment, (is_beside ? find_warp("mesh") : entry).make(garment, own)});
    }
    if (options.tensors && pieces_.size() == 1 && pieces_.front().warp->drawing() != nullptr) {
        tensors_ = make_tensor_painter(*options.tensors);
        log::debug("the garment is painted by tensor operations on {}", options.tensors->str());
    }
}

void Warp::process(PosedFrame input, const Emit<Frame>& emit) {
    emit(dress(std::move(input)));
}

Frame Warp::dress(PosedFrame input, cv::Mat* matte) {
    if (!input.frame.packed.empty()) {
        const PartTimer timer(Part::kPack);
        unpack(input.frame, writable_.pool());
    }
    const std::vector<const Pose*> order = far_to_near(input.poses);
    if (!can_stay(input.frame, order)) {
        fetch(input.frame, writable_.pool());
    }
    const std::int64_t before = garments_painted_;
    if (after_ != nullptr && matte == nullptr) {
        own_matte_.create(input.frame.height(), input.frame.width(), CV_8UC1);
        own_matte_.setTo(0);
        matte = &own_matte_;
    }
    LightGains light{1.0F, 1.0F, 1.0F};
    if (!pieces_.empty() && options_.fit_light && !order.empty()) {
        const PartTimer timer(Part::kLight);
        light = light_.update(input.frame, input.frame.seconds(), input.frame.scene_start);
    }
    classes_.begin_frame(input.frame.seconds(), input.frame.scene_start);
    own_clothes_.begin_frame(input.frame.seconds(), input.frame.scene_start);
    old_clothes_.begin_frame(input.frame.seconds(), input.frame.scene_start);
    for (const Piece& piece : pieces_) {
        piece.warp->begin_frame(input.frame.seconds(), input.frame.scene_start);
    }
    removal_.begin_frame(geometry_of(input.frame).shown, input.frame.seconds(),
                         input.frame.scene_start);
    for (const Pose* pose : order) {
        garments_painted_ += paint_garments(input.frame, *pose, order, light, matte);
    }
    dressed_frames_ += garments_painted_ > before ? 1 : 0;
    if (after_ != nullptr) {
        paint_after(input.frame, order, *matte);
    }
    if (options_.skeleton) {
        const PartTimer timer(Part::kSkeleton);
        for (const Pose* pose : order) {
            if (auto overlay = skeleton_overlay(*pose, geometry_of(input.frame).shown)) {
                if (pose->fade < 1.0F) {
                    scale_alpha(overlay->rgba, pose->fade);
                }
                paint(input.frame, *overlay, matte);
            }
        }
    }
    return std::move(input.frame);
}

/// Whether a frame on a device can stay there: nothing that is to be done to it, as far as can be
/// told now, needs its pixels in memory.
bool Warp::can_stay(const Frame& frame, const std::vector<const Pose*>& people) const {
    if (!frame.on_device) {
        return true;
    }
    if (after_ != nullptr || av_frame_is_writable(frame.on_device.surface.get()) == 0) {
        return false;
    }
    if (people.empty() || (pieces_.empty() && !options_.skeleton)) {
        return true;  // nothing is painted
    }
    const auto is_labeled = [](const Pose* pose) { return classes::is_usable(pose->labels.get()); };
    const bool removes = options_.old_clothes == old_clothes::kRemove &&
                         std::any_of(people.begin(), people.end(), is_labeled);
    return tensors_ != nullptr && !options_.skeleton && !removes &&
           options_.old_clothes != old_clothes::kCover && geometry_of(frame).is_plain() &&
           tensors_->takes(frame);
}

/// How many garments the person got.
int Warp::paint_garments(Frame& frame, const Pose& posed, const std::vector<const Pose*>& people,
                         const LightGains& light, cv::Mat* matte) {
    if (pieces_.empty()) {
        return 0;
    }
    const std::optional<Pose> outlined = with_outline(posed);
    const Pose& pose = outlined ? *outlined : posed;
    Wearer wearer(pose, options_.min_score);
    const occlusion::ShownPicture picture(frame);
    const PersonClasses* classes = nullptr;
    const bool legs = std::any_of(garments_.begin(), garments_.end(), [](const auto& one) {
        return has_legs(one->kind) || has_skirt(one->kind);
    });
    const bool covers = options_.old_clothes == old_clothes::kCover;
    bool removes = options_.old_clothes == old_clothes::kRemove;
    if (options_.occlusion || options_.protect_face || covers || removes || worn_) {
        const PartTimer timer(Part::kOcclusion);
        classes = classes_.find(wearer, picture, legs);
        if (classes != nullptr) {
            wearer.own = own_clothes_.find(*classes, wearer);
            wearer.classes = classes;
        }
    }
    const bool is_tucked = tucked(options_.form, wearer) > kTuckedFrom;
    const bool keeps_own_top =
        std::none_of(garments_.begin(), garments_.end(),
                     [](const auto& one) { return covers_torso(one->kind); });
    removes = removes && classes != nullptr;
    // What needs a garment's pixels here is left to the kernels.
    const bool as_tensors =
        tensors_ != nullptr && !covers && !removes && picture.geometry.is_plain();
    Removal::UncutAlpha uncut;
    int painted = 0;
    Patch all;
    stack_.clear();
    for (const auto& garment : is_tucked ? garments_.tucked() : garments_) {
        const auto piece = std::find_if(pieces_.begin(), pieces_.end(),
                                        [&](const Piece& one) { return one.garment == garment; });
        std::optional<Patch> patch;
        std::optional<mesh::GarmentDrawing> drawing;
        bool is_lit = false;
        {
            const PartTimer timer(Part::kAffine);
            piece->warp->look(picture, classes);
            is_lit = piece->warp->take_light(light);
            if (as_tensors) {
                drawing = piece->warp->drawing()->draw(wearer, picture.geometry.shown);
            } else {
                patch = piece->warp->warp(wearer, picture.geometry.shown);
            }
        }
        if (!patch && !drawing) {
            continue;
        }
        if (classes != nullptr) {
            const PartTimer timer(Part::kOcclusion);
            front_.look_at(*classes, wearer, garment->sleeves, keeps_own_top);
        }
        if (drawing) {
            if (paint_as_tensors(frame, *drawing, wearer, picture, garment->sleeves,
                                 classes != nullptr ? &front_ : nullptr, light, matte)) {
                return 1;
            }
            const PartTimer timer(Part::kAffine);
            patch = piece->warp->drawing()->paint(*drawing);
        }
        if (!patch->is_native && !is_lit) {
            const PartTimer timer(Part::kLight);
            apply_light(patch->rgba, light);
        }
        if (covers && covers_torso(garment->kind)) {
            const PartTimer timer(Part::kAffine);
            old_clothes_.cover(
                *patch, wearer, picture,
                {.sleeves = garment->sleeves, .lengthen = options_.form.tuck != tuck::kYes},
                classes);
            patch->seen.clear();
        }
        if (garment->kind == GarmentKind::kOuterwear && garment->sleeves == Sleeves::kLong &&
            painted > 0 && wearer.body) {
            const PartTimer timer(Part::kBlend);
            hide_under(*patch, *wearer.body, stack_.patch(), uncut);
        }
        if (removes) {
            add_alpha(uncut, *patch);
        }
        put_behind(*patch, wearer, picture, garment->sleeves,
                   classes != nullptr ? &front_ : nullptr);
        ++painted;
        if (pieces_.size() == 1) {
            all = *patch;
        } else {
            const PartTimer timer(Part::kBlend);
            stack_.add(*patch);
            all = stack_.patch();
        }
    }
    if (painted == 0) {
        return 0;
    }
    std::optional<Patch> below;
    if (removes) {
        const PartTimer timer(Part::kOcclusion);
        std::vector<const Pose*> others = people;
        std::erase(others, &posed);
        below = removal_.remove(all, uncut, garments_, wearer, picture, *classes, others);
    }
    if (const float opacity = options_.opacity * pose.fade; opacity < 1.0F) {
        scale_alpha(all.rgba, opacity);
        if (below) {
            scale_alpha(below->rgba, opacity);
        }
    }
    if (below) {
        paint(frame, *below, matte);
    }
    paint(frame, all, matte);
    return painted;
}

TryOnCounts Warp::try_on() const {
    TryOnCounts all;
    for (const Piece& piece : pieces_) {
        const TryOnCounts one = piece.warp->counts();
        all.asked += one.asked;
        all.compared += one.compared;
        all.flicker_sum += one.flicker_sum;
    }
    return all;
}

/// Whether it could: else nothing is painted, and somebody else has to.
bool Warp::paint_as_tensors(Frame& frame, const mesh::GarmentDrawing& drawing, const Wearer& wearer,
                            const occlusion::ShownPicture& picture, Sleeves sleeves,
                            const occlusion::ClassFront* front, const LightGains& light,
                            cv::Mat* matte) {
    if (!tensors_->takes(frame) || !tensors_->takes(drawing)) {
        return false;
    }
    TensorGarment garment{drawing, light, std::nullopt, {}, options_.opacity * wearer.pose.fade};
    {
        const PartTimer timer(Part::kOcclusion);
        garment.shadow = ContactShadow::cast(wearer, drawing.where, options_.shadow);
        // What is in front, cut out of a patch that is there everywhere.
        Patch whole{drawing.where, cv::Mat(drawing.where.size(), CV_8UC4, cv::Scalar::all(255))};
        cut_front(whole, wearer, picture, sleeves, front);
        cv::extractChannel(whole.rgba, garment.kept, 3);
    }
    const PartTimer timer(Part::kBlend);
    if (!frame.on_device) {
        writable_.make_writable(*frame.image);
    }
    try {
        tensors_->paint(frame, garment, matte);
    } catch (const ModelError& error) {
        log::warning("{}; garments are painted by the processor from here on", error.what());
        tensors_.reset();
        return false;
    }
    ++garments_as_tensors_;
    return true;
}

/// Takes out of the patch what is in front of the garment, and gives it its shadow.
void Warp::put_behind(Patch& patch, const Wearer& wearer, const occlusion::ShownPicture& picture,
                      Sleeves sleeves, const occlusion::ClassFront* front) {
    const PartTimer timer(Part::kOcclusion);
    // The shadow goes first: what is in front of the garment is in front of its shadow too.
    shadow_.add(patch, wearer, picture.geometry.shown, options_.shadow);
    cut_front(patch, wearer, picture, sleeves, front);
}

void Warp::cut_front(Patch& patch, const Wearer& wearer, const occlusion::ShownPicture& picture,
                     Sleeves sleeves, const occlusion::ClassFront* front) {
    if (options_.occlusion) {
        occlusion_.cut(patch, wearer, picture, sleeves, front);
    }
    if (options_.protect_face) {
        protect_face(patch, wearer, !worn_, front);
    }
}

void Warp::paint_after(Frame& frame, const std::vector<const Pose*>& people, cv::Mat& matte) {
    const std::vector<Patch> patches = after_->paint(frame, people);
    if (patches.empty()) {
        return;
    }
    const cv::Mat dressed = matte.clone();
    for (const Patch& patch : patches) {
        paint(frame, patch, &matte, &dressed);
    }
}

/// The one place where pixels change, so that the matte tells of all of them. `kept`: a matte of
/// what is not painted over; null: nothing.
void Warp::paint(Frame& frame, const Patch& patch, cv::Mat* matte, const cv::Mat* kept) {
    const PartTimer timer(Part::kBlend);
    fetch(frame, writable_.pool());  // the tensors did not take it after all
    writable_.make_writable(*frame.image);
    Patch stored = stored_patch_.of(patch, geometry_of(frame));
    if (kept != nullptr) {
        stored.rgba = stored.rgba.clone();  // else the caller's
        take_out(stored, *kept);
    }
    composite_.paint(*frame.image, stored);
    if (matte != nullptr) {
        add_to_matte(*matte, stored);
    }
}

void add_to_matte(cv::Mat& matte, const Patch& patch) {
    const cv::Rect where = patch.where & cv::Rect({0, 0}, matte.size());
    const int skipped = where.x - patch.where.x;
    for (int y = where.y; y < where.br().y; ++y) {
        const auto* source = patch.rgba.ptr<cv::Vec4b>(y - patch.where.y) + skipped;
        std::uint8_t* target = matte.ptr<std::uint8_t>(y) + where.x;
        for (int x = 0; x < where.width; ++x) {
            const unsigned left = (255U - target[x]) * (255U - source[x][3]);
            target[x] = static_cast<std::uint8_t>(255U - (left + 127U) / 255U);
        }
    }
}

void WarpWithMatte::process(PosedFrame input, const Emit<MattedFrame>& emit) {
    MattedFrame result;
    AvFrame image = blank(*input.frame.image);
    cv::Mat matte(image->height, image->width, CV_8UC1, image->data[0],
                  static_cast<std::size_t>(image->linesize[0]));
    result.frame = warp_.dress(std::move(input), &matte);
    result.matte = of_moment(result.frame, std::move(image));
    emit(std::move(result));
}

/// A matte on which nothing is painted, for a frame of that size and shape of pixel.
AvFrame WarpWithMatte::blank(const AVFrame& like) {
    AvFrame image = make_av_frame();
    image->format = AV_PIX_FMT_GRAY8;
    image->color_range = AVCOL_RANGE_JPEG;
    image->width = like.width;
    image->height = like.height;
    image->sample_aspect_ratio = like.sample_aspect_ratio;
    set_field_order(*image, field_order_of(like));
    image->linesize[0] = (like.width + kAlign - 1) / kAlign * kAlign;
    const std::size_t size =
        static_cast<std::size_t>(image->linesize[0]) * static_cast<std::size_t>(image->height) +
        kAlign;
    if (!pool_ || size != buffer_size_) {
        pool_.reset(av_buffer_pool_init(size, nullptr));
        buffer_size_ = size;
    }
    image->buf[0] = pool_ ? av_buffer_pool_get(pool_.get()) : nullptr;
    if (image->buf[0] == nullptr) {
        throw std::bad_alloc();
    }
    image->data[0] = image->buf[0]->data;
    image->extended_data = image->data;
    std::memset(image->data[0], 0, size);
    return image;
}

}  // namespace closet
