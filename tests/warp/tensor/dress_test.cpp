#include "support/doctest_with_torch.h"

#include <cmath>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "support/log_capture.h"
#include "warp/mesh/mesh_fixtures.h"
#include "warp/tensor/composite.h"
#include "warp/tensor/dress.h"
#include "warp/warp.h"

namespace closet {
// As torch/register.cpp has it.
std::unique_ptr<TensorPainter> load_tensor_painter(Device device);
}  // namespace closet

namespace {

using namespace closet;
using namespace closet::test;

const cv::Size kPicture(480, 540);

/// Somebody who stands there, with a mask and arms that are held in front of the body.
Pose wearer(double raise = 0.3, double bend = 0.0) {
    Pose pose = standing_pose({240, 150}, 112, 0.08);
    set_arms(pose, raise, bend);
    cv::Mat mask(90, 80, CV_8UC1, cv::Scalar(0));
    cv::ellipse(mask, {40, 18}, {8, 10}, 0, 0, 360, 255, cv::FILLED);
    cv::rectangle(mask, {26, 24}, {55, 85}, 255, cv::FILLED);
    pose.mask =
        std::make_shared<PersonMask>(PersonMask{mask, cv::Matx23d(1 / 6.0, 0, 0, 0, 1 / 6.0, 0)});
    return pose;
}

/// A frame whose noise is soft, as pictures are.
AvFrame picture(AVPixelFormat format, unsigned seed) {
    AvFrame frame = noise_frame(format, kPicture, seed);
    for (int plane = 0; plane < 3; ++plane) {
        if (frame->data[plane] != nullptr && av_pix_fmt_desc_get(format)->comp[0].depth == 8) {
            const cv::Size bytes = plane_bytes(*frame, plane);
            cv::Mat samples(bytes.height, bytes.width, CV_8UC1, frame->data[plane],
                            static_cast<std::size_t>(frame->linesize[plane]));
            cv::GaussianBlur(samples, samples, {}, 6);
        }
    }
    return frame;
}

struct Dressed {
    Frame frame;
    cv::Mat matte;
    std::int64_t as_tensors = 0;
};

Dressed dressed(const std::shared_ptr<const Garment>& garment, WarpOptions options,
                AVPixelFormat format, const Pose& pose, bool tensors) {
    if (tensors) {
        options.tensors = Device{};
    }
    Warp warp(garment, options);
    PosedFrame input;
    input.frame.image = picture(format, 3);
    input.poses = {pose};
    Dressed result;
    result.matte = cv::Mat(kPicture, CV_8UC1, cv::Scalar(0));
    result.frame = warp.dress(std::move(input), &result.matte);
    CHECK(warp.garments_painted() == 1);
    result.as_tensors = warp.garments_as_tensors();
    return result;
}

/// How far two pictures of bytes are from each other.
struct Apart {
    double most = 0;   ///< levels
    double share = 0;  ///< of samples that differ at all
};

Apart apart(const cv::Mat& a, const cv::Mat& b) {
    cv::Mat off;
    cv::absdiff(a, b, off);
    return {cv::norm(off, cv::NORM_INF),
            static_cast<double>(cv::countNonZero(off)) / static_cast<double>(off.total())};
}

cv::Mat plane_of(const Frame& frame, int plane) {
    const cv::Size bytes = plane_bytes(*frame.image, plane);
    return cv::Mat(bytes.height, bytes.width, CV_8UC1, frame.image->data[plane],
                   static_cast<std::size_t>(frame.image->linesize[plane]));
}

struct Scene {
    const char* name;
    std::shared_ptr<const Garment> garment;
    Pose pose;
    WarpOptions options{};
};

std::vector<Scene> scenes() {
    Pose crossed = wearer(0.4, -2.2);
    Pose turned = wearer();
    swap_labels(turned);
    Pose aside = wearer();
    aside.at(Joint::kLeftShoulder).x = 225;
    Pose faded = wearer();
    faded.fade = 0.4F;
    return {
        {"a T-shirt", tee(), wearer()},
        {"long sleeves", tee(true), wearer(0.8, 0.4)},
        {"arms in front", tee(true), crossed},
        {"the back", tee(), turned},
        {"sideways", tee(true), aside},
        {"tucked in", tee(), wearer(), {.form = {.tuck = tuck::kYes}}},
        {"a skirt", skirt(), wearer()},
        {"a dress", test::dress(), wearer()},
        {"half opaque", tee(), wearer(), {.opacity = 0.5F}},
        {"fading", tee(), faded},
        {"no shadow", tee(), wearer(), {.shadow = 0}},
        {"nothing in front", tee(), crossed, {.protect_face = false, .occlusion = false}},
    };
}

}  // namespace

