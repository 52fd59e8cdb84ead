// Faces painted anew in frames, by a stand-in for the network whose picture is known.
#include "restore/restore_faces.h"

#include <cmath>
#include <cstring>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "warp/warp.h"
#include "warp/warp_fixtures.h"

using namespace closet;

namespace {

const cv::Size kFrame(320, 240);
constexpr double kEyesPx = 16;
const cv::Point2d kFace(160, 46);  ///< above the shoulders of the person below

/// Does to a face what it is told to.
class FakeRestorer final : public FaceRestorer {
  public:
    explicit FakeRestorer(std::function<cv::Mat(const cv::Mat&)> paint)
        : paint_(std::move(paint)) {}
    int side() const override { return 512; }
    cv::Mat restore(const cv::Mat& aligned) const override { return paint_(aligned); }

  private:
    std::function<cv::Mat(const cv::Mat&)> paint_;
};

cv::Mat leave(const cv::Mat& aligned) {
    return aligned.clone();
}
cv::Mat whiten(const cv::Mat& aligned) {
    return {aligned.size(), CV_8UC3, cv::Scalar::all(255)};
}
cv::Mat invert(const cv::Mat& aligned) {
    return ~aligned;
}
cv::Mat fail(const cv::Mat&) {
    return {};
}

std::optional<Face> seen_face(cv::Point2d middle, double eyes_px = kEyesPx) {
    Face face;
    face.points = AlignedFace::kPoints;
    const double scale = eyes_px / cv::norm(face.points[0] - face.points[1]);
    for (cv::Point2f& point : face.points) {
        point = cv::Point2f(middle + (cv::Point2d(point) - cv::Point2d(256, 256)) * scale);
    }
    return face;
}

struct Setup {
    std::string face = restore_face::kAuto;
    std::function<cv::Mat(const cv::Mat&)> paint = whiten;
    std::optional<Face> seen = seen_face(kFace);
};

/// The stage over frames of one picture.
class Restoring {
  public:
    explicit Restoring(const Setup& setup, const Ensemble& garments = nullptr)
        : seen_(setup.seen),
          restore_(options_of_face(setup.face),
                   {.find =
                        [this](std::span<const HeadPlace> heads) {
                            looked_ += heads.size();
                            return std::vector<std::optional<Face>>(heads.size(), seen_);
                        },
                    .restorer = std::make_shared<FakeRestorer>(setup.paint)}),
          warp_(garments, warp_options(), &restore_) {}

    void see(std::optional<Face> face) { seen_ = std::move(face); }

    /// Dresses the next frame.
    cv::Mat run(AvFrame& image, std::vector<Pose> poses, bool scene_start = false,
                Orientation orientation = {}) {
        PosedFrame input;
        input.frame.image = reference(*image);
        input.frame.pts = frame_++;
        input.frame.time_base = {1, 25};
        input.frame.scene_start = scene_start;
        input.frame.orientation = orientation;
        input.poses = std::move(poses);
        cv::Mat matte(image->height, image->width, CV_8UC1, cv::Scalar(0));
        result_ = warp_.dress(std::move(input), &matte);
        return matte;
    }
    /// Goes on with the next frame after those of `other`, as it would.
    void go_on_from(const Restoring& other) {
        std::stringstream state;
        other.restore_.save_state(state);
        restore_.load_state(state);
        frame_ = other.frame_;
    }
    const AVFrame& result() const { return *result_.image; }
    const RestoreCounts& counts() const { return restore_.counts(); }
    std::size_t looked() const { return looked_; }

