// Whose face it is, over time: crossings, cuts and faces that are not seen, with made-up looks.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <vector>

#include "core/state.h"
#include "infer/faces/wanted_person.h"

using namespace closet;

namespace {

constexpr float kThreshold = 0.4F;
constexpr double kStep = 0.1;  // between views, seconds

/// What a look at somebody's face would say.
using Likeness = std::function<std::optional<float>(int id, double time_s)>;

struct Play {
    WantedPerson wanted{kThreshold};
    std::map<int, int> looks;
    double time_s = 0;

    /// One view with these people; who is the wanted one.
    std::optional<int> view(const std::vector<FollowedPerson>& people, const Likeness& likeness) {
        for (const int id : wanted.see(people, time_s)) {
            ++looks[id];
            wanted.vote(id, time_s, likeness(id, time_s));
        }
        wanted.decide();
        time_s += kStep;
        return wanted.wanted();
    }
};

FollowedPerson person_at(int id, float x) {
    return {id, {.x = x, .y = 0, .width = 40, .height = 100}};
}

}  // namespace

TEST_CASE("the one who is like it is the wanted one from the first look on, and looks get rare") {
    Play play;
    const Likeness likeness = [](int id, double) { return id == 1 ? 0.7F : 0.1F; };
    for (int i = 0; i < 100; ++i) {
        CHECK(play.view({person_at(0, 0), person_at(1, 200)}, likeness) == 1);
    }
    CHECK(play.looks[0] <= 14);  // three, then one a second
    CHECK(play.looks[1] <= 14);
    CHECK(play.wanted.was_found());
    CHECK(play.wanted.best() == 0.7F);
}

TEST_CASE("nobody is like it: nobody is the wanted one, and the best similarity is told") {
    Play play;
    for (int i = 0; i < 50; ++i) {
        CHECK_FALSE(play.view({person_at(0, 0), person_at(1, 200)},
                              [](int id, double) { return id == 1 ? 0.3F : 0.1F; }));
    }
    CHECK_FALSE(play.wanted.was_found());
    CHECK(play.wanted.best() == 0.3F);
    Play blind;
    for (int i = 0; i < 50; ++i) {
        CHECK_FALSE(blind.view({person_at(0, 0)}, [](int, double) { return std::nullopt; }));
    }
    CHECK_FALSE(blind.wanted.best());
    CHECK(blind.wanted.looks() > 10);  // it goes on looking
    CHECK(blind.wanted.faces() == 0);
}

TEST_CASE("two are like it: the one who is more so is it, one at a time") {
    Play play;
    const Likeness likeness = [](int id, double) { return id == 1 ? 0.7F : 0.5F; };
    CHECK(play.view({person_at(0, 0)}, likeness) == 0);  // as long as the better one is not there
    for (int i = 0; i < 30; ++i) {
        CHECK(play.view({person_at(0, 0), person_at(1, 200)}, likeness) == 1);
    }
}

TEST_CASE("one bad look does not end it, many do") {
    Play play;
    for (int i = 0; i < 20; ++i) {
        play.view({person_at(0, 0)}, [](int, double) { return 0.6F; });
    }
    bool bad = true;
    const Likeness once = [&](int, double) { return std::exchange(bad, false) ? 0.2F : 0.6F; };
    for (int i = 0; i < 30; ++i) {
        CHECK(play.view({person_at(0, 0)}, once) == 0);
    }
    std::optional<int> last;
    for (int i = 0; i < 80; ++i) {
        last = play.view({person_at(0, 0)}, [](int, double) { return 0.1F; });
    }
    CHECK_FALSE(last);
}

TEST_CASE("where two cross and the tracker exchanges them, the wanted one is found again at once") {
    // Whose face each number has: exchanged at 3 s, in the middle of the crossing.
    const auto is_wanted_face = [](int id, double time_s) { return (id == 0) == (time_s < 3.0); };
    const auto place = [](int id, double time_s) {  // they meet at 3 s
        const auto left = static_cast<float>(60 * time_s),
                   right = static_cast<float>(360 - 60 * time_s);
        return (id == 0) ? (time_s < 3.0 ? left : right) : (time_s < 3.0 ? right : left);
    };
    for (const bool faces_hidden : {false, true}) {
        CAPTURE(faces_hidden);
        Play play;
        double right_again_s = 0;
        for (int i = 0; i < 60; ++i) {
            const double now = play.time_s;
            const auto found = play.view(
                {person_at(0, place(0, now)), person_at(1, place(1, now))},
                [&](int id, double time_s) {
                    const bool hidden = faces_hidden && std::abs(time_s - 3.0) < 0.5;
                    return hidden ? std::nullopt
                                  : std::optional(is_wanted_face(id, time_s) ? 0.65F : 0.1F);
                });
            const int right = now < 3.0 ? 0 : 1;
            if (found == right && right_again_s == 0 && now >= 3.0) {
                right_again_s = now;
            }
            if (now < 2.4 || now > 4.0) {
                CHECK(found == right);
            }
        }
        CHECK(right_again_s <= (faces_hidden ? 3.9 : 3.5));
    }
}

