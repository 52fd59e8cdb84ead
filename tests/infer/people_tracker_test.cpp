#include "infer/track/people_tracker.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include <doctest/doctest.h>

#include "infer/fake_people.h"

namespace closet {
namespace {

using test::Actor;
using test::BlobDetector;
using test::BlobPoseModel;
using test::Play;
using test::Scene;

constexpr double kViewS = 1.0 / 25.0;

/// Who was given which number in each view: color -> person_id.
using Ids = std::vector<std::map<int, int>>;

/// A tracker, its networks and what they are shown.
struct Studio {
    explicit Studio(Play what, const PeopleOptions& options = {}, bool has_detector = true)
        : play(std::move(what)), tracker(model, has_detector ? &detector : nullptr, options) {}

    /// Shows the pictures `first` to `end` - 1 in batches of `size`; `cuts` start scenes. Every
    /// person given must be somebody in the picture, and nobody be given twice.
    Ids show(int first, int end, int size, const std::vector<int>& cuts = {}) {
        Ids ids;
        for (int start = first; start < end; start += size) {
            std::vector<cv::Mat> pictures;
            for (int i = start; i < std::min(end, start + size); ++i) {
                pictures.push_back(test::draw(play(i), i));
            }
            std::vector<TimedView> views;
            for (std::size_t i = 0; i < pictures.size(); ++i) {
                const int number = start + static_cast<int>(i);
                views.push_back({&pictures[i], number * kViewS,
                                 std::find(cuts.begin(), cuts.end(), number) != cuts.end()});
            }
            const auto people = tracker.follow(views);
            REQUIRE(people.size() == views.size());
            for (std::size_t i = 0; i < people.size(); ++i) {
                ids.push_back(identify(play(start + static_cast<int>(i)), people[i]));
            }
        }
        return ids;
    }

    static std::map<int, int> identify(const Scene& scene, const std::vector<Tracked>& people) {
        std::map<int, int> ids;
        int last_id = -1;
        for (const Tracked& person : people) {
            CHECK(person.person_id > last_id);  // in order, each once
            last_id = person.person_id;
            const auto off = [&](const Actor& actor) {  // people who coincide differ in size
                return cv::norm(actor.center - person.estimate.region.center) +
                       std::abs(actor.side - person.estimate.region.side);
            };
            const auto nearest =
                std::min_element(scene.begin(), scene.end(),
                                 [&](const Actor& a, const Actor& b) { return off(a) < off(b); });
            REQUIRE(nearest != scene.end());
            CHECK(off(*nearest) < 0.2 * nearest->side);
            CHECK(ids.emplace(nearest->color, person.person_id).second);
        }
        return ids;
    }

