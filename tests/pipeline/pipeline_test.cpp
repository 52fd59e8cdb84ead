#include "pipeline/pipeline.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "pipeline/serial.h"

using namespace closet;

namespace {

struct Count {  // 0, 1, ... count - 1
    using Output = int;
    static constexpr std::string_view kName = "count";
    int count = 100;
    int at = 0;
    std::optional<int> next() { return at < count ? std::optional(at++) : std::nullopt; }
};

struct Endless {
    using Output = int;
    static constexpr std::string_view kName = "endless";
    int at = 0;
    std::optional<int> next() { return at++; }
};

struct Pairs {  // holds one item back, as a stage that looks ahead does
    using Input = int;
    using Output = std::string;
    static constexpr std::string_view kName = "pairs";
    std::optional<int> held;
    int fail_at = -1;
    void process(int item, const Emit<std::string>& emit) {
        if (item == fail_at) {
            throw std::runtime_error("pairs failed at " + std::to_string(item));
        }
        if (held) {
            emit(std::to_string(*held) + "-" + std::to_string(item));
            held.reset();
        } else {
            held = item;
        }
    }
    void flush(const Emit<std::string>& emit) {
        if (held) {
            emit(std::to_string(*held) + "-");
        }
    }
};

struct Collect {
    using Input = std::string;
    static constexpr std::string_view kName = "collect";
    std::vector<std::string> items;
    int fail_at = -1;
    bool finished = false;
    void consume(std::string item) {
        if (static_cast<int>(items.size()) == fail_at) {
            throw std::runtime_error("collect failed");
        }
        items.push_back(std::move(item));
    }
    void finish() { finished = true; }
};

static_assert(Chain<Count, Pairs, Collect>);
static_assert(!Chain<Count, Collect>, "a sink of strings must not follow a source of ints");
static_assert(!Chain<Count, Pairs>, "a chain ends in a sink");
static_assert(!Chain<Pairs, Collect>, "a chain starts with a source");

}  // namespace

TEST_CASE("pipeline: threaded and serial runs give the same items and the held one is flushed") {
    for (const int count : {0, 1, 2, 101}) {
        Count serial_source{count};
        Pairs serial_stage;
        Collect serial_sink;
        run_serial({}, serial_source, serial_stage, serial_sink);

        Count source{count};
        Pairs stage;
        Collect sink;
        Pipeline pipeline({.queue_capacity = 2}, source, stage, sink);
        pipeline.wait();

        CHECK(sink.items == serial_sink.items);
        CHECK(sink.items.size() == static_cast<std::size_t>((count + 1) / 2));
        CHECK(sink.finished);
        CHECK(pipeline.finished());
    }
}

TEST_CASE("pipeline: metrics count what went through each stage") {
    Count source{11};
    Pairs stage;
    Collect sink;
    Pipeline pipeline({.queue_capacity = 2}, source, stage, sink);
    pipeline.wait();
    const auto metrics = pipeline.metrics();
    REQUIRE(metrics.size() == 3);
    CHECK(metrics[0].name == "count");
    CHECK(metrics[0].items_out == 11);
    CHECK(metrics[1].items_in == 11);
    CHECK(metrics[1].items_out == 6);
    CHECK(metrics[1].peak_queue <= 2);
    CHECK(metrics[2].items_in == 6);
}

TEST_CASE("pipeline: a failing stage ends an endless source and the sink is not finished") {
    Endless source;
    Pairs stage;
    stage.fail_at = 50;
    Collect sink;
    Pipeline pipeline({.queue_capacity = 1}, source, stage, sink);
    CHECK_THROWS_WITH(pipeline.wait(), "pairs failed at 50");
    CHECK_FALSE(sink.finished);
}

TEST_CASE("pipeline: a failing sink ends everything before it") {
    Endless source;
    Pairs stage;
    Collect sink;
    sink.fail_at = 10;
    Pipeline pipeline({.queue_capacity = 1}, source, stage, sink);
    CHECK_THROWS_WITH(pipeline.wait(), "collect failed");
    CHECK(sink.items.size() == 10);
}

TEST_CASE("pipeline: stop drains and finishes what is in flight") {
    Endless source;
    Pairs stage;
    Collect sink;
    Pipeline pipeline({.queue_capacity = 1}, source, stage, sink);
    pipeline.stop();
    pipeline.wait();
    CHECK(sink.finished);
    CHECK(sink.items.size() == static_cast<std::size_t>((source.at + 1) / 2));
}

TEST_CASE("pipeline: waiting with a limit tells whether the run has ended") {
    Endless source;
    Pairs stage;
    Collect sink;
    Pipeline pipeline({.queue_capacity = 1}, source, stage, sink);
    CHECK_FALSE(pipeline.wait_for(std::chrono::milliseconds(1)));
    pipeline.stop();
    while (!pipeline.wait_for(std::chrono::seconds(1))) {
    }
    CHECK(pipeline.finished());
}

TEST_CASE("pipeline: leaving scope ends a run that nobody waited for") {
    for (int i = 0; i < 50; ++i) {
        Endless source;
        Pairs stage;
        Collect sink;
        const Pipeline pipeline({.queue_capacity = 1}, source, stage, sink);
    }
}
