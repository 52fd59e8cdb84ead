#include "live/garment_rack.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/error.h"
#include "support/log_capture.h"
#include "support/temporary_folder.h"

using closet::ConfigError;
using closet::Garment;
using closet::GarmentChoice;
using closet::GarmentKind;
using closet::GarmentRack;
using closet::OutfitChoice;
using closet::test::LogCapture;
using closet::test::TemporaryFolder;

namespace {

/// A wardrobe of files "1.png", "2.png" ..., and a loader that tells what it loads, waits where it
/// is told to, and fails for the files that are named bad.
class Wardrobe {
  public:
    explicit Wardrobe(int count) {
        for (int i = 1; i <= count; ++i) {
            std::ofstream(folder_.path() / fmt::format("{}.png", i)) << "x";
        }
    }

    /// The whole folder.
    std::vector<OutfitChoice> looks() const { return {{{folder_.path().string(), {}}}}; }
    std::string path(int number) const {
        return (folder_.path() / fmt::format("{}.png", number)).string();
    }

    GarmentRack::Load load() {
        return [this](const GarmentChoice& garment) { return load_one(garment); };
    }

    /// The number of garments, counted from 1, that are loaded before the loader waits.
    void allow(int loads) {
        change([&] { allowed_ = loads; });
    }
    void spoil(int number) {
        change([&] { bad_.insert(std::to_string(number)); });
    }

    /// Waits until so many were asked for in all, and tells which, in order.
    std::vector<std::string> begun(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return begun_.size() >= count; });
        return begun_;
    }
    std::size_t begun_so_far() {
        const std::lock_guard lock(mutex_);
        return begun_.size();
    }
    /// Garments that are in memory now.
    std::ptrdiff_t alive() {
        const std::lock_guard lock(mutex_);
        return std::count_if(loaded_.begin(), loaded_.end(),
                             [](const auto& garment) { return !garment.expired(); });
    }

  private:
    std::shared_ptr<const Garment> load_one(const GarmentChoice& choice) {
        std::unique_lock lock(mutex_);
        const std::string name = std::filesystem::path(choice.path).stem().string();
        begun_.push_back(name);
        changed_.notify_all();
        changed_.wait(lock, [&] { return static_cast<int>(begun_.size()) <= allowed_; });
        if (bad_.contains(name)) {
            throw closet::MediaError("no picture in " + name);
        }
        auto garment = std::make_shared<Garment>();
        garment->name = name;
        garment->kind = choice.kind.value_or(GarmentKind::kTop);
        loaded_.push_back(garment);
        return garment;
    }

    template <class Change>
    void change(Change&& make) {
        const std::lock_guard lock(mutex_);
        make();
        changed_.notify_all();
    }

    TemporaryFolder folder_;
    std::mutex mutex_;
    std::condition_variable changed_;
    int allowed_ = 1'000'000;
    std::set<std::string> bad_;
    std::vector<std::string> begun_;
    std::vector<std::weak_ptr<const Garment>> loaded_;
};

