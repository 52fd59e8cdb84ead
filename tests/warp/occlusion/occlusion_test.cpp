#include "warp/occlusion/occlusion.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "core/color.h"
#include "warp/occlusion/drawn_person.h"
#include "warp/occlusion/half_view.h"
#include "warp/occlusion/limb.h"
#include "warp/occlusion/view_rows.h"

namespace {

using namespace closet;
using namespace closet::test;

const cv::Rect kChest(110, 80, 100, 110);

Patch cut(const DrawnPerson& person, Sleeves sleeves = Sleeves::kShort,
          AVPixelFormat format = AV_PIX_FMT_RGB24, cv::Rect where = kChest) {
    Patch patch = sheet(where);
    Occlusion().cut(patch, person.pose(), *person.frame(format), sleeves);
    CHECK(patch.where == where);
    return patch;
}

double alpha_difference(const Patch& a, const Patch& b) {
    return cv::norm(a.rgba, b.rgba, cv::NORM_L1) / 255.0;
}

TEST_CASE("a forearm and its hand in front come back in every pixel format") {
    const DrawnPerson person{.wrist_z = -60};
    const Patch reference = cut(person);
    for (const AVPixelFormat format : paintable_formats()) {
        CAPTURE(name_of(format));
        const Patch patch = cut(person, Sleeves::kShort, format);
        for (int x = 122; x <= 180; x += 2) {
            CHECK(alpha_at(patch, x, 135) == 0);
            CHECK(alpha_at(patch, x, 132) < 20);
            CHECK(alpha_at(patch, x, 146) == 255);
            CHECK(alpha_at(patch, x, 124) == 255);
        }
        CHECK(alpha_at(patch, 160, 180) == 255);
        // Subsampled chroma moves the edge by a part of a pixel along about 140 pixels.
        CHECK(alpha_difference(patch, reference) < 100);
        // Colors of the garment stay.
        CHECK(patch.rgba.at<cv::Vec4b>(50, 50)[0] == 200);
    }
}

TEST_CASE("an arm behind the shoulders stays covered") {
    CHECK(same_patch(cut({.wrist_z = 70}), sheet(kChest)));
    CHECK_FALSE(same_patch(cut({.wrist_z = 40}), sheet(kChest)));
}

TEST_CASE("sleeves of a long garment stay and only the hand comes back") {
    const Patch patch = cut({.wrist_z = -60}, Sleeves::kLong);
    CHECK(alpha_at(patch, 130, 135) == 255);
    CHECK(alpha_at(patch, 150, 135) == 255);
    CHECK(alpha_at(patch, 172, 135) == 0);
    CHECK(alpha_at(patch, 180, 135) == 0);
}

TEST_CASE("clothes of the skin's color do not leak") {
    DrawnPerson person{.wrist_z = -60};
    person.clothes = {205, 157, 128};
    const Patch front = cut(person);
    CHECK(alpha_at(front, 150, 135) == 0);
    for (int x = 112; x < 208; x += 2) {
        CHECK(alpha_at(front, x, 150) == 255);
        CHECK(alpha_at(front, x, 120) == 255);
        CHECK(alpha_at(front, x, 170) == 255);
    }
    // Without depth nothing tells that the arm is in front.
    person.wrist_z = 0;
    CHECK(same_patch(cut(person), sheet(kChest)));
}

TEST_CASE("a hand of the clothes color is kept only where it looks like the face") {
    DrawnPerson person{.wrist_z = -60};
    person.clothes = person.skin;
    CHECK_FALSE(same_patch(cut(person, Sleeves::kLong), sheet(kChest)));
    person.clothes = {40, 60, 160};
    const Pose pose = person.pose();
    DrawnPerson hidden = person;  // the hand's place shows clothes
    hidden.skin = hidden.clothes;
    const AvFrame frame = hidden.frame(AV_PIX_FMT_RGB24);
    cv::Mat face(person.size, CV_8UC3, frame->data[0],
                 static_cast<std::size_t>(frame->linesize[0]));
    cv::ellipse(face, {160, 58}, {11, 16}, 0, 0, 360, person.skin, cv::FILLED);
    Patch patch = sheet(kChest);
    Occlusion().cut(patch, pose, *frame, Sleeves::kLong);
    CHECK(same_patch(patch, sheet(kChest)));
}

TEST_CASE("all points of a limb lie between the columns that it tells") {
    using occlusion::Limb;
    const std::vector<Limb::Part> parts{{{20, 30}, {70, 45}, 8, 5, false},
                                        {{60, 20}, {58, 80}, 4, 9, true},
                                        {{30, 50}, {80, 50}, 6, 6, false},
                                        {{50, 50}, {50, 50}, 7, 7, false}};
    for (const Limb::Part& part : parts) {
        for (const float reach : {0.5F, 1.0F, 2.2F}) {
            int points = 0, columns = 0;
            for (int y = 0; y < 100; ++y) {
                const auto [left, right] = part.across(static_cast<float>(y), reach);
                columns += static_cast<int>(std::max(right - left, 0.0F));
                for (int x = 0; x < 100; ++x) {
                    const cv::Point2f at(cv::Point(x, y));
                    if (part.squared_reach(at) <= reach * reach) {
                        ++points;
                        CHECK(left <= at.x);
                        CHECK(at.x <= right);
                    }
                }
            }
            CHECK(points > 10);
            CHECK(columns < 5 * points + 100);
        }
    }
}

TEST_CASE("a coarse mask is read as each of its pixels lies") {
    // One of its pixels is 16 shown ones.
    cv::Mat disk(60, 80, CV_8UC1, cv::Scalar(0));
    for (int y = 0; y < disk.rows; ++y) {
        for (int x = 0; x < disk.cols; ++x) {
            const double off = std::hypot(x - 41.0, y - 27.0) - 15;
            disk.at<std::uint8_t>(y, x) = cv::saturate_cast<std::uint8_t>(127.5 - 40 * off);
        }
    }
    const double c = std::cos(0.3) / 16, s = std::sin(0.3) / 16;
    const PersonMask mask{disk, {c, -s, 10, s, c, -4}};
    const cv::Rect where(236, 150, 522, 402);
    cv::Mat person, fine;
    occlusion::read_person(&mask, where, person, 2);
    REQUIRE(person.size() == where.size() / 2);
    const cv::Matx23d mask_from_view(2 * c, -2 * s,
                                     c * (where.x + 0.5) - s * (where.y + 0.5) + 10,  //
                                     2 * s, 2 * c, s * (where.x + 0.5) + c * (where.y + 0.5) - 4);
    cv::warpAffine(disk, fine, mask_from_view, person.size(),
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT, 0);
    CHECK(cv::countNonZero(fine > 200) > 1000);
    CHECK(cv::countNonZero(fine < 50) > 1000);
    CHECK(cv::norm(person, fine, cv::NORM_INF) <= 4);
}

TEST_CASE("rows of a view are those of the whole view, bit for bit") {
    const cv::Size size(320, 240);
    for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12, AV_PIX_FMT_RGB24}) {
        const AvFrame frame = noise_frame(format, size, 7);
        for (const double scale : {0.9, 0.4, 0.1}) {  // fine to coarse masks
            CAPTURE(name_of(format));
            CAPTURE(scale);
            cv::Mat1b probability(64, 96);
            cv::randu(probability, 0, 256);
            const double c = scale * std::cos(0.2), s = scale * std::sin(0.2);
            const PersonMask mask{probability, {c, -s, -3.3, s, c, -5.7}};
            const cv::Rect where(14, 22, 290, 202);
            cv::Mat colors, person;
            REQUIRE(occlusion::read_colors(*frame, where, colors));
            occlusion::read_person(&mask, where, person, 2);
            occlusion::ViewRows rows;
            REQUIRE(rows.open(where, &mask, *frame));
            for (int y = 0; y < colors.rows; ++y) {
                const int begin = y * 37 % colors.cols, n = y * 13 % 120;
                const cv::Range columns(begin, std::min(begin + n, colors.cols));
                rows.read(y, columns);
                const cv::Rect part(columns.start, y, columns.size(), 1);
                CHECK(cv::norm(rows.view().colors(part), colors(part), cv::NORM_INF) == 0);
                CHECK(cv::norm(rows.view().person(part), person(part), cv::NORM_INF) == 0);
            }
        }
    }
}

