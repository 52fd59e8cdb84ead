// What int8 knows of the networks' values: its table, and where the table comes from.
#include "models/ranges/range_table.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "support/doctest_with_torch.h"

#include "core/error.h"
#include "fixtures.h"
#include "models/nhwc/kernels.h"
#include "models/ranges/known_ranges.h"
#include "models/ranges/range_collector.h"
#include "models/ranges/value_keys.h"
#include "nhwc_graphs.h"
#include "support/environment.h"
#include "support/temporary_folder.h"

using namespace closet;
using test::GraphMaker;

namespace {

NetworkGraph network(std::int64_t side = 24, std::size_t outputs = 2) {
    GraphMaker maker({1, side, side, 3});
    const auto stem =
        maker.conv(0, {.channels = 16, .kernel = 3, .activation = Activation::kRelu6});
    const auto up = maker.conv(stem, {.channels = 32, .activation = Activation::kRelu});
    const auto local = maker.conv(up, {.kernel = 3, .depthwise = true});
    const auto down = maker.conv(local, {.channels = 16}, stem);
    const auto last = maker.conv(down, {.channels = 3});
    return maker.graph(outputs == 2 ? std::vector{last, local} : std::vector{local});
}

std::vector<float> picture_for(const NetworkGraph& graph) {
    const auto& shape = graph.shapes[0];
    std::vector<float> numbers(static_cast<std::size_t>(shape[1] * shape[2] * shape[3]));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        numbers[i] = static_cast<float>(i * 37 % 101) / 50 - 1;
    }
    return numbers;
}

RangeTable measure(const NetworkGraph& graph) {
    const auto collector = std::make_shared<RangeCollector>();
    NetworkOptions options;
    options.watcher = collector;
    make_network(graph, options)->compute(picture_for(graph), 1);
    const auto measured = collector->measured();
    REQUIRE(measured.size() == 1);
    CHECK(measured[0].network == "made");
    CHECK(measured[0].pictures == 1);
    return measured[0].ranges;
}

}  // namespace

