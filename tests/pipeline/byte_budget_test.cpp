#include "pipeline/byte_budget.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "pipeline/pipeline.h"

namespace closet {
namespace {

/// Something of 10 bytes, counted as frames are.
struct Parcel {
    int number = 0;
    std::shared_ptr<MemoryShare> counted{};
    std::size_t bytes() const { return 10; }
};

struct Parcels {
    using Output = Parcel;
    static constexpr std::string_view kName = "parcels";
    int count = 0, made = 0;
    std::optional<Parcel> next() {
        return made < count ? std::optional(Parcel{made++, {}}) : std::nullopt;
    }
};

/// Holds back `most` of them before anything comes out, as a batch or a smoother does.
struct Hoard {
    using Input = Parcel;
    using Output = Parcel;
    static constexpr std::string_view kName = "hoard";
    std::size_t most = 0;
    std::vector<Parcel> held{};

    void process(Parcel parcel, const Emit<Parcel>& emit) {
        held.push_back(std::move(parcel));
        if (held.size() >= most) {
            flush(emit);
        }
    }
    void flush(const Emit<Parcel>& emit) {
        for (Parcel& parcel : held) {
            emit(std::move(parcel));
        }
        held.clear();
    }
};

struct Receive {
    using Input = Parcel;
    static constexpr std::string_view kName = "receive";
    std::vector<int> numbers{};
    void consume(Parcel parcel) { numbers.push_back(parcel.number); }
    void finish() {}
};

/// The most bytes in flight while 200 parcels went through two stages that hold `most` each.
std::size_t peak_of(std::size_t limit, std::size_t most) {
    Parcels source{.count = 200};
    Hoard first{.most = most}, second{.most = most};
    Receive sink;
    Pipeline pipeline({.queue_capacity = 64, .memory_bytes = limit}, source, first, second, sink);
    pipeline.wait();
    CHECK(sink.numbers.size() == 200);
    CHECK(std::is_sorted(sink.numbers.begin(), sink.numbers.end()));
    return pipeline.peak_bytes();
}

TEST_CASE("byte budget: no more is on its way than the limit and one item") {
    CHECK(peak_of(100, 1) <= 100);
    CHECK(peak_of(101, 3) <= 110);
}

TEST_CASE("byte budget: stages that hold back more than the limit get what they need and no more") {
    // Each of two stages holds up to 7, and a sixteenth more is let in.
    for (int round = 0; round < 20; ++round) {
        const std::size_t peak = peak_of(10, 7);
        CHECK(peak >= 70);
        CHECK(peak <= 2 * 70 * 17 / 16 + 10);
    }
    CHECK(peak_of(1, 200) == 2000);
}

TEST_CASE("byte budget: what becomes smaller makes room, and memory is scarce from half of it on") {
    const auto budget = std::make_shared<ByteBudget>(100, 1);
    std::shared_ptr<MemoryShare> large = ByteBudget::take(budget, 120);
    const std::shared_ptr<MemoryShare> small = ByteBudget::take(budget, 10);
    CHECK(large->is_scarce());
    std::thread waiting([&] { budget->wait_for_room(); });
    large->become(40);
    waiting.join();
    CHECK_FALSE(large->is_scarce());  // 50 of 100
    small->become(11);
    CHECK(small->is_scarce());
    large.reset();
    CHECK_FALSE(small->is_scarce());
    CHECK(budget->peak() == 130);
}

TEST_CASE("byte budget: without a limit nothing is counted") {
    CHECK(peak_of(0, 7) == 0);
}

TEST_CASE("byte budget: a failing sink ends a source that waits for room") {
    struct Fail : Receive {
        void consume(Parcel parcel) {
            if (parcel.number == 3) {
                throw std::runtime_error("no room");
            }
        }
    };
    Parcels source{.count = 1000};
    Fail sink;
    Pipeline pipeline({.queue_capacity = 2, .memory_bytes = 20}, source, sink);
    CHECK_THROWS_WITH(pipeline.wait(), "no room");
}

}  // namespace
}  // namespace closet