TEST_CASE("samples become levels of full range, each rounded") {
    for (const bool full : {false, true}) {
        const AvFrame frame = noise_frame(AV_PIX_FMT_YUV420P, {512, 4}, 1);
        frame->color_range = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
        for (int i = 0; i < 256; ++i) {
            for (int y = 0; y < 4; ++y) {
                // Sums of four samples: 4 i, and 4 i + 2 below.
                frame->data[0][y * frame->linesize[0] + 2 * i] = static_cast<std::uint8_t>(i);
                frame->data[0][y * frame->linesize[0] + 2 * i + 1] =
                    static_cast<std::uint8_t>(std::min(i + y / 2, 255));
            }
            for (int y = 0; y < 2; ++y) {
                frame->data[1][y * frame->linesize[1] + i] = static_cast<std::uint8_t>(i);
                frame->data[2][y * frame->linesize[2] + i] = static_cast<std::uint8_t>(255 - i);
            }
        }
        cv::Mat colors;
        REQUIRE(occlusion::read_colors(*frame, {0, 0, 512, 4}, colors));
        const auto level = [](double value) {
            return static_cast<int>(std::floor(std::clamp(value, 0.0, 255.0) + 0.5));
        };
        for (int j = 0; j < 2; ++j) {
            for (int i = 0; i < 256; ++i) {
                CAPTURE(i);
                const double luma = (i + std::min(i + j, 255)) / 2.0;
                const auto color = colors.at<cv::Vec3b>(j, i);
                CHECK(color[0] == level(full ? luma : (luma - 16) * 255 / 219));
                CHECK(color[1] == level(full ? i : 128 + (i - 128) * 255 / 224.0));
                CHECK(color[2] == level(full ? 255 - i : 128 + (127 - i) * 255 / 224.0));
            }
        }
    }
}