  private:
    static RestoreOptions options_of_face(const std::string& face) {
        RestoreOptions options;
        options.face = face;
        return options;
    }
    static WarpOptions warp_options() {
        WarpOptions options;
        options.warp = "affine";
        options.protect_face = false;
        options.occlusion = false;
        options.fit_light = false;
        options.old_clothes = old_clothes::kKeep;
        return options;
    }
    std::optional<Face> seen_;
    std::size_t looked_ = 0;
    std::int64_t frame_ = 0;
    RestoreFaces restore_;
    Warp warp_;
    Frame result_;
};

Pose person() {
    Pose pose = test::standing_pose({160, 80}, 55);
    pose.person_id = 3;
    return pose;
}

/// Smooth and gray, so that neither chroma nor sampling loses anything.
AvFrame smooth_frame(AVPixelFormat format, cv::Size size = kFrame) {
    AvFrame frame = test::noise_frame(format, size, 1);
    for (int plane = 0; plane < 3; ++plane) {
        const cv::Size bytes = test::plane_bytes(*frame, plane);
        for (int y = 0; frame->data[plane] != nullptr && y < bytes.height; ++y) {
            std::uint8_t* line = frame->data[plane] + std::ptrdiff_t{y} * frame->linesize[plane];
            const int level = plane == 0 ? 60 + 100 * y / bytes.height : 128;
            std::memset(line, level, static_cast<std::size_t>(bytes.width));
        }
    }
    return frame;
}

/// The largest difference of two frames, where a mask is or is not 0; chroma goes by its pixel.
int frame_difference(const AVFrame& a, const AVFrame& b, const cv::Mat& matte, bool painted) {
    int most = 0;
    for (int y = 0; y < a.height; ++y) {
        for (int x = 0; x < a.width; ++x) {
            if ((matte.at<std::uint8_t>(y, x) != 0) == painted) {
                most = std::max(most, std::abs(a.data[0][y * a.linesize[0] + x] -
                                               b.data[0][y * b.linesize[0] + x]));
            }
        }
    }
    return most;
}

int luma_at(const AVFrame& frame, cv::Point2d at) {
    return frame.data[0][static_cast<int>(at.y) * frame.linesize[0] + static_cast<int>(at.x)];
}

int at(const cv::Mat& matte, cv::Point2d place) {
    return matte.at<std::uint8_t>(static_cast<int>(place.y), static_cast<int>(place.x));
}

constexpr int kWhite = 235, kFull = 255;

}  // namespace

TEST_CASE("a face that the network leaves as it is leaves the frame as it is") {
    Restoring stage({.paint = leave});
    AvFrame image = smooth_frame(AV_PIX_FMT_YUV420P);
    const cv::Mat matte = stage.run(image, {person()});
    CHECK(at(matte, kFace) == kFull);
    CHECK(frame_difference(stage.result(), *image, matte, true) <= 2);
    CHECK(frame_difference(stage.result(), *image, matte, false) == 0);
    CHECK(stage.counts().restored == 1);
}

TEST_CASE("the face is painted anew and the matte tells of it and nothing else changes") {
    for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12, AV_PIX_FMT_YUV444P}) {
        CAPTURE(test::name_of(format));
        Restoring stage({});
        AvFrame image = test::noise_frame(format, kFrame, 5);
        const cv::Mat matte = stage.run(image, {person()});
        CHECK(luma_at(stage.result(), kFace) == kWhite);
        CHECK(at(matte, kFace) == kFull);
        CHECK(frame_difference(stage.result(), *image, matte, false) == 0);
        // The square is 65 pixels wide.
        CHECK(at(matte, kFace + cv::Point2d(33, 0)) == 0);
        CHECK(at(matte, kFace - cv::Point2d(33, 0)) == 0);
        CHECK(cv::countNonZero(matte) < 66 * 66);
    }
}

TEST_CASE("what was dressed stays in front of the restored face") {
    auto sheet = test::shirt({100, 120});
    sheet->anchors = {{"right_shoulder", {25, 80}}, {"left_shoulder", {75, 80}}};  // over the face
    AvFrame image = smooth_frame(AV_PIX_FMT_YUV420P);
    Restoring without({.face = restore_face::kAuto, .paint = whiten, .seen = std::nullopt}, sheet);
    const cv::Mat garment = without.run(image, {person()});
    REQUIRE(at(garment, kFace) == kFull);
    Restoring stage({}, sheet);
    const cv::Mat both = stage.run(image, {person()});
    CHECK(stage.counts().restored == 1);
    CHECK(luma_at(stage.result(), kFace) == luma_at(without.result(), kFace));
    for (int y = 0; y < kFrame.height; ++y) {
        for (int x = 0; x < kFrame.width; ++x) {
            REQUIRE(at(both, {x * 1.0, y * 1.0}) >= at(garment, {x * 1.0, y * 1.0}));
        }
    }
}

