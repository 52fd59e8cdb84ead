#include "support/doctest_with_torch.h"

#include <functional>
#include <memory>
#include <utility>

#include "core/device_picture.h"
#include "support/device_frame.h"
#include "warp/classes/labeled_person.h"
#include "warp/mesh/mesh_fixtures.h"
#include "warp/warp.h"

namespace {

using namespace closet;
using namespace closet::test;

const cv::Size kScreen(480, 320);

/// A person with a mask and, if asked for, with labels of a parser.
Frame scene(AVPixelFormat format, cv::Size size = kScreen) {
    Frame frame;
    frame.time_base = {1, 25};
    frame.image = noise_frame(format, size, 3);
    cv::Mat drawn;
    cv::resize(LabeledPerson(kScreen).picture(), drawn,
               {(size.width + 1) & ~1, size.height + size.height % 2});
    Composite().paint(*frame.image, {{{0, 0}, drawn.size()}, drawn});
    return frame;
}

Pose somebody(bool labels) {
    Pose pose = LabeledPerson(kScreen).pose();
    pose.mask = std::make_shared<PersonMask>(
        PersonMask{pose.labels->of(Label::kPerson), pose.labels->labels_from_shown});
    if (!labels) {
        pose.labels = nullptr;
    }
    return pose;
}

WarpOptions by_tensors(WarpOptions options = {}) {
    options.tensors = Device{};
    return options;
}

struct Outcome {
    Frame frame;
    cv::Mat matte;
    std::int64_t as_tensors = 0;
    bool stayed = false;
};

/// Dresses a frame; what is left on the device comes down.
Outcome outcome_of(const Ensemble& worn, const WarpOptions& options, Frame frame, Pose pose,
                   bool device) {
    if (device) {
        put_on_device(frame);
    }
    Outcome result;
    result.matte = cv::Mat(frame.height(), frame.width(), CV_8UC1, cv::Scalar(0));
    Warp warp(worn, options);
    PosedFrame input;
    input.frame = std::move(frame);
    input.poses = {std::move(pose)};
    result.frame = warp.dress(std::move(input), &result.matte);
    result.as_tensors = warp.garments_as_tensors();
    result.stayed = static_cast<bool>(result.frame.on_device);
    if (result.stayed) {
        CHECK(result.frame.image->data[0] == nullptr);
        CHECK(is_around_untouched(result.frame));
    }
    FramePool pool;
    fetch(result.frame, pool);
    return result;
}

/// The same is painted wherever the frame is; tells whether it stayed on the device.
bool stays(const Ensemble& worn, const WarpOptions& options, const std::function<Frame()>& frame,
           const Pose& pose) {
    const Outcome memory = outcome_of(worn, options, frame(), pose, false);
    const Outcome device = outcome_of(worn, options, frame(), pose, true);
    CHECK(same_pixels(*memory.frame.image, *device.frame.image));
    CHECK_FALSE(same_pixels(*frame().image, *device.frame.image));
    CHECK(cv::norm(memory.matte, device.matte, cv::NORM_INF) == 0);
    CHECK(memory.as_tensors == device.as_tensors);
    CHECK(device.as_tensors == (device.stayed ? 1 : 0));
    return device.stayed;
}

}  // namespace

TEST_CASE("device frames: a garment is painted where they are and as in memory to the bit") {
    const WarpOptions keep = by_tensors({.old_clothes = old_clothes::kKeep});
    for (const AVPixelFormat format : {AV_PIX_FMT_NV12, AV_PIX_FMT_P010LE}) {
        for (const cv::Size size : {kScreen, cv::Size(479, 319)}) {
            CAPTURE(name_of(format));
            CAPTURE(size.width);
            const auto frame = [&] { return scene(format, size); };
            CHECK(stays(tee(true), by_tensors(), frame, somebody(false)));
            CHECK(stays(tee(true), keep, frame, somebody(true)));
        }
    }
}

TEST_CASE("device frames: what needs their pixels brings them down and paints as ever") {
    const auto frame = [] { return scene(AV_PIX_FMT_NV12); };
    const Pose pose = somebody(false);
    CHECK_FALSE(stays(tee(), by_tensors(), frame, somebody(true)));  // old clothes are removed
    CHECK_FALSE(stays(trousers(), by_tensors(), frame, pose));
    CHECK_FALSE(stays(Ensemble({trousers(), tee()}), by_tensors(), frame, pose));
    CHECK_FALSE(stays(tee(), by_tensors({.warp = "affine"}), frame, pose));
    CHECK_FALSE(
        stays(tee(), by_tensors({.old_clothes = old_clothes::kCover}), frame, somebody(true)));
    CHECK_FALSE(stays(tee(), {}, frame, pose));  // nobody paints on a device
    const auto hdr = [&] {
        Frame changed = frame();
        changed.image->color_trc = AVCOL_TRC_SMPTE2084;
        return changed;
    };
    CHECK_FALSE(stays(tee(), by_tensors(), hdr, pose));
    const auto turned = [&] {
        Frame changed = frame();
        changed.orientation = Orientation{180};
        return changed;
    };
    CHECK_FALSE(stays(tee(), by_tensors(), turned, pose));
}

TEST_CASE("device frames: a skeleton brings them down") {
    const auto paint = [](bool device) {
        return outcome_of(tee(), by_tensors({.skeleton = true}), scene(AV_PIX_FMT_NV12),
                          somebody(false), device);
    };
    const Outcome device = paint(true);
    CHECK_FALSE(device.stayed);
    CHECK(device.as_tensors == 1);
    CHECK(same_pixels(*paint(false).frame.image, *device.frame.image));
}

TEST_CASE("device frames: where nothing is painted they pass untouched") {
    PosedFrame input;
    input.frame = scene(AV_PIX_FMT_NV12);
    put_on_device(input.frame);
    const AVFrame* const surface = input.frame.on_device.surface.get();
    Warp warp(trousers(), {});
    CHECK(warp.dress(std::move(input)).on_device.surface.get() == surface);
}

TEST_CASE("device frames: one that somebody else holds too is not painted in place") {
    PosedFrame input;
    input.frame = scene(AV_PIX_FMT_NV12);
    put_on_device(input.frame);
    input.poses = {somebody(false)};
    Frame held = share_picture(input.frame);
    Warp warp(tee(), by_tensors());
    const Frame dressed = warp.dress(std::move(input));
    FramePool pool;
    fetch(held, pool);
    CHECK(same_pixels(*held.image, *scene(AV_PIX_FMT_NV12).image));
    CHECK_FALSE(dressed.on_device);
    CHECK_FALSE(same_pixels(*held.image, *dressed.image));
}