TEST_SUITE("ranges for int8") {
    TEST_CASE("a value is known by the weights that it is computed by, in any graph") {
        const NetworkGraph graph = network();
        const auto keys = value_keys(graph);
        CHECK(value_keys(network(40, 1)) == keys);  // other size and outputs
        NetworkGraph other = graph;
        std::get<ConvNode>(other.nodes[1].op).weights[5] += 1e-6F;
        const auto changed = value_keys(other);
        for (std::size_t value = 0; value < keys.size(); ++value) {
            CHECK((changed[value] == keys[value]) == (value < 2));
        }
    }

    TEST_CASE("a table is read back as it was written, its channels a little wider") {
        const RangeTable table = measure(network());
        CHECK(table.size() == 6);
        const RangeTable again = parse_ranges("# of a test\n\n" + to_text(table), "it");
        REQUIRE(again.size() == table.size());
        for (const auto& [key, range] : table) {
            const ValueRange& read = again.at(key);
            CHECK(read.low == range.low);
            CHECK(read.high == range.high);
            REQUIRE(read.channels.size() == range.channels.size());
            REQUIRE(read.means.size() == range.means.size());
            for (std::size_t c = 0; c < range.channels.size(); ++c) {
                CHECK(read.channels[c] >= range.channels[c] * 0.9999F);
                // A channel of zeros has the least that a byte can say.
                CHECK(read.channels[c] <= std::max(range.channels[c] * 1.05F, range.high * 2e-5F));
                CHECK(std::abs(read.means[c] - range.means[c]) <= read.channels[c] / 250);
            }
        }
        const ValueRange silent{.low = 0, .high = 1, .channels = {0, 1}, .means = {0, 0.5F}};
        CHECK(parse_ranges(to_text({{1, silent}}), "it").at(1).channels[0] < 2e-5F);
    }

    TEST_CASE("what is no table is refused with its line") {
        const std::string key = "0123456789abcdef ", good = key + "-1 2 00ff 8080\n";
        CHECK(parse_ranges(good, "it").size() == 1);
        for (const std::string& bad : std::vector<std::string>{
                 std::string("no table"),
                 std::string("\x7f"
                             "ELF\0\1",
                             6),
                 std::string("0123 0 1"), key, key + "0", key + "a b", key + "nan 1", key + "0 inf",
                 key + "-1e99 1", key + "1 2", key + "0 0", key + "1 -1", key + "-1 1 0 0",
                 key + "-1 1 00", key + "-1 1 zz 00", key + "-1 1 00 0000", key + "-1 1 00 00 00",
                 good, key + "0x1 2"}) {
            CAPTURE(bad);
            CHECK_THROWS_WITH_AS(parse_ranges((bad == good ? good : "# fine\n") + bad, "it"),
                                 doctest::Contains("it is no table of ranges: line 2 has"),
                                 ModelError);
        }
    }

    TEST_CASE("channels that the network has not are not believed") {
        const NetworkGraph graph = network();
        RangeTable table;
        for (const auto key : value_keys(graph)) {
            table[key] = {.low = -1, .high = 2, .channels = {1, 2}, .means = {0, 0}};
        }
        for (const ValueRange& range : ranges_of(graph, table)) {
            CHECK(range.is_known());
            CHECK(range.channels.empty());
            CHECK(range.means.empty());
        }
    }

    TEST_CASE("int8 runs what is known, refuses what is not and tells how to measure it") {
        const test::TemporaryFolder folder;
        const test::Variable models("CLOSET_MODELS", folder.path().string());
        NetworkOptions options;
        options.precision = Precision::kInt8;
        const NetworkGraph graph = network();
        if (nhwc_kernels(Element::kUint8) == nullptr) {
            CHECK_THROWS_WITH_AS(make_network(graph, options),
                                 doctest::Contains("no kernels for it"), ModelError);
            return;
        }
        CHECK_THROWS_WITH_AS(make_network(graph, options),
                             doctest::Contains("'closet models calibrate"), ModelError);
        const auto write = [&](const std::string& text) {
            std::ofstream(own_ranges_file()) << text;
        };
        write(to_text(measure(graph)));
        const auto input = picture_for(graph);
        const auto exact = make_network(graph)->compute(input, 1);
        const auto actual = make_network(graph, options)->compute(input, 1);
        REQUIRE(actual.size() == exact.size());
        double difference = 0, all = 0;
        for (std::size_t i = 0; i < exact[0].numbers.size(); ++i) {
            difference += std::pow(actual[0].numbers[i] - exact[0].numbers[i], 2);
            all += std::pow(exact[0].numbers[i], 2);
        }
        CHECK(difference > 0);  // it is not float32
        CHECK(std::sqrt(difference / all) < 0.03);

        NetworkGraph foreign = graph;
        foreign.nodes[2].op = BlockUpsampleNode{};
        CHECK_THROWS_WITH_AS(make_network(foreign, options), doctest::Contains("no kernels for"),
                             ModelError);
        options.device = Device{0};
        CHECK_THROWS_WITH_AS(make_network(graph, options), doctest::Contains("this device"),
                             ModelError);
        options.device = {};
        write("rubbish");
        CHECK_THROWS_WITH_AS(make_network(graph, options),
                             doctest::Contains(own_ranges_file().c_str()), ModelError);
        std::filesystem::remove(own_ranges_file());
        std::filesystem::create_directory(own_ranges_file());
        CHECK_THROWS_WITH_AS(make_network(graph, options), doctest::Contains("no readable file"),
                             ModelError);
    }

    TEST_CASE("the program knows its pose networks, with all outputs or some") {
        if (nhwc_kernels(Element::kUint8) == nullptr) {
            return;
        }
        NetworkOptions options;
        options.precision = Precision::kInt8;
        for (const std::string& name :
             std::vector<std::string>{"pose_detection", "pose_landmark_lite", "pose_landmark_full",
                                      "pose_landmark_heavy"}) {
            if (const auto file = test::model_file(name)) {
                CHECK_NOTHROW(load_tflite(*file, options));
                options.outputs = {0};
                CHECK_NOTHROW(load_tflite(*file, options));
                options.outputs = {};
            }
        }
    }
}