TEST_CASE("nothing beyond the person comes back") {
    const DrawnPerson person{.wrist_z = -60};
    Pose pose = person.pose();
    auto mask = std::make_shared<PersonMask>(*pose.mask);
    mask->probability = mask->probability.clone();
    mask->probability.colRange(150, 320).setTo(0);
    pose.mask = mask;
    Patch patch = sheet(kChest);
    Occlusion().cut(patch, pose, *person.frame(AV_PIX_FMT_RGB24), Sleeves::kShort);
    CHECK(alpha_at(patch, 130, 135) == 0);
    for (int x = 156; x < 208; ++x) {
        CHECK(alpha_at(patch, x, 135) == 255);
    }
}

TEST_CASE("hands that reach beyond the patch or the frame are cut inside it only") {
    const DrawnPerson person{.wrist_z = -60};
    for (const cv::Rect where : {cv::Rect(110, 80, 60, 56), cv::Rect(150, 130, 10, 4),
                                 cv::Rect(-20, 100, 160, 60), cv::Rect(170, 134, 200, 130)}) {
        const Patch whole = cut(person);
        const Patch part = cut(person, Sleeves::kShort, AV_PIX_FMT_YUV420P, where);
        int checked = 0;
        for (int y = where.y; y < where.br().y; ++y) {
            for (int x = where.x; x < where.br().x; ++x) {
                if (kChest.contains({x, y})) {
                    CHECK(std::abs(alpha_at(part, x, y) - alpha_at(whole, x, y)) < 140);
                } else {
                    checked += alpha_at(part, x, y) == 255;
                }
            }
        }
        CHECK(checked >= (where | kChest).area() / 1000 - 40);
    }
    for (const cv::Size size : {cv::Size(171, 137), cv::Size(141, 240)}) {
        DrawnPerson small = person;
        small.size = size;
        CHECK_FALSE(same_patch(cut(small), sheet(kChest)));
    }
}