TEST_CASE("whoever vanished behind somebody does not lend that one a face") {
    Play play;
    const auto likeness = [](int id, double time_s) {
        const bool mixed = time_s > 2 && time_s < 3.2;  // the pose of 0 has the head of 1
        return std::optional(id == 1 || mixed ? 0.9F : 0.1F);
    };
    for (int i = 0; i < 60; ++i) {
        const double now = play.time_s;
        std::vector<FollowedPerson> people{person_at(0, static_cast<float>(40 * now))};
        if (now < 2 || now > 3.5) {
            people.push_back(person_at(1, now < 2 ? 110 : 20));
        }
        const auto found = play.view(people, likeness);
        CAPTURE(now);
        if (now < 1.9 || now > 4.2) {
            CHECK(found == 1);
        } else {
            CHECK(found != 0);
        }
    }
}

TEST_CASE("a cut: the same number may be somebody else, and is nobody until a face is seen") {
    Play play;
    for (int i = 0; i < 20; ++i) {
        CHECK(play.view({person_at(0, 0)}, [](int, double) { return 0.6F; }) == 0);
    }
    play.wanted.start_scene();
    CHECK_FALSE(play.view({person_at(0, 0)}, [](int, double) { return std::nullopt; }));
    CHECK_FALSE(play.view({person_at(0, 0)}, [](int, double) { return std::nullopt; }));
    CHECK(play.view({person_at(0, 0)}, [](int, double) { return 0.6F; }) != 5);
    play.time_s += 1;
    CHECK(play.view({person_at(0, 0), person_at(7, 300)},
                    [](int id, double) { return id == 7 ? 0.6F : 0.1F; }) == 7);
}

TEST_CASE(
    "somebody who was hidden is looked at when seen again; the wanted one may come back "
    "under another number") {
    Play play;
    for (int i = 0; i < 20; ++i) {
        play.view({person_at(0, 0), person_at(1, 200)},
                  [](int id, double) { return id == 0 ? 0.6F : 0.1F; });
    }
    const int before = play.looks[0];
    for (int i = 0; i < 6; ++i) {
        CHECK_FALSE(play.view({person_at(1, 200)}, [](int, double) { return 0.1F; }));
    }
    // Number 0 is given to somebody else now.
    CHECK_FALSE(play.view({person_at(0, 0), person_at(1, 200)}, [](int, double) { return 0.1F; }));
    CHECK(play.looks[0] > before);
    CHECK(play.view({person_at(0, 0), person_at(1, 200), person_at(2, 400)},
                    [](int id, double) { return id == 2 ? 0.55F : 0.1F; }) == 2);
}

TEST_CASE("what is known of people goes on where it was written down") {
    const auto people_at = [](int i) {
        std::vector<FollowedPerson> people;
        if (i % 17 > 3) {
            people.push_back(person_at(0, static_cast<float>(3 * i)));
        }
        people.push_back(person_at(1, 150));
        if (i % 23 > 11) {
            people.push_back(person_at(2, static_cast<float>(400 - 4 * i)));
        }
        return people;
    };
    const Likeness likeness = [](int id, double time_s) {
        const double x = std::fmod(time_s * 7.3 + id * 0.37, 1.0);
        return x < 0.2 ? std::nullopt : std::optional(static_cast<float>(0.2 + 0.5 * x));
    };
    const auto state_of = [](const WantedPerson& wanted) {
        std::ostringstream to;
        write_state(to, wanted);
        return to.str();
    };
    Play whole;
    for (int i = 0; i < 100; ++i) {
        Play resumed;
        std::istringstream from(state_of(whole.wanted));
        read_state(from, resumed.wanted);
        resumed.time_s = whole.time_s;
        for (int k = i; k < i + 5; ++k) {
            resumed.view(people_at(k), likeness);
        }
        const Play before = whole;
        for (int k = i; k < i + 5; ++k) {
            whole.view(people_at(k), likeness);
        }
        CHECK(state_of(resumed.wanted) == state_of(whole.wanted));
        whole = before;
        whole.view(people_at(i), likeness);
    }
    CHECK(whole.wanted.was_found());
}
