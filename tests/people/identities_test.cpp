// Who is who in a clip, with made-up tracklets whose faces are directions in a plane of few axes.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "people/contact_sheet.h"
#include "people/identities.h"
#include "people/people_json.h"

using namespace closet;

namespace {

constexpr float kThreshold = 0.45F;

/// The face of somebody, turned away from their own axis by `angle`: cos(angle) like it.
Embedding face_of(std::size_t person, double angle = 0) {
    Embedding face(8, 0.0F);
    face[person] = static_cast<float>(std::cos(angle));
    face[7] = static_cast<float>(std::sin(angle));
    return face;
}

ClipTracklet tracklet(int number, double start_s, double end_s, std::vector<Embedding> faces,
                      int scene = 0) {
    ClipTracklet result;
    result.person_id = number;
    result.scene = scene;
    for (double t = start_s; t <= end_s + 1e-9; t += 0.1) {
        result.sightings.push_back({static_cast<std::int64_t>(std::lround(t * 30)),
                                    t,
                                    {.x = 10, .y = 20, .width = 30, .height = 80}});
    }
    result.faces = std::move(faces);
    result.glimpses.push_back({start_s, cv::Mat(144, 108, CV_8UC3, cv::Scalar(200, 10, 10))});
    return result;
}

/// Numbers of the tracklets of each identity.
std::vector<std::set<std::size_t>> members(const std::vector<Identity>& identities) {
    std::vector<std::set<std::size_t>> all;
    for (const Identity& identity : identities) {
        std::set<std::size_t>& own = all.emplace_back();
        for (const Appearance& appearance : identity.appearances) {
            own.insert(appearance.tracklets.begin(), appearance.tracklets.end());
        }
    }
    return all;
}

bool contains(const std::vector<std::set<std::size_t>>& all, const std::set<std::size_t>& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

TEST_CASE("who comes back after a cut is the same person, and others are not") {
    const std::vector<ClipTracklet> tracklets{
        tracklet(0, 0, 2, {face_of(0)}), tracklet(1, 0, 2, {face_of(1)}),
        tracklet(2, 3, 6, {face_of(1, 0.6)}, 1), tracklet(3, 3, 4, {face_of(2)}, 1)};
    const auto identities = find_identities(tracklets, kThreshold);
    const auto all = members(identities);
    REQUIRE(all.size() == 3);
    CHECK(all[0] == std::set<std::size_t>{1, 2});  // 5 s in the picture
    CHECK(contains(all, {0}));
    CHECK(contains(all, {3}));
    CHECK(identities[0].appearances.size() == 2);
    CHECK(identities[0].seconds == doctest::Approx(5));
    CHECK(*identities[0].least_similarity == doctest::Approx(std::cos(0.6)).epsilon(1e-4));
    CHECK(*identities[0].nearest_other < kThreshold);
    CHECK_FALSE(identities[1].least_similarity);
}

TEST_CASE("complete link: a chain of faces, each like the next, is not one person") {
    // 0, 50 and 100 degrees: neighbors are 0.64 alike, the ends are not.
    const double step = 50 * 3.14159265 / 180;
    const std::vector<ClipTracklet> tracklets{tracklet(0, 0, 2, {face_of(0, 0)}),
                                              tracklet(1, 3, 5, {face_of(0, step)}, 1),
                                              tracklet(2, 6, 8, {face_of(0, 2 * step)}, 2)};
    const auto all = members(find_identities(tracklets, kThreshold));
    CHECK(all.size() == 2);
}

TEST_CASE("one identity is never twice in a frame, however alike two people are") {
    const std::vector<ClipTracklet> tracklets{tracklet(0, 0, 3, {face_of(0)}),
                                              tracklet(1, 2, 5, {face_of(0, 0.1)}),
                                              tracklet(2, 6, 8, {face_of(0, 0.05)}, 1)};
    const auto identities = find_identities(tracklets, kThreshold);
    CHECK(members(identities).size() == 2);
    for (const Identity& identity : identities) {
        for (std::size_t i = 1; i < identity.appearances.size(); ++i) {
            CHECK(identity.appearances[i - 1].end_s() < identity.appearances[i].start_s());
        }
    }
}

TEST_CASE("the tracker's word counts where no face says otherwise") {
    std::vector<ClipTracklet> tracklets{tracklet(0, 0, 2, {face_of(0)}), tracklet(0, 2.1, 3, {}),
                                        tracklet(0, 3.1, 5, {face_of(1)}), tracklet(0, 5.1, 6, {})};
    for (std::size_t i = 1; i < tracklets.size(); ++i) {
        tracklets[i].continues = i - 1;
    }
    const auto all = members(find_identities(tracklets, kThreshold));
    REQUIRE(all.size() == 2);
    CHECK(contains(all, {0, 1}));
    CHECK(contains(all, {2, 3}));  // another face: exchanged at the crossing
}

TEST_CASE("two who were exchanged while they crossed get their own identities back") {
    // Number 0 shows person 0, then person 1; number 1 the other way round.
    std::vector<ClipTracklet> tracklets{
        tracklet(0, 0, 2, {face_of(0)}), tracklet(1, 0, 2, {face_of(1)}),
        tracklet(0, 2.6, 5, {face_of(1, 0.3)}), tracklet(1, 2.6, 5, {face_of(0, 0.3)})};
    tracklets[2].continues = 0;
    tracklets[3].continues = 1;
    const auto identities = find_identities(tracklets, kThreshold);
    const auto all = members(identities);
    REQUIRE(all.size() == 2);
    CHECK(contains(all, {0, 3}));
    CHECK(contains(all, {1, 2}));
    CHECK(identities[0].appearances.size() == 1);  // the gap of 0.6 s is filled
}

TEST_CASE("gaps are filled within a scene only; glimpses and people without faces") {
    const std::vector<ClipTracklet> tracklets{tracklet(0, 0, 2, {face_of(0)}),
                                              tracklet(1, 2.8, 4, {face_of(0)}),
                                              tracklet(2, 4.2, 6, {face_of(0)}, 1),
                                              tracklet(3, 0, 0.1, {face_of(3)}),
                                              tracklet(4, 8, 9, {}, 1),
                                              tracklet(5, 10, 11, {}, 1)};
    const auto identities = find_identities(tracklets, kThreshold);
    const auto all = members(identities);
    REQUIRE(all.size() == 3);
    CHECK(all[0] == std::set<std::size_t>{0, 1, 2});
    CHECK(identities[0].appearances.size() == 2);  // a cut between the last two
    CHECK(contains(all, {4}));                     // without a face everybody is somebody new
    CHECK(contains(all, {5}));
    CHECK(find_identities({}, kThreshold).empty());
}

TEST_CASE("at random: nobody overlaps with oneself and nobody is lost") {
    std::mt19937 random(7);
    for (int round = 0; round < 30; ++round) {
        std::vector<ClipTracklet> tracklets;
        const auto any = [&](double low, double high) {
            return std::uniform_real_distribution<>(low, high)(random);
        };
        for (int i = 0; i < 25; ++i) {
            const double start = any(0, 20);
            std::vector<Embedding> faces;
            if (any(0, 1) < 0.7) {
                faces.push_back(face_of(static_cast<std::size_t>(any(0, 5)), any(-0.7, 0.7)));
            }
            tracklets.push_back(tracklet(i, start, start + any(0.3, 4), std::move(faces)));
        }
        const auto identities = find_identities(tracklets, kThreshold);
        std::size_t count = 0;
        for (const auto& own : members(identities)) {
            count += own.size();
        }
        CHECK(count == tracklets.size());
        for (const Identity& identity : identities) {
            CHECK((!identity.least_similarity || *identity.least_similarity >= kThreshold));
            for (std::size_t i = 1; i < identity.appearances.size(); ++i) {
                CHECK(identity.appearances[i - 1].end_s() < identity.appearances[i].start_s());
            }
            for (const Appearance& appearance : identity.appearances) {
                CHECK(std::is_sorted(
                    appearance.sightings.begin(), appearance.sightings.end(),
                    [](const Sighting& a, const Sighting& b) { return a.time_s < b.time_s; }));
            }
        }
    }
}

TEST_CASE("what is written: JSON that says who is there when, and a sheet with a row for each") {
    People people;
    people.clip = "clip.mp4";
    people.network = "mobilefacenet";
    people.threshold = kThreshold;
    people.picture = {640, 360};
    people.tracklets = {tracklet(0, 0, 2, {face_of(0)}), tracklet(1, 3, 5, {face_of(1)})};
    CHECK(draw_contact_sheet(people).rows > 100);  // nobody: a sentence
    people.identities = find_identities(people.tracklets, kThreshold);
    const auto json = nlohmann::json::parse(people_json(people));
    CHECK(json.at("schema") == "closet.people");
    REQUIRE(json.at("identities").size() == 2);
    const auto& interval = json.at("identities")[0].at("intervals")[0];
    CHECK(interval.at("start_s") == 0.0);
    CHECK(interval.at("boxes").size() == 21);
    CHECK(interval.at("segment").is_null());
    CHECK(json.at("identities")[0].at("least_similarity").is_null());
    CHECK(draw_contact_sheet(people).rows == 2 * 148 + 4);
}