TEST_CASE("hair that falls over the chest comes back and a pocket of its color does not") {
    const DrawnPerson person{.wrist_z = 70, .strand = true, .pocket = true};
    for (const AVPixelFormat format : paintable_formats()) {
        CAPTURE(name_of(format));
        const Patch patch = cut(person, Sleeves::kShort, format);
        for (int y = 86; y < 104; y += 2) {
            // Hair and this blue differ little in luma: gray frames leave the hair alone.
            CHECK(alpha_at(patch, 146, y) == (is_gray(format) ? 255 : 0));
            CHECK(alpha_at(patch, 156, y) == 255);
        }
        CHECK(alpha_at(patch, 181, 102) == 255);
        CHECK(alpha_at(patch, 146, 120) == 255);
    }
    DrawnPerson alike = person;
    alike.clothes = {55, 40, 30};
    CHECK(same_patch(cut(alike), sheet(kChest)));
    alike = person;
    alike.skin = {60, 40, 30};
    CHECK(same_patch(cut(alike), sheet(kChest)));
}

TEST_CASE("what was done before for others changes nothing") {
    const DrawnPerson person{.wrist_z = -60, .strand = true};
    DrawnPerson other{.wrist_z = -60};
    other.clothes = {10, 160, 60};
    other.skin = {90, 60, 40};
    other.size = {300, 200};
    Occlusion occlusion;
    for (int round = 0; round < 2; ++round) {
        for (const DrawnPerson& who : {person, other}) {
            Patch patch = sheet(kChest);
            occlusion.cut(patch, who.pose(), *who.frame(AV_PIX_FMT_NV12), Sleeves::kShort);
            CHECK(same_patch(patch, cut(who, Sleeves::kShort, AV_PIX_FMT_NV12)));
        }
    }
}

TEST_CASE("absurd keypoints masks and formats are survived") {
    const DrawnPerson person{.wrist_z = -60, .strand = true};
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    Occlusion occlusion;
    for (const float bad : {kNan, kInfinity, -kInfinity, 1e30F, 65000.0F}) {
        for (std::size_t i = 0; i <= kJointCount; ++i) {
            Pose pose = person.pose();
            for (std::size_t k = 0; k < kJointCount; ++k) {
                if (k == i || i == kJointCount) {
                    pose.keypoints[k] = {bad, bad, bad, k % 2 == 0 ? 1.0F : bad};
                }
            }
            Patch patch = sheet(kChest);
            occlusion.cut(patch, pose, *frame, Sleeves::kShort);
            // A joint 65000 pixels away is a giant's.
            CHECK((bad == 65000.0F || alpha_at(patch, 160, 180) == 255));
        }
    }
    Pose no_mask = person.pose();
    no_mask.mask = nullptr;
    Pose bad_mask = person.pose();
    bad_mask.mask = std::make_shared<PersonMask>(
        PersonMask{cv::Mat(4, 4, CV_32FC1, cv::Scalar(1)), {1, 0, 0, 0, 1, 0}});
    Pose far_mask = person.pose();
    far_mask.mask = std::make_shared<PersonMask>(
        PersonMask{cv::Mat(4, 4, CV_8UC1, cv::Scalar(255)), {1e30, 0, 1e30, 0, 1e30, 0}});
    for (const Pose& pose : {no_mask, bad_mask, far_mask}) {
        Patch patch = sheet(kChest);
        occlusion.cut(patch, pose, *frame, Sleeves::kShort);
        CHECK(alpha_at(patch, 160, 180) == 255);
    }
    const AvFrame strange = noise_frame(AV_PIX_FMT_YUV410P, person.size, 1);
    Patch patch = sheet(kChest);
    occlusion.cut(patch, person.pose(), *strange, Sleeves::kShort);
    CHECK(same_patch(patch, sheet(kChest)));
}

}  // namespace