TEST_CASE("faces with more detail than the network gives are left unless asked for") {
    const auto large = seen_face({160, 120}, 140);
    AvFrame image = smooth_frame(AV_PIX_FMT_YUV420P);
    for (const char* const when : {restore_face::kAuto, restore_face::kAlways}) {
        CAPTURE(when);
        Restoring stage({.face = when, .paint = whiten, .seen = large});
        const cv::Mat matte = stage.run(image, {person()});
        const bool is_restored = std::string(when) == restore_face::kAlways;
        CHECK(stage.counts().large == (is_restored ? 0 : 1));
        CHECK(stage.counts().restored == (is_restored ? 1 : 0));
        CHECK((cv::countNonZero(matte) > 0) == is_restored);
    }
}

TEST_CASE("nothing is painted where no face is, or it is tiny, or the network gives no numbers") {
    AvFrame image = test::noise_frame(AV_PIX_FMT_YUV420P, kFrame, 2);
    const auto untouched = [&](const Setup& setup, std::vector<Pose> poses) {
        Restoring stage(setup);
        const cv::Mat matte = stage.run(image, std::move(poses));
        CHECK(cv::countNonZero(matte) == 0);
        CHECK(stage.result().data[0] == image->data[0]);  // not even copied
        CHECK(stage.counts().restored == 0);
        return stage.counts();
    };
    CHECK(untouched({.seen = std::nullopt}, {person()}).unseen == 1);
    CHECK(untouched({.seen = seen_face(kFace, 4)}, {person()}).small == 1);
    CHECK(untouched({.paint = fail}, {person()}).failed == 1);
    auto mad = seen_face(kFace);
    mad->points[0].x = std::nanf("");
    CHECK(untouched({.seen = mad}, {person()}).unseen == 1);
    CHECK(untouched({}, {}).unseen == 0);
    Pose headless = person();
    for (Keypoint& point : headless.keypoints) {
        point.score = 0;
    }
    CHECK(untouched({}, {headless}).unseen == 1);
}

TEST_CASE("a face at the picture's edge is restored as far as it is seen") {
    const cv::Point2d corner(6, 5);
    Restoring stage({.seen = seen_face(corner)});
    // Odd, so that the last chroma samples cover half of what they could.
    AvFrame image = test::noise_frame(AV_PIX_FMT_YUV420P, {321, 241}, 4);
    const cv::Mat matte = stage.run(image, {person()});
    CHECK(at(matte, {0, 0}) == kFull);
    CHECK(luma_at(stage.result(), {0, 0}) == kWhite);
    CHECK(frame_difference(stage.result(), *image, matte, false) == 0);
    stage.see(seen_face({318, 238}));
    const cv::Mat other = stage.run(image, {person()}, true);
    CHECK(at(other, {320, 240}) == kFull);
    stage.see(seen_face({-300, 100}));
    CHECK(cv::countNonZero(stage.run(image, {person()}, true)) == 0);
}

TEST_CASE("a face is restored where it is shown in a frame that lies on its side") {
    for (const Orientation orientation : {Orientation{90, false}, Orientation{270, true}}) {
        CAPTURE(to_string(orientation));
        Restoring stage({});
        AvFrame image = test::noise_frame(AV_PIX_FMT_YUV420P, {kFrame.height, kFrame.width}, 6);
        const cv::Mat matte = stage.run(image, {person()}, false, orientation);
        const PictureGeometry geometry = geometry_of(*image, orientation);
        REQUIRE(geometry.shown == kFrame);
        const cv::Point2d stored = apply(geometry.stored_from_shown, kFace);
        CHECK(at(matte, stored) == kFull);
        CHECK(luma_at(stage.result(), stored) == kWhite);
        CHECK(cv::countNonZero(matte) < 66 * 66);
        CHECK(frame_difference(stage.result(), *image, matte, false) == 0);
    }
}

