#include "bench/probe/worker.h"

#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "support/doctest_with_torch.h"

namespace closet::bench {
namespace {

class CountingRunner : public CaseRunner {
  public:
    Sample run(const std::vector<Setting>& settings, bool) override {
        if (settings.empty()) {
            throw std::bad_alloc();
        }
        Sample sample;
        sample.wall_s = 2;
        return sample;
    }
};

struct Conversation {
    int result = 0;
    std::vector<nlohmann::json> answers;  ///< the hello is the first
};

Conversation talk(const std::string& requests) {
    std::istringstream in(requests);
    std::ostringstream out;
    const int result = serve(in, out, {"1", "r"}, [](const ProbeOptions& options) {
        if (options.clips.front().empty()) {
            throw ConfigError("no clip was given");
        }
        return std::make_unique<CountingRunner>();
    });
    Conversation conversation{result, {}};
    std::istringstream lines(out.str());
    for (std::string line; std::getline(lines, line);) {
        conversation.answers.push_back(nlohmann::json::parse(line));
    }
    return conversation;
}

constexpr const char* kOpen =
    R"({"open": {"clip": "a.mp4", "base": [["batch", "2"]], "include_decode": false,)"
    R"( "include_encode": false, "max_bytes": 1000}})"
    "\n";

}  // namespace

TEST_CASE("worker: one clip is sent as before there were several, several as a list") {
    ProbeOptions options;
    options.clips = {"a.mp4"};
    CHECK(to_json(options).at("clip") == "a.mp4");
    CHECK(probe_options_from_json(to_json(options)).clips == options.clips);
    options.clips = {"a.mp4", "caf\xe9.mp4"};
    nlohmann::json several = to_json(options);
    CHECK_FALSE(several.contains("clip"));  // which a worker that knows one clip only refuses
    CHECK(probe_options_from_json(several).clips == options.clips);
    several["clips"] = nlohmann::json::array();
    CHECK_THROWS_AS(probe_options_from_json(several), Error);
    several["clips"] = "a.mp4";
    CHECK_THROWS_AS(probe_options_from_json(several), Error);
}

TEST_CASE("worker: serves until it is told to quit") {
    const auto talked = talk(std::string(kOpen) +
                             "{\"run\": {\"settings\": [[\"batch\", \"4\"]], \"warm_up\": false}}\n"
                             "{\"quit\": true}\nnot read any more\n");
    CHECK(talked.result == 0);
    REQUIRE(talked.answers.size() == 3);
    CHECK(talked.answers[0].at("hello").at("protocol") == kWorkerProtocol);
    CHECK(talked.answers[1].at("opened") == true);
    CHECK(talked.answers[2].at("sample").at("wall_s") == 2.0);
}

TEST_CASE("worker: hostile lines are answered by failures and it goes on") {
    const std::vector<std::string> hostile{
        "",
        "x",
        "null",
        "[]",
        "7",
        "{}",
        "{\"run\": {}}",  // before a clip is open
        "{\"open\": 5}",
        "{\"open\": {\"clip\": 5}}",
        "{\"open\": {\"clip\": \"a\", \"base\": {}, \"include_decode\": 0}}",
        "{\"open\": {\"clip\": \"\", \"base\": [], \"include_decode\": false, "
        "\"include_encode\": false, \"max_bytes\": 1}}",
        std::string(100000, '['),
        std::string("\xff\xfe\0{", 4),
    };
    std::string requests;
    for (const std::string& line : hostile) {
        requests += line + '\n';
    }
    const std::vector<std::string> after{
        "{\"run\": 5}",
        "{\"run\": {\"settings\": [[\"a\"]]}}",
        "{\"run\": {\"settings\": [[1, 2]]}}",
        "{\"run\": {\"settings\": [], \"warm_up\": \"yes\"}}",
        "{\"run\": {\"settings\": []}}",  // the runner throws what is no closet::Error
    };
    requests += kOpen;
    for (const std::string& line : after) {
        requests += line + '\n';
    }
    const auto talked = talk(requests + "{\"run\": {\"settings\": [[\"a\", \"\xff\"]]}}\n" +
                             "{\"run\": {\"settings\": [[\"a\", \"b\"]]}}");
    CHECK(talked.result == 0);
    REQUIRE(talked.answers.size() == 1 + hostile.size() + 1 + after.size() + 2);
    for (std::size_t i = 0; i < hostile.size(); ++i) {
        CHECK_MESSAGE(talked.answers[1 + i].contains("failure"), hostile[i].substr(0, 80));
    }
    CHECK(talked.answers[hostile.size() - 2].at("kind") == "config");  // the empty clip
    CHECK(talked.answers[1 + hostile.size()].contains("opened"));
    for (std::size_t i = 0; i < after.size(); ++i) {
        CHECK_MESSAGE(talked.answers[2 + hostile.size() + i].contains("failure"), after[i]);
    }
    CHECK(talked.answers.back().contains("sample"));
}

TEST_CASE("worker: a line without end stops it before it takes the memory") {
    const auto talked = talk(std::string(kMaxProtocolLine + 1, 'x'));
    CHECK(talked.result == 1);
    REQUIRE(talked.answers.size() == 2);
    CHECK(talked.answers[1].contains("failure"));
}

}  // namespace closet::bench