    Play play;
    BlobPoseModel model;
    BlobDetector detector;
    PeopleTracker tracker;
};

/// Two people who stand side by side, at half a side's distance.
Scene pair(int) {
    return {{1, {250, 180}, 120}, {2, {310, 180}, 120}};
}

/// One walks to the right, one to the left, at 1.2 sides a second; the second one is in front. They
/// meet in picture 30.
Play crossing(double apart_y) {
    return [apart_y](int i) {
        const double way = 1.2 * 120 * kViewS * (i - 30);
        return Scene{{1, {320 + way, 180 - apart_y / 2}, 120},
                     {2, {320 - way, 180 + apart_y / 2}, 130}};
    };
}

const std::map<int, int> kBoth{{1, 0}, {2, 1}};
const std::map<int, int> kLargerFirst{{1, 1}, {2, 0}};

TEST_CASE("people: two who stand side by side keep their numbers whatever the batch size") {
    for (const int size : {1, 5, 8}) {
        for (const bool has_detector : {true, false}) {
            CAPTURE(size);
            Studio studio(pair, {}, has_detector);
            for (const auto& ids : studio.show(0, 40, size)) {
                CHECK(ids == kBoth);
            }
        }
    }
}

TEST_CASE("people: numbers count from the largest one and poses come in their order") {
    Studio studio([](int) {
        return Scene{{1, {100, 180}, 80}, {2, {250, 180}, 140}, {3, {420, 180}, 100}};
    });
    for (const auto& ids : studio.show(0, 10, 5)) {
        CHECK(ids == std::map<int, int>{{2, 0}, {3, 1}, {1, 2}});
    }
}

TEST_CASE("people: two who cross keep their numbers where one hides the other") {
    for (const double apart_y : {0.0, 10.0, 30.0}) {
        for (const int size : {1, 2, 5, 8}) {
            CAPTURE(apart_y);
            CAPTURE(size);
            Studio studio(crossing(apart_y));
            const Ids ids = studio.show(0, 60, size);
            std::size_t seen = 0;
            for (std::size_t i = 0; i < ids.size(); ++i) {
                CAPTURE(i);
                CHECK(ids[i].at(2) == 0);  // in front and larger: never lost
                if (ids[i].contains(1)) {
                    CHECK(ids[i].at(1) == 1);
                    ++seen;
                }
                if (i < 20 || i >= 40) {
                    CHECK(ids[i] == kLargerFirst);
                }
            }
            CHECK(seen < ids.size());  // he was behind her for a while
        }
    }
}

TEST_CASE("people: two who pass each other without hiding keep their numbers in every view") {
    const Play pass = [](int i) {
        const double way = 1.2 * 100 * kViewS * (i - 30);
        return Scene{{1, {320 + way, 130}, 100}, {2, {320 - way, 210}, 110}};
    };
    for (const int size : {1, 5, 8}) {
        Studio studio(pass);
        for (const auto& ids : studio.show(0, 60, size)) {
            CHECK(ids == kLargerFirst);
        }
    }
}

TEST_CASE("people: somebody who walks behind a standing one comes out as the same person") {
    const Play behind = [](int i) {
        return Scene{{1, {180 + 5.0 * i, 180}, 100}, {2, {320, 185}, 150}};
    };
    for (const int size : {1, 5, 8}) {
        CAPTURE(size);
        Studio studio(behind);
        const Ids ids = studio.show(0, 60, size);
        CHECK(ids.front() == kLargerFirst);
        CHECK(ids.back() == kLargerFirst);
        for (const auto& view : ids) {
            CHECK(view.at(2) == 0);
        }
    }
}

TEST_CASE("people: one who leaves and comes back soon is the same and later is somebody new") {
    for (const auto& [away, number] : {std::pair(15, 1), std::pair(40, 2)}) {
        for (const int size : {1, 5, 8}) {
            CAPTURE(away);
            CAPTURE(size);
            Studio studio([gone = away](int i) {
                Scene scene{{2, {450, 180}, 140}};
                if (i < 10 || i >= 10 + gone) {
                    scene.push_back({1, {200, 180}, 100});
                }
                return scene;
            });
            const Ids ids = studio.show(0, 80, size);
            for (std::size_t i = 0; i < ids.size(); ++i) {
                CHECK(ids[i].at(2) == 0);
                CHECK_FALSE((i >= 10 && static_cast<int>(i) < 10 + away && ids[i].contains(1)));
            }
            CHECK(ids[9].at(1) == 1);
            CHECK(ids.back().at(1) == number);
        }
    }
}

TEST_CASE(
    "people: one who enters in the middle of a batch is followed from the next detection on") {
    for (const int size : {1, 5, 8}) {
        CAPTURE(size);
        Studio studio([](int i) {
            Scene scene{{2, {450, 180}, 140}};
            if (i >= 23) {
                scene.push_back({1, {200 + 3.0 * (i - 23), 180}, 100});
            }
            return scene;
        });
        const Ids ids = studio.show(0, 60, size);
        for (std::size_t i = 0; i < ids.size(); ++i) {
            CAPTURE(i);
            // Detections in pictures 0, 13, 26, ...: every half second of 25 a second.
            CHECK(ids[i] == (i < 26 ? std::map<int, int>{{2, 0}} : kLargerFirst));
        }
    }
}

TEST_CASE("people: the detector looks as often as it is told to") {
    for (const int size : {1, 5, 8}) {
        Studio studio(pair, {.detect_every_s = 0.4});
        studio.show(0, size, size);  // until somebody is followed at every view
        studio.detector.asked.clear();
        studio.show(size, 80, size);
        std::vector<int> every_tenth;
        for (int i = 10; i < 80; i += 10) {
            every_tenth.push_back(i);
        }
        CHECK(studio.detector.asked == every_tenth);
        CHECK(studio.tracker.counts().detections == size + 7);
    }
    Studio always(pair, {.detect_every_s = 0});
    always.show(0, 20, 4);
    CHECK(always.detector.asked.size() == 20);
    CHECK(always.detector.calls == 5);
}

TEST_CASE("people: nobody in the picture costs one detection a view and gives nothing") {
    Studio studio([](int) { return Scene{}; });
    for (const auto& ids : studio.show(0, 12, 4)) {
        CHECK(ids.empty());
    }
    CHECK(studio.detector.asked.size() == 12);
    CHECK(studio.detector.calls == 3);
    CHECK(studio.tracker.counts().estimates == 0);
}

TEST_CASE("people: all people and views of a batch go through the network in one call") {
    Studio studio([](int) {
        return Scene{{1, {100, 180}, 100}, {2, {300, 180}, 100}, {3, {500, 180}, 100}};
    });
    studio.show(0, 8, 8);
    studio.model.looks_of_calls.clear();
    studio.show(8, 24, 8);  // with a detection among them
    CHECK(studio.model.looks_of_calls == std::vector<std::size_t>{24, 24});
}

TEST_CASE("people: a newcomer is read in the same call as those who are followed") {
    Studio studio([](int i) {
        Scene scene{{1, {100, 180}, 100}};
        if (i >= 9) {
            scene.push_back({2, {300, 180}, 100});
        }
        return scene;
    });
    studio.show(0, 8, 8);
    studio.model.looks_of_calls.clear();
    studio.show(8, 16, 8);  // the detector looks at picture 13
    REQUIRE_FALSE(studio.model.looks_of_calls.empty());
    CHECK(studio.model.looks_of_calls.front() == 8 + 1);
}

TEST_CASE("people: a detector that misses some views changes nothing for those who are followed") {
    Studio studio(pair);
    for (int i = 3; i < 40; ++i) {
        studio.detector.missed.insert(i);
    }
    for (const auto& ids : studio.show(0, 40, 5)) {
        CHECK(ids == kBoth);
    }
}

TEST_CASE("people: a detection that the pose network does not confirm is nobody") {
    Studio studio(pair);
    studio.detector.extra = {{{500, 40, 40, 100}, 0.9F}, {{20, 200, 40, 100}, 0.99F}};
    for (const auto& ids : studio.show(0, 40, 5)) {
        CHECK(ids == kBoth);
    }
}

TEST_CASE("people: boxes around parts of somebody are not somebody else") {
    Studio studio(pair, {.detect_every_s = 0});
    // The upper half of one, both together, and one of them a second time.
    studio.detector.extra = {
        {{233, 138, 34, 42}, 0.9F}, {{233, 138, 94, 84}, 0.8F}, {{230, 140, 38, 80}, 0.7F}};
    for (const auto& ids : studio.show(0, 40, 5)) {
        CHECK(ids == kBoth);
    }
}

TEST_CASE("people: a cut inside a batch starts again with new numbers") {
    Studio studio([](int i) {
        return i < 13 ? pair(i) : Scene{{1, {250, 180}, 120}, {2, {310, 180}, 120}};
    });
    const Ids ids = studio.show(0, 24, 8, {0, 13});
    for (std::size_t i = 0; i < ids.size(); ++i) {
        CHECK(ids[i] == (i < 13 ? kBoth : std::map<int, int>{{1, 2}, {2, 3}}));
    }
}

TEST_CASE("people: no more than wanted are followed and these are the largest") {
    const Play crowd = [](int i) {
        Scene scene;
        for (int k = 0; k < 6; ++k) {
            scene.push_back({1 + k, {60.0 + 100 * k, 180}, 60.0 + 10 * k});
        }
        if (i >= 20) {
            scene.push_back({9, {330, 240}, 200});
        }
        return scene;
    };
    for (const int size : {1, 5, 8}) {
        CAPTURE(size);
        Studio studio(crowd, {.max_people = 2});
        const Ids ids = studio.show(0, 60, size);
        for (std::size_t i = 0; i < ids.size(); ++i) {
            CAPTURE(i);
            CHECK(ids[i].size() == 2);
            if (i < 20) {
                CHECK(ids[i] == std::map<int, int>{{6, 0}, {5, 1}});
            }
        }
        CHECK(ids.back() == std::map<int, int>{{6, 0}, {9, 2}});
    }
}

TEST_CASE("people: one of two equally large people stays the one who is followed") {
    Studio studio(pair, {.detect_every_s = 0, .max_people = 1});
    for (const auto& ids : studio.show(0, 40, 4)) {
        CHECK(ids == std::map<int, int>{{1, 0}});
    }
}

TEST_CASE("people: a place that gets free is taken at the next detection") {
    Studio studio(
        [](int i) {
            return i < 10 ? Scene{{1, {150, 180}, 120}, {2, {450, 180}, 80}}
                          : Scene{{2, {450, 180}, 80}};
        },
        {.max_people = 1});
    const Ids ids = studio.show(0, 20, 4);
    CHECK(ids[9] == std::map<int, int>{{1, 0}});
    CHECK(ids[10] == std::map<int, int>{{2, 1}});
    CHECK(ids[19] == std::map<int, int>{{2, 1}});
}

}  // namespace
}  // namespace closet