/// Waits, by asking again and again, until the garment of that name is worn.
void wait_until_worn(const GarmentRack& rack, const std::string& name) {
    while (rack.worn().name() != name) {
        std::this_thread::yield();
    }
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("rack: without garments nothing is worn") {
    Wardrobe wardrobe(0);
    GarmentRack rack({}, wardrobe.load());
    CHECK(rack.size() == 0);
    CHECK(rack.worn().empty());
    rack.step(1);
    CHECK(rack.awaited().empty());
    CHECK(wardrobe.begun_so_far() == 0);
}

TEST_CASE("rack: the first garment is worn at once and neighbors are prepared outwards") {
    Wardrobe wardrobe(6);
    GarmentRack rack(wardrobe.looks(), wardrobe.load());
    CHECK(rack.worn().name() == "1");
    CHECK(rack.size() == 6);
    CHECK(wardrobe.begun(6) == Names{"1", "2", "6", "3", "5", "4"});
}

TEST_CASE("rack: a step to a prepared garment is at once and goes around the end") {
    Wardrobe wardrobe(3);
    GarmentRack rack(wardrobe.looks(), wardrobe.load());
    rack.step(-1);
    wait_until_worn(rack, "3");
    rack.step(1);
    CHECK(rack.worn().name() == "1");
    rack.step(-7);
    CHECK(rack.awaited().empty() == (rack.worn().name() == "3"));
    wait_until_worn(rack, "3");
    rack.step(0);
    CHECK(rack.worn().name() == "3");
}

TEST_CASE("rack: until a garment is ready the old one stays and its name is awaited") {
    Wardrobe wardrobe(8);
    wardrobe.allow(1);
    GarmentRack rack(wardrobe.looks(), wardrobe.load());
    wardrobe.begun(2);  // the thread is at 2 and waits there
    rack.step(4);
    CHECK(rack.worn().name() == "1");
    CHECK(rack.awaited() == "5");
    wardrobe.allow(100);
    wait_until_worn(rack, "5");
    CHECK(rack.awaited().empty());
    CHECK(wardrobe.begun(8) == Names{"1", "2", "5", "6", "4", "7", "3", "8"});
}

TEST_CASE("rack: steps while a garment is prepared add up") {
    Wardrobe wardrobe(8);
    wardrobe.allow(1);
    GarmentRack rack(wardrobe.looks(), wardrobe.load());
    wardrobe.begun(2);
    rack.step(1);
    rack.step(1);
    rack.step(1);
    CHECK(rack.awaited() == "4");
    rack.step(-3);
    CHECK(rack.awaited().empty());
    CHECK(rack.worn().name() == "1");
    wardrobe.allow(100);
}

TEST_CASE("rack: garments that cannot be loaded are left out with one warning each") {
    LogCapture log;
    Wardrobe wardrobe(5);
    wardrobe.spoil(2);
    wardrobe.spoil(4);
    {
        GarmentRack rack(wardrobe.looks(), wardrobe.load());
        wardrobe.begun(5);
        while (rack.size() > 3) {
            std::this_thread::yield();
        }
        rack.step(1);
        wait_until_worn(rack, "3");
        rack.step(1);
        wait_until_worn(rack, "5");
        rack.step(1);
        wait_until_worn(rack, "1");
    }
    CHECK(wardrobe.begun_so_far() == 5);
    CHECK(log.messages().size() == 2);
    CHECK(log.count("2.png is left out: no picture in 2") == 1);
    CHECK(log.count("4.png is left out: no picture in 4") == 1);
}

TEST_CASE("rack: a garment that was asked for and cannot be loaded is stepped over") {
    LogCapture log;
    for (const int direction : {1, -1}) {
        Wardrobe wardrobe(5);
        wardrobe.allow(1);
        wardrobe.spoil(2);
        wardrobe.spoil(5);
        GarmentRack rack(wardrobe.looks(), wardrobe.load());
        wardrobe.begun(2);
        rack.step(direction);
        wardrobe.allow(100);
        wait_until_worn(rack, direction > 0 ? "3" : "4");
    }
}

TEST_CASE("rack: the first one may be bad and the next good one is worn") {
    LogCapture log;
    Wardrobe wardrobe(3);
    wardrobe.spoil(1);
    wardrobe.spoil(2);
    GarmentRack rack(wardrobe.looks(), wardrobe.load());
    CHECK(rack.worn().name() == "3");
    CHECK(rack.size() == 1);
    rack.step(1);
    CHECK(rack.worn().name() == "3");
    CHECK(log.messages().size() == 2);
}

TEST_CASE("rack: where none can be loaded the first error is thrown and nothing is logged") {
    LogCapture log;
    Wardrobe wardrobe(3);
    for (const int number : {1, 2, 3}) {
        wardrobe.spoil(number);
    }
    CHECK_THROWS_WITH_AS(GarmentRack(wardrobe.looks(), wardrobe.load()), "no picture in 1",
                         closet::MediaError);
    CHECK(log.messages().empty());
}

TEST_CASE("rack: only the nearest garments stay in memory and others are prepared again") {
    constexpr int kCount = 40;
    Wardrobe wardrobe(kCount);
    GarmentRack rack(wardrobe.looks(), wardrobe.load());
    wardrobe.begun(GarmentRack::kKept);
    rack.step(20);
    wait_until_worn(rack, "21");
    wardrobe.begun(2 * GarmentRack::kKept);
    CHECK(wardrobe.alive() <= static_cast<std::ptrdiff_t>(GarmentRack::kKept) + 1);
    rack.step(-20);
    wait_until_worn(rack, "1");
    const Names all = wardrobe.begun(2 * GarmentRack::kKept + 1);
    CHECK(std::count(all.begin(), all.end(), "1") == 2);
}

TEST_CASE("rack: one by one through many garments memory stays bounded") {
    constexpr int kCount = 60;
    Wardrobe wardrobe(kCount);
    GarmentRack rack(wardrobe.looks(), wardrobe.load());
    for (int i = 2; i <= kCount; ++i) {
        rack.step(1);
        wait_until_worn(rack, std::to_string(i));
        // those kept, the one in the loader's hands, the one that was worn until now
        CHECK(wardrobe.alive() <= static_cast<std::ptrdiff_t>(GarmentRack::kKept) + 2);
    }
}

TEST_CASE("rack: a file that vanishes after it was let go is left out") {
    LogCapture log;
    constexpr int kCount = 40;
    Wardrobe wardrobe(kCount);
    GarmentRack rack(wardrobe.looks(), wardrobe.load());
    wardrobe.begun(GarmentRack::kKept);
    rack.step(20);
    wait_until_worn(rack, "21");
    wardrobe.begun(2 * GarmentRack::kKept);
    wardrobe.spoil(1);
    rack.step(-20);
    wait_until_worn(rack, "40");  // the next one backwards
    CHECK(rack.size() == kCount - 1);
}

TEST_CASE("rack: the same garment may be named twice") {
    Wardrobe wardrobe(1);
    GarmentRack rack({{{wardrobe.path(1), {}}}, {{wardrobe.path(1), {}}}}, wardrobe.load());
    CHECK(rack.size() == 2);
    rack.step(1);
    CHECK(rack.worn().name() == "1");
    while (!rack.awaited().empty()) {
        std::this_thread::yield();
    }
    CHECK(wardrobe.begun_so_far() == 1);  // it is in memory already
}

TEST_CASE("rack: a look is an outfit, and a folder in it makes one of each of its pictures") {
    Wardrobe tops(3);
    Wardrobe below(1);
    const GarmentChoice skirt{below.path(1), GarmentKind::kSkirt};
    const GarmentChoice dress{below.path(1), GarmentKind::kDress};
    const std::string folder = tops.looks().front().front().path;
    GarmentRack rack({{{folder, GarmentKind::kTop}, skirt}, {dress}}, tops.load());
    CHECK(rack.size() == 4);
    CHECK(rack.worn().name() == "1+1");
    CHECK(rack.worn().size() == 2);
    rack.step(1);
    wait_until_worn(rack, "1+2");
    rack.step(1);
    wait_until_worn(rack, "1+3");
    rack.step(1);
    wait_until_worn(rack, "1");
    const Names all = tops.begun(5);
    CHECK(all.size() == 5);  // the skirt once
    CHECK(all.front() == "1");
}

TEST_CASE("rack: what cannot be worn together is left out with one sentence") {
    LogCapture log;
    Wardrobe wardrobe(2);
    const GarmentChoice one{wardrobe.path(1), {}}, other{wardrobe.path(2), {}};
    CHECK_THROWS_WITH_AS(GarmentRack({{one, other}}, wardrobe.load()),
                         doctest::Contains("cannot be worn together"), ConfigError);
    GarmentRack rack({{one}, {one, other}}, wardrobe.load());
    while (rack.size() > 1) {
        std::this_thread::yield();
    }
    CHECK(log.count("is left out: the garments '1' and '2' cannot be worn together") == 1);
    CHECK(log.count("the outfit ") == 1);
}

TEST_CASE("rack: the last garment stays on when all files are gone") {
    LogCapture log;
    Wardrobe wardrobe(20);
    GarmentRack rack(wardrobe.looks(), wardrobe.load());
    wardrobe.begun(GarmentRack::kKept);
    for (int i = 1; i <= 20; ++i) {
        wardrobe.spoil(i);
    }
    for (int i = 0; i < 100; ++i) {
        rack.step(7);
        CHECK_FALSE(rack.worn().empty());
    }
}

TEST_CASE("rack: it ends while a garment is being prepared") {
    Wardrobe wardrobe(10);
    wardrobe.allow(1);
    {
        std::jthread release;
        GarmentRack rack(wardrobe.looks(), wardrobe.load());
        wardrobe.begun(2);
        release = std::jthread([&] { wardrobe.allow(100); });
    }
    const std::size_t begun = wardrobe.begun_so_far();
    CHECK(begun >= 2);
    CHECK(wardrobe.alive() == 0);
}

TEST_CASE("rack: what is worn may be asked from any thread") {
    Wardrobe wardrobe(9);
    GarmentRack rack(wardrobe.looks(), wardrobe.load());
    std::vector<std::jthread> threads;
    std::atomic<int> missing{0};
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                missing += rack.worn().empty() ? 1 : 0;
            }
        });
    }
    for (int i = 0; i < 200; ++i) {
        rack.step(i % 3 == 0 ? -2 : 1);
    }
    threads.clear();
    CHECK(missing == 0);
}