TEST_CASE("garments painted as tensors are within one level of those of the kernels") {
    const std::vector<Scene> all = scenes();
    for (const Scene& scene : all) {
        const bool is_first = &scene == &all.front();
        for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12}) {
            if (format == AV_PIX_FMT_NV12 && !is_first) {
                continue;
            }
            CAPTURE(scene.name);
            const Dressed kernels =
                dressed(scene.garment, scene.options, format, scene.pose, false);
            const Dressed tensors = dressed(scene.garment, scene.options, format, scene.pose, true);
            CHECK(kernels.as_tensors == 0);
            CHECK(tensors.as_tensors == 1);
            CHECK(cv::countNonZero(kernels.matte > 80) > 5000);
            const auto check = [&](const cv::Mat& a, const cv::Mat& b) {
                CHECK(apart(a, b).most <= 1);
                CHECK(apart(a, b).share < 0.005);
            };
            check(kernels.matte, tensors.matte);
            for (int plane = 0; plane < (format == AV_PIX_FMT_NV12 ? 2 : 3); ++plane) {
                check(plane_of(kernels.frame, plane), plane_of(tensors.frame, plane));
            }
        }
    }
}

TEST_CASE("what tensors do not take is painted by the kernels to the bit") {
    const Pose pose = wearer();
    const auto check = [&](const char* what, std::shared_ptr<const Garment> garment,
                           const WarpOptions& options, AVPixelFormat format) {
        CAPTURE(what);
        const Dressed kernels = dressed(garment, options, format, pose, false);
        const Dressed tensors = dressed(garment, options, format, pose, true);
        CHECK(tensors.as_tensors == 0);
        CHECK(same_pixels(*kernels.frame.image, *tensors.frame.image));
        CHECK(apart(kernels.matte, tensors.matte).most == 0);
    };
    check("legs", trousers(), {}, AV_PIX_FMT_YUV420P);
    check("a sheet", tee(), {.warp = "affine"}, AV_PIX_FMT_YUV420P);
    check("old clothes", tee(), {.old_clothes = old_clothes::kCover}, AV_PIX_FMT_YUV420P);
    check("RGB", tee(), {}, AV_PIX_FMT_RGB24);
}

TEST_CASE("on a device without memory garments are painted up to shapes and types") {
    // LibTorch's meta device refuses operands of other devices, and whatever would read numbers:
    // nothing waits for a device, and nothing is worked out elsewhere.
    const c10::InferenceMode no_gradients;
    for (const Scene& scene : scenes()) {
        CAPTURE(scene.name);
        MeshWarp warp(scene.garment, scene.options.form);
        const Wearer wearer(scene.pose);
        const auto drawing = warp.draw(wearer, kPicture);
        REQUIRE(drawing);
        const TensorGarment garment{*drawing,
                                    {0.9F, 1.0F, 1.1F},
                                    ContactShadow::cast(wearer, drawing->where, 0.2F),
                                    cv::Mat(drawing->where.size(), CV_8UC1, cv::Scalar(255)),
                                    0.5F};
        CHECK(garment.shadow);
        tensor::Atlas atlas{at::kMeta};
        const at::Tensor patch = tensor::dress(garment, atlas);
        CHECK(patch.is_meta());
        CHECK(patch.sizes() == at::IntArrayRef({4, drawing->where.height, drawing->where.width}));
        const AvFrame frame = picture(AV_PIX_FMT_P010LE, 1);
        cv::Mat matte(kPicture, CV_8UC1, cv::Scalar(0));
        const tensor::Composition composition(*frame, patch, drawing->where, &matte);
    }
}

TEST_CASE("several people are painted one after the other") {
    const auto paint = [&](bool tensors) {
        WarpOptions options;
        options.tensors = tensors ? std::optional(Device{}) : std::nullopt;
        Warp warp(tee(), options);
        PosedFrame input;
        input.frame.image = picture(AV_PIX_FMT_YUV420P, 5);
        input.poses = {standing_pose({200, 150}, 100), standing_pose({270, 180}, 120),
                       standing_pose({-900, 150}, 100)};
        Frame frame = warp.dress(std::move(input));
        CHECK(warp.garments_painted() == 2);
        CHECK(warp.garments_as_tensors() == (tensors ? 2 : 0));
        return plane_of(frame, 0).clone();
    };
    CHECK(apart(paint(false), paint(true)).most <= 1);
}

TEST_CASE("where a device fails the kernels go on with the same frame") {
    struct Broken final : TensorPainter {
        bool takes(const Frame&) const override { return true; }
        bool takes(const mesh::GarmentDrawing&) const override { return true; }
        void paint(Frame&, const TensorGarment&, cv::Mat*) override {
            throw ModelError("no memory");
        }
    };
    load_torch_part();
    make_tensor_painter.set(
        [](Device) -> std::unique_ptr<TensorPainter> { return std::make_unique<Broken>(); });
    const Pose pose = wearer();
    LogCapture log;
    const Dressed kernels = dressed(tee(), {}, AV_PIX_FMT_YUV420P, pose, false);
    const Dressed tensors = dressed(tee(), {}, AV_PIX_FMT_YUV420P, pose, true);
    make_tensor_painter.set(load_tensor_painter);
    CHECK(tensors.as_tensors == 0);
    CHECK(same_pixels(*kernels.frame.image, *tensors.frame.image));
    CHECK(log.count("no memory; garments are painted by the processor") == 1);
}

TEST_CASE("a device that is not there is told when the warp is made") {
    WarpOptions options;
    options.tensors = Device{63};
    CHECK_THROWS_WITH_AS(Warp(tee(), options), doctest::Contains("cuda:63"), ModelError);
}