TEST_CASE("a face fades out where it is not seen any more and in where it comes back") {
    Restoring stage({});
    AvFrame image = smooth_frame(AV_PIX_FMT_YUV420P);
    const auto alpha = [&] { return at(stage.run(image, {person()}), kFace); };
    CHECK(alpha() == kFull);
    stage.see(std::nullopt);
    std::vector<int> alphas;
    for (int frame = 0; frame < 14; ++frame) {
        alphas.push_back(alpha());
    }
    // Held for 0.12 s, gone 0.25 s later, without a step.
    CHECK(alphas[2] == kFull);
    CHECK(alphas.back() == 0);
    for (std::size_t i = 1; i < alphas.size(); ++i) {
        CHECK(alphas[i] <= alphas[i - 1]);
        CHECK(alphas[i - 1] - alphas[i] < 50);
    }
    stage.see(seen_face(kFace));
    const int first = alpha(), second = alpha();
    CHECK(first > 0);
    CHECK(first < 60);
    CHECK(second > first);
    // At a cut nobody is known: the face is there at once.
    CHECK(at(stage.run(image, {person()}, true), kFace) == kFull);
}

TEST_CASE("a state that is taken up goes on with faces that move, fade and come back") {
    constexpr int kFrames = 38;
    const auto seen_on = [](int frame) {
        const cv::Point2d trembling(std::sin(2.7 * frame), std::cos(1.9 * frame));
        return frame >= 6 && frame < 17 ? std::nullopt
                                        : seen_face(kFace + trembling, frame < 22   ? kEyesPx
                                                                       : frame < 30 ? 4
                                                                                    : 140);
    };
    for (const int cut : {8, 12, 18, 35}) {
        CAPTURE(cut);
        Restoring whole({.paint = invert}), part({.paint = invert});
        AvFrame image = test::noise_frame(AV_PIX_FMT_YUV420P, kFrame, 7);
        for (int frame = 0; frame < kFrames; ++frame) {
            if (frame == cut) {
                part.go_on_from(whole);
            }
            whole.see(seen_on(frame));
            const cv::Mat matte = whole.run(image, {person()});
            if (frame >= cut) {
                part.see(seen_on(frame));
                REQUIRE(cv::norm(part.run(image, {person()}), matte) == 0);
                REQUIRE(test::same_pixels(part.result(), whole.result()));
            }
        }
        for (const auto count : {&RestoreCounts::restored, &RestoreCounts::unseen,
                                 &RestoreCounts::small, &RestoreCounts::large}) {
            CHECK(part.counts().*count == whole.counts().*count);
            CHECK(part.counts().*count > 0);
        }
    }
}

TEST_CASE("a person who fades takes the restored face along") {
    Restoring stage({});
    AvFrame image = smooth_frame(AV_PIX_FMT_YUV420P);
    Pose leaving = person();
    leaving.fade = 0.5F;
    const int alpha = at(stage.run(image, {leaving}), kFace);
    CHECK(alpha > 120);
    CHECK(alpha < 135);
}

TEST_CASE("the ground beside the person is left where a mask tells of it") {
    Pose masked = person();
    cv::Mat probability(240, 320, CV_8UC1, cv::Scalar(0));
    probability.colRange(0, 160).setTo(255);  // up to the middle of the face
    masked.mask = std::make_shared<PersonMask>(PersonMask{probability, {1, 0, 0, 0, 1, 0}});
    Restoring stage({});
    AvFrame image = smooth_frame(AV_PIX_FMT_YUV420P);
    const cv::Mat matte = stage.run(image, {masked});
    CHECK(at(matte, kFace - cv::Point2d(10, 0)) == kFull);
    CHECK(at(matte, kFace + cv::Point2d(18, 0)) == 0);
    masked.mask = std::make_shared<PersonMask>(PersonMask{{}, {}});  // one that cannot be used
    CHECK(at(stage.run(image, {masked}, true), kFace + cv::Point2d(18, 0)) == kFull);
}

TEST_CASE("values of --restore-face that are none are refused") {
    RestoreOptions options;
    CHECK_FALSE(options.is_on());
    for (const char* const value :
         {restore_face::kOff, restore_face::kAuto, restore_face::kAlways}) {
        options.face = value;
        CHECK_NOTHROW(check(options));
    }
    options.face = "yes";
    CHECK_THROWS_WITH_AS(check(options), "--restore-face yes is none of auto, always and off",
                         ConfigError);
}
