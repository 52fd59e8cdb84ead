#include "interpolate/person.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "interpolate/people.h"

using namespace closet;
using closet::test::Clip;
using closet::test::figure;
using closet::test::interpolate;
using closet::test::numbered;
using closet::test::Run;
using closet::test::unsmoothed;

namespace {

const cv::Size kPicture(1920, 1080);
const TrackOptions kRaw{{0, 0.01}, 0.5};

}  // namespace

TEST_CASE("the rules for choosing a person are read and others are refused") {
    CHECK(parse_person("largest").kind == PersonRule::Kind::kLargest);
    CHECK(parse_person("center").kind == PersonRule::Kind::kCenter);
    CHECK(parse_person("all").kind == PersonRule::Kind::kAll);
    CHECK(parse_person("12,34.5").point == cv::Point2f(12, 34.5F));
    CHECK(parse_person("id:12").kind == PersonRule::Kind::kId);
    CHECK(parse_person("id:12").id == 12);
    CHECK(parse_person("face:a b,c.jpg").kind == PersonRule::Kind::kFace);
    CHECK(parse_person("face:a b,c.jpg").photo == "a b,c.jpg");
    for (const auto* bad : {"", "biggest", ",", "1,", "1,2,3", "-1,2", "nan,1", "1e99,1", "1 ,2",
                            "2", "id:", "id:-1", "id:1.5", "id: 1", "id:99999999999", "face:"}) {
        CAPTURE(bad);
        CHECK_THROWS_AS(parse_person(bad), ConfigError);
    }
    for (const auto* text :
         {"largest", "center", "all", "id:12", "12,34.5", "0.1,1e-07", "face:me.png"}) {
        CHECK(to_string(parse_person(text)) == text);
    }
}

TEST_CASE("each rule chooses its person") {
    Tracks tracks(kRaw);
    tracks.add({0, 0}, {figure(300, 500), figure(950, 500, 0.8), figure(1500, 500, 1.2)});
    CHECK(PersonPicker(parse_person("largest")).pick(tracks, kPicture) == 2);
    CHECK(PersonPicker(parse_person("center")).pick(tracks, kPicture) == 1);
    CHECK(PersonPicker(parse_person("310,480")).pick(tracks, kPicture) == 0);
    CHECK(PersonPicker(parse_person("0,0")).pick(tracks, kPicture) == 0);
    CHECK(PersonPicker(parse_person("id:1")).pick(tracks, kPicture) == 1);
}

TEST_CASE("a face: whoever inference marks is chosen, also when that changes, else nobody") {
    Tracks tracks(kRaw);
    PersonPicker picker(parse_person("face:me.png"));
    for (int i = 0; i < 40; ++i) {
        std::vector<Pose> poses{numbered(0, figure(300, 500)), numbered(1, figure(1500, 500))};
        if (i == 12 || i == 13) {
            poses.erase(poses.begin());  // overlooked
        } else {
            poses[0].is_wanted = i >= 10 && i < 20;
        }
        poses.back().is_wanted = i >= 20 && i < 30;
        tracks.add({i, i * 0.04}, poses);
        const auto chosen = picker.pick(tracks, kPicture);
        CAPTURE(i);
        CHECK(chosen.value_or(-1) == (i < 10 ? -1 : i < 20 ? 0 : i < 30 ? 1 : -1));
    }
}

TEST_CASE("nobody else is chosen while the chosen one is hidden") {
    // Key frames every 0.04 s; the chosen one is hidden in 5 to `back` - 1.
    for (const int back : {15, 40}) {
        CAPTURE(back);
        Tracks tracks(kRaw);
        PersonPicker picker(parse_person("largest"));
        for (int i = 0; i < 60; ++i) {
            std::vector<Pose> poses{numbered(4, figure(1400, 500))};
            if (i < 5 || i >= back) {
                poses.push_back(numbered(i < 5 || back == 15 ? 3 : 9, figure(300, 500, 1.2)));
            }
            tracks.add({i, i * 0.04}, poses);
            const int chosen = picker.pick(tracks, kPicture).value_or(-1);
            CAPTURE(i);
            // After a second (i = 29) the chosen one will not come back.
            CHECK(chosen == (back == 40 && i > 29 ? 0 : 1));
        }
    }
}

TEST_CASE("somebody who was not there before is chosen at once when the chosen one is lost") {
    Tracks tracks(kRaw);
    PersonPicker picker(parse_person("largest"));
    for (int i = 0; i < 20; ++i) {
        tracks.add({i, i * 0.04},
                   {i < 10 ? numbered(0, figure(300, 500)) : numbered(1, figure(1400, 500))});
        CHECK(picker.pick(tracks, kPicture) == (i < 12 ? 0 : 1));
    }
}

