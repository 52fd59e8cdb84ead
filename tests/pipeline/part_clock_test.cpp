#include "pipeline/part_clock.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <thread>

#include "pipeline/serial.h"

using namespace closet;
using namespace std::chrono_literals;

namespace {

void work(std::chrono::milliseconds time) {
    std::this_thread::sleep_for(time);  // at least as long, never shorter
}

std::map<std::string, PartTime> by_name(const std::vector<PartTime>& parts) {
    std::map<std::string, PartTime> result;
    for (const PartTime& part : parts) {
        result[part.name] = part;
    }
    return result;
}

struct Three {
    using Output = int;
    static constexpr std::string_view kName = "three";
    int at = 0;
    std::optional<int> next() { return at < 3 ? std::optional(at++) : std::nullopt; }
};

struct Slow {  // emits in the middle of a part
    using Input = int;
    using Output = int;
    static constexpr std::string_view kName = "slow";
    void process(int item, const Emit<int>& emit) {
        const PartTimer timer(Part::kNetwork);
        {
            const PartTimer inner(Part::kUpscale);
            work(2ms);
        }
        emit(item);
    }
    void flush(const Emit<int>&) {}
};

struct Slower {
    using Input = int;
    static constexpr std::string_view kName = "slower";
    void consume(int) {
        const PartTimer timer(Part::kBlend);
        work(20ms);
    }
    void finish() {}
};

void check_parts(const std::vector<StageMetrics>& stages) {
    REQUIRE(stages.size() == 3);
    CHECK(stages[0].parts.empty());
    const auto slow = by_name(stages[1].parts);
    REQUIRE(slow.size() == 2);
    CHECK(slow.at("network").calls == 3);
    CHECK(slow.at("upscale").calls == 3);
    CHECK(slow.at("upscale").total_s >= 0.006);
    // Neither the part inside nor the stage behind belongs to it.
    CHECK(slow.at("network").total_s < slow.at("upscale").total_s);
    const auto slower = by_name(stages[2].parts);
    REQUIRE(slower.size() == 1);
    CHECK(slower.at("blend").total_s >= 0.06);
    for (const StageMetrics& stage : stages) {
        double sum = 0;
        for (const PartTime& part : stage.parts) {
            sum += part.total_s;
        }
        CHECK(sum <= stage.busy_s * 1.01);  // the clocks are read one after the other
    }
}

}  // namespace

TEST_CASE("parts: a timer adds to the thread's totals and to nothing without any") {
    PartTotals totals;
    { const PartTimer unheard(Part::kBlend); }
    {
        const PartScope scope(&totals);
        const PartTimer timer(Part::kBlend);
        std::thread([] { const PartTimer elsewhere(Part::kResize); }).join();
    }
    { const PartTimer unheard(Part::kBlend); }
    const auto parts = by_name(totals.read());
    REQUIRE(parts.size() == 1);
    CHECK(parts.at("blend").calls == 1);
}

TEST_CASE("parts: a wait spans calls and counts only what was begun") {
    PartTotals totals;
    const PartScope scope(&totals);
    PartWait wait(Part::kBatchWait);
    wait.end();
    CHECK(totals.read().empty());
    wait.begin();
    work(3ms);
    wait.end();
    wait.end();
    const auto parts = by_name(totals.read());
    REQUIRE(parts.contains("batch wait"));
    CHECK(parts.at("batch wait").calls == 1);
    CHECK(parts.at("batch wait").total_s >= 0.003);
}

TEST_CASE("parts: stages of a pipeline know theirs without waits and other stages") {
    Three source;
    Slow stage;
    Slower sink;
    Pipeline pipeline({.queue_capacity = 1}, source, stage, sink);
    pipeline.wait();
    check_parts(pipeline.metrics());
}

TEST_CASE("parts: stages of a serial run know theirs without other stages") {
    Three source;
    Slow stage;
    Slower sink;
    const auto stages = run_serial({}, source, stage, sink);
    check_parts(stages);
    CHECK(stages[0].name == "three");
    CHECK(stages[0].items_out == 3);
    CHECK(stages[1].items_in == 3);
    CHECK(stages[1].items_out == 3);
    CHECK(stages[2].items_in == 3);
    CHECK(stages[1].busy_s < stages[2].busy_s);
    CHECK(stages[2].first_item_s > 0);
}
