#include "infer/blazepose.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "infer/one_euro.h"
#include "infer/reference.h"

namespace closet {
namespace {

constexpr std::array<const char*, 4> kPictures{"000000000785.jpg", "000000040083.jpg",
                                               "000000196141.jpg", "000000197388.jpg"};

std::unique_ptr<PoseModel> load(const std::string& name, WorkerPool& workers, bool masks = false) {
    InferOptions options;
    options.model = name;
    options.device = "cpu";
    options.masks = masks;
    return make_pose_model(options, workers);
}

/// Mean and largest distance of keypoints to the reference's, pixels.
struct Distance {
    double mean = 0;
    double largest = 0;
};
Distance distance(const std::vector<Keypoint>& points, const nlohmann::json& expected) {
    Distance result;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const double d = std::hypot(points[i].x - expected[i][0].get<double>(),
                                    points[i].y - expected[i][1].get<double>());
        result.mean += d / static_cast<double>(points.size());
        result.largest = std::max(result.largest, d);
    }
    return result;
}

TEST_CASE("blazepose: detector and landmarks agree with MediaPipe from picture to pose") {
    const auto reference = test::reference_json("expected.json");
    if (!reference || !test::have_model("blazepose-full")) {
        return;
    }
    WorkerPool workers(1);
    const auto model = load("blazepose-full", workers);
    for (const char* name : kPictures) {
        CAPTURE(name);
        const auto picture = test::reference_picture(std::string("media/coco/") + name);
        REQUIRE(picture);
        const auto& expected = reference->at("images").at(name);
        const auto people = model->find(std::vector{*picture});
        REQUIRE(people.at(0).size() == 1);
        const Region region = people[0][0];
        const Region truth =
            test::reference_region(expected.at("rect_from_detection"), picture->size());
        CHECK(cv::norm(region.center - truth.center) < 0.02);
        CHECK(region.side == doctest::Approx(truth.side).epsilon(1e-4));
        CHECK(region.rotation == doctest::Approx(truth.rotation).epsilon(1e-3));

        const Sighting sighting = model->read(std::vector{Look{&*picture, region}}).at(0);
        const auto& full = expected.at("models").at("full");
        const Distance d = distance(sighting.keypoints, full.at("landmarks_px"));
        MESSAGE(name << ": mean " << d.mean << " px, largest " << d.largest << " px");
        CHECK(d.mean < 0.08);    // the prototype's mean over the four is .02
        CHECK(d.largest < 1.5);  // and its worst landmark 1.4
        for (std::size_t i = 0; i < sighting.keypoints.size(); ++i) {
            CHECK(std::abs(sighting.keypoints[i].z - full.at("z_px")[i].get<double>()) < 1.0);
            CHECK(std::abs(sighting.keypoints[i].score -
                           std::min(full.at("visibility")[i].get<double>(),
                                    full.at("presence")[i].get<double>())) < 0.005);
        }
        const Region next = test::reference_region(full.at("rect_from_landmarks"), picture->size());
        CHECK(cv::norm(sighting.region.center - next.center) < 0.5);
        CHECK(sighting.region.side == doctest::Approx(next.side).epsilon(0.003));
    }
}

}  // namespace
}  // namespace closet