TEST_CASE("the chosen person is kept until somebody is larger for good") {
    Tracks tracks(kRaw);
    PersonPicker picker(parse_person("largest"));
    const auto step = [&](int i, double size) {
        tracks.add({i, i * 0.04}, {figure(300, 500), figure(1400, 500, size)});
        return picker.pick(tracks, kPicture);
    };
    CHECK(step(0, 0.9) == 0);
    // Somewhat larger: no reason to change.
    for (int i = 1; i < 40; ++i) {
        CHECK(step(i, 1.1) == 0);
    }
    // Walks up to the camera: changes once, and not back.
    int changes = 0;
    int last = 0;
    for (int i = 40; i < 200; ++i) {
        const int now = step(i, 1.1 + 0.01 * (i - 40)).value_or(-1);
        changes += now != last ? 1 : 0;
        last = now;
    }
    CHECK(changes == 1);
    CHECK(last == 1);
}

TEST_CASE("a passer-by who is larger for a moment does not get the garment") {
    Tracks tracks(kRaw);
    PersonPicker picker(parse_person("largest"));
    for (int i = 0; i < 4; ++i) {
        tracks.add({i, i * 0.04}, {figure(300, 500)});
        CHECK(picker.pick(tracks, kPicture) == 0);
    }
    for (int i = 4; i < 8; ++i) {
        tracks.add({i, i * 0.04}, {figure(300, 500), figure(1400, 500, 2.0)});
        CHECK(picker.pick(tracks, kPicture) == 0);
    }
}

TEST_CASE("the next person is chosen once the chosen one is lost for good") {
    Tracks tracks(kRaw);
    PersonPicker picker(parse_person("center"));
    tracks.add({0, 0.0}, {figure(960, 500), figure(1500, 500)});
    CHECK(picker.pick(tracks, kPicture) == 0);
    for (int i = 1; i <= 2; ++i) {
        tracks.add({i, i * 0.04}, {figure(1500, 500)});
        CHECK(picker.pick(tracks, kPicture) == 0);
    }
    tracks.add({3, 0.12}, {figure(1500, 500)});
    CHECK(picker.pick(tracks, kPicture) == 1);
    tracks.cut({4, 0.16});
    tracks.add({4, 0.16}, {});
    CHECK(picker.pick(tracks, kPicture) == std::nullopt);
}

TEST_CASE("a face: who was seen to be the wanted person was it before, as far as is known") {
    // 100 frames of 0.04 s, all key frames; person 0 walks from the left to the right, past 1.
    const auto run = [](double seen_s, double cross_s, double begin_s, double wait_s) {
        const Clip clip = Clip().add(100, 40, 1, [=](double now) {
            std::vector<Pose> poses{numbered(1, figure(960, 500))};
            if (now >= begin_s) {
                poses.push_back(
                    numbered(0, figure(now < cross_s ? 300 : 300 + 600 * (now - cross_s), 500)));
                poses.back().is_wanted = now >= seen_s - 0.001;
            }
            return poses;
        });
        InterpolateOptions options = unsmoothed();
        options.person = parse_person("face:me.png");
        const Run result = interpolate(clip, options);
        CHECK(result.frames.size() == 100);
        CHECK(result.most_held <= static_cast<std::size_t>(wait_s / 0.04) + 12);
        std::size_t first = 0;
        while (first < 100 && !result.has_pose(first)) {
            ++first;
        }
        for (std::size_t i = first; i < 100; ++i) {
            CAPTURE(i);
            REQUIRE(result.frames[i].poses.size() == 1);
            const double now = 0.04 * static_cast<double>(i);
            CHECK(result.pose(i).at(Joint::kNose).x ==
                  doctest::Approx(now < cross_s ? 300 : 300 + 600 * (now - cross_s)).epsilon(0.05));
        }
        return first;
    };
    CHECK(run(1.2, 99, 0, 2) == 0);     // from the first frame
    CHECK(run(1.2, 99, 0.4, 2) == 10);  // from where she comes in
    CHECK(run(3.2, 99, 0, 2) == 29);    // frames wait 2 s
    const std::size_t crossed = run(2.8, 0.2, 0, 2);
    CHECK(crossed > 30);  // behind the crossing, about 1.1 to 1.5 s
    CHECK(crossed < 45);
    CHECK(run(99, 99, 0, 2) == 100);  // never: nobody
}
