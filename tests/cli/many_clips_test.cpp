#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/cli_support.h"

using namespace closet::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

using Strings = std::vector<std::string>;

Finished fit(Strings arguments) {
    arguments.insert(arguments.begin(), "fit");
    return run_closet(std::move(arguments));
}

std::vector<json> events(const std::string& text) {
    std::vector<json> all;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        all.push_back(json::parse(line));
    }
    return all;
}

std::map<std::string, int> by_kind(const std::vector<json>& all) {
    std::map<std::string, int> counts;
    for (const json& event : all) {
        ++counts[event.at("event").get<std::string>()];
    }
    return counts;
}

bool is_empty_folder(const std::string& path) {
    return !fs::exists(path) || fs::is_empty(path);
}

/// The garment of make_garment in blue.
std::string make_blue_garment(const TemporaryFolder& folder) {
    const std::string red = make_garment(folder, 255), blue = folder / "blue.png";
    ffmpeg({"-i", red, "-vf", "colorchannelmixer=rr=0:br=1", blue});
    return blue;
}

}  // namespace

TEST_CASE("many clips: a list names inputs relative to its own folder") {
    const TemporaryFolder folder;
    fs::create_directories(folder / "lists/more");
    make_bars(folder, "lists/a.mp4", 2);
    make_bars(folder, "lists/# b.mp4", 2);
    make_bars(folder, "lists/more/c.mp4", 2);
    const std::string other = make_bars(folder, "d.mp4", 2);
    write_text(folder / "lists/list.txt",
               "\xEF\xBB\xBF# clips\r\na.mp4\r\n\r\n./# b.mp4\n\nmore\n" + other);
    const Finished result = fit({"--inputs", folder / "lists/list.txt", "-g",
                                 make_garment(folder, 255), "-o", folder / "out"});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    for (const char* name : {"a.mp4", "# b.mp4", "c.mp4", "d.mp4"}) {
        CHECK(fs::exists(folder / (std::string("out/") + name)));
    }
    CHECK(holds(result.err, "4 clips in"));
    CHECK(holds(result.err, "4 done"));
}

TEST_CASE("many clips: a list comes from standard input as well") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "a b.mp4", 2);
    const Finished result =
        run({"sh", "-c", "printf '%s\\n' \"$0\" | \"$1\" fit --inputs - --skeleton -o \"$2\" -q",
             clip, closet_binary(), folder / "out.mkv"});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(fs::exists(folder / "out.mkv"));
}

TEST_CASE("many clips: lists that cannot be read or name nothing are refused with their line") {
    const TemporaryFolder folder;
    const auto refused = [&](const std::string& list, const std::string& words) {
        CAPTURE(words);
        check_refused(fit({"--inputs", list, "--skeleton", "-o", folder / "out/"}), 2, words);
    };
    const std::string list = folder / "list.txt";
    refused(list, "--inputs " + list + ": cannot read the file: No such file");
    refused(folder.path().string(), "cannot read the file");
    write_text(list, "# nothing\n\n");
    refused(list, "the list names no clip");
    write_text(list, "a.mp4\n" + std::string(5000, 'x') + "\n");
    refused(list, list + " line 2: this is no path");
    write_text(list, std::string("a\0b\n", 4));
    refused(list, list + " line 1: this is no path");
    check_refused(fit({"--skeleton", "-o", folder / "out/"}), 2, "no input");
    CHECK(is_empty_folder(folder / "out"));
}

TEST_CASE("many clips: several at a time write the same frames as one after the other") {
    const TemporaryFolder folder;
    fs::create_directory(folder / "in");
    for (const char* name : {"a", "b", "c", "d", "e"}) {
        make_bars(folder, std::string("in/") + name + ".mkv", 3 + name[0] - 'a');
    }
    if (const auto person = make_person_clip(folder)) {
        fs::copy_file(*person, folder / "in/person.mkv");
        fs::copy_file(*person, folder / "in/person2.mkv");
    }
    const std::string garment = make_garment(folder, 255);
    const auto render = [&](const std::string& out, const std::string& jobs) {
        const Finished result = fit({folder / "in", "-g", garment, "-o", folder / out, "--vcodec",
                                     "ffv1", "--jobs", jobs, "--summary", folder / out + ".json"});
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
    };
    render("one", "1");
    render("three", "3");
    render("any", "0");
    const json one = json::parse(read_text(folder / "one.json"));
    REQUIRE(one.size() >= 5);
    for (const char* jobs : {"three", "any"}) {
        const json several = json::parse(read_text(folder / jobs + std::string(".json")));
        REQUIRE(several.size() == one.size());
        for (std::size_t i = 0; i < one.size(); ++i) {
            CHECK(several[i].at("input") == one[i].at("input"));  // in the order of the inputs
            CHECK(several[i].at("status") == "done");
            CHECK(several[i].at("frames_out") == one[i].at("frames_out"));
            CHECK(frame_hashes(several[i].at("output")) == frame_hashes(one[i].at("output")));
        }
    }
}

TEST_CASE("many clips: several at a time share the cores, unless threads are asked for") {
    const TemporaryFolder folder;
    fs::create_directory(folder / "in");
    make_bars(folder, "in/a.mkv", 2);
    make_bars(folder, "in/b.mkv", 2);
    const auto threads = [&](Strings more) {  // x264 writes its settings into the stream
        Strings arguments{folder / "in", "--skeleton", "-o", folder / "out", "-y"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        REQUIRE(fit(arguments).exit_code == 0);
        const std::string bytes = read_text(folder / "out/b.mkv");
        const std::string name = " threads=";
        const auto at = bytes.find(name);
        REQUIRE(at != std::string::npos);
        return std::stoul(bytes.substr(at + name.size(), 4));
    };
    CHECK(threads({"--jobs", "2"}) == std::max(1U, std::thread::hardware_concurrency() / 2));
    CHECK(threads({"--jobs", "2", "--encode-threads", "3"}) == 3);
}

TEST_CASE("many clips: a table of looks gives each clip its garment, person and output") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    const std::string red = make_garment(folder, 255), blue = make_blue_garment(folder);
    const std::string name = fs::path(*clip).filename().string();
    fs::copy_file(*clip, folder / "two, \"2\".mkv");
    fs::create_directory(folder / "own");
    write_text(folder / "looks.csv",
               "output,input,garment,person\r\n"
               "," +
                   name +
                   ",,\r\n"
                   "own/blue.mkv," +
                   name +
                   ",blue.png,center\r\n"
                   "own/," +
                   "\"two, \"\"2\"\".mkv\"" + ",blue.png,\"0,0\"\r\n");
    const Finished result =
        fit({"--looks", folder / "looks.csv", "-g", red, "-o", folder / "red.mkv", "--vcodec",
             "ffv1", "--jobs", "2", "--summary", folder / "s.json"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    const auto alone = [&](const std::string& garment, const std::string& person) {
        const std::string out = folder / "alone.mkv";
        REQUIRE(fit({*clip, "-g", garment, "--person", person, "-o", out, "-y", "--vcodec", "ffv1"})
                    .exit_code == 0);
        return frame_hashes(out);
    };
    const std::string in_red = alone(red, "largest"), in_blue = alone(blue, "center");
    CHECK(in_red != in_blue);
    CHECK(frame_hashes(folder / "red.mkv") == in_red);
    CHECK(frame_hashes(folder / "own/blue.mkv") == in_blue);
    CHECK(frame_hashes(folder / "own/two, \"2\".mkv") == alone(blue, "0,0"));
    const json summary = json::parse(read_text(folder / "s.json"));
    CHECK(summary[1].at("look").at("garments") == json({blue}));
    CHECK(summary[1].at("look").at("person") == "center");
    CHECK(summary[1].at("look").at("source") == folder / "looks.csv" + std::string(" line 3"));
}

TEST_CASE("many clips: a table of looks that is none is refused with its line, before any clip") {
    const TemporaryFolder folder;
    make_bars(folder, "a.mp4", 2);
    make_garment(folder, 255);
    const std::string table = folder / "looks.csv";
    const auto refused = [&](const std::string& text, const std::string& words) {
        CAPTURE(text);
        write_text(table, text);
        check_refused(fit({"--looks", table, "--skeleton", "-o", folder / "out/"}), 2, words);
        CHECK(is_empty_folder(folder / "out"));
    };
    refused("", "the table has no row");
    refused("input,garment\n", "the table has no row");
    refused("a.mp4,garment255.png\n", "line 1: there is no column \"a.mp4\"");
    refused("input,colour\na.mp4,red\n", "line 1: there is no column \"colour\"");
    refused("input,input\na.mp4,a.mp4\n", "line 1: two columns are called input");
    refused("garment\ngarment255.png\n", "line 1: no column is called input");
    refused("input,output\na.mp4,x.mp4\n,y.mp4\n", "looks.csv line 3: no input");
    refused("input,output\na.mp4\n", "looks.csv line 2: 1 fields, and the header has 2");
    refused("input,garment\na.mp4,none.png\n",
            "looks.csv line 2: garment \"" + folder / "none.png");
    refused("input,garment\na.mp4,garment255.png;\n",
            "looks.csv line 2: garment \"garment255.png;\"");
    refused("input,person\na.mp4,tallest\n", "looks.csv line 2: --person tallest");
    refused("input\n\"a.mp4\n", "looks.csv line 2: a field has no closing quote");
    refused("input,output\na.mp4,new/\na.mp4,new/\n", "two inputs would be written to");
    CHECK(holds(fit({"--looks", table, "--skeleton"}).err, "looks.csv line 2"));
}

TEST_CASE("many clips: two inputs for one output are refused before anything is rendered") {
    const TemporaryFolder folder;
    fs::create_directories(folder / "x");
    const std::string first = make_bars(folder, "a.mp4", 2),
                      second = make_bars(folder, "x/a.mp4", 2);
    const Finished result = fit({first, second, "--skeleton", "-o", folder / "out/"});
    check_refused(result, 2, "two inputs would be written to");
    CHECK(holds(result.err, first));
    CHECK(holds(result.err, second));
    CHECK(is_empty_folder(folder / "out"));
}

TEST_CASE("many clips: failures are told at the end and the others are rendered") {
    const TemporaryFolder folder;
    for (const char* name : {"a.mp4", "b.mp4", "c.mp4"}) {
        make_bars(folder, name, 2);
    }
    write_text(folder / "broken.mp4", "not a video");
    write_text(folder / "broken.png", "not a picture");
    write_text(folder / "looks.csv",
               "input,garment\na.mp4,\nbroken.mp4,\nb.mp4,broken.png\nc.mp4,\ngone.mp4,\n");
    const Strings arguments{"--looks",     folder / "looks.csv",
                            "-g",          make_garment(folder, 255),
                            "--summary",   folder / "s.json",
                            "--jobs",      "2",
                            "-y",          "-o",
                            folder / "out"};
    const Finished result = fit(arguments);
    INFO(result.err);
    CHECK(result.exit_code == 1);
    CHECK(fs::exists(folder / "out/a.mp4"));
    CHECK(fs::exists(folder / "out/c.mp4"));
    CHECK(std::distance(fs::directory_iterator(folder / "out"), fs::directory_iterator()) == 2);
    const auto end = result.err.find("error: ");
    REQUIRE(end != std::string::npos);
    const std::string told = result.err.substr(end);
    for (const char* line : {"line 3)", "line 4)", "line 6)"}) {
        CHECK(holds(told, std::string("looks.csv ") + line));
    }
    CHECK_FALSE(holds(told, "wrote"));
    CHECK(holds(told, "5 clips in"));
    CHECK(holds(told, "2 done, 3 failed"));

    const json summary = json::parse(read_text(folder / "s.json"));
    Strings status;
    for (const json& clip : summary) {
        status.push_back(clip.at("status"));
        CHECK(clip.at("schema") == "closet.fit.summary");
        CHECK(clip.contains("error") == (status.back() == "failed"));
    }
    CHECK(status == Strings{"done", "failed", "failed", "done", "failed"});

    Strings as_events = arguments;
    as_events.push_back("--json");
    const std::vector<json> all = events(fit(as_events).err);
    auto kinds = by_kind(all);
    CHECK(kinds["done"] == 2);
    CHECK(kinds["error"] == 3);
    CHECK(kinds["finished"] == 1);
    CHECK(all.back().at("done") == 2);
    CHECK(all.back().at("failed") == 3);
    for (const json& event : all) {
        if (event.at("event") == "error") {
            CHECK(event.at("message").get<std::string>().size() > 10);
            CHECK(event.contains("input"));
        }
    }
}

TEST_CASE("many clips: what no clip can be rendered without is told once") {
    const TemporaryFolder folder;
    for (const char* name : {"a.mp4", "b.mp4", "c.mp4"}) {
        make_bars(folder, name, 2);
    }
    write_text(folder / "list.txt", "a.mp4\nb.mp4\nc.mp4\n");
    const Finished result = fit({"--inputs", folder / "list.txt", "--skeleton", "-o",
                                 folder / "out", "--model", "no-such-network", "--jobs", "2"});
    CHECK(result.exit_code == 2);
    const auto first = result.err.find("no-such-network");
    REQUIRE(first != std::string::npos);
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
    CHECK(is_empty_folder(folder / "out"));
}

TEST_CASE("many clips: a face that one clip asks for and nobody can tell is that clip's failure") {
    const TemporaryFolder folder;
    make_bars(folder, "a.mp4", 2);
    make_bars(folder, "b.mp4", 2);
    write_text(folder / "looks.csv", "input,person\na.mp4,face:nobody.jpg\nb.mp4,\n");
    const Finished result =
        fit({"--looks", folder / "looks.csv", "--skeleton", "-o", folder / "out"});
    INFO(result.err);
    CHECK(result.exit_code == 1);
    CHECK(holds(result.err, "looks.csv line 2)"));
    CHECK(fs::exists(folder / "out/b.mp4"));
}

TEST_CASE("many clips: outputs that exist are left, and a partial file is no output") {
    const TemporaryFolder folder;
    fs::create_directories(folder / "in");
    fs::create_directories(folder / "out");
    for (const char* name : {"in/a.mp4", "in/b.mp4", "in/c.mp4"}) {
        make_bars(folder, name, 2);
    }
    write_text(folder / "out/a.mp4", "old");
    write_text(folder / "out/b.mp4.partial", "half");
    const Strings arguments{folder / "in", "--skeleton", "-o", folder / "out", "--jobs", "2"};
    Strings skipping = arguments;
    skipping.insert(skipping.end(), {"--skip-existing", "--summary", folder / "s.json"});
    const Finished result = fit(skipping);
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(read_text(folder / "out/a.mp4") == "old");
    CHECK(frame_hashes(folder / "out/b.mp4") != "");
    CHECK_FALSE(fs::exists(folder / "out/b.mp4.partial"));
    CHECK(holds(result.err, "out/a.mp4 exists; skipped"));
    CHECK(holds(result.err, "2 done, 1 skipped"));
    const json summary = json::parse(read_text(folder / "s.json"));
    CHECK(summary[0].at("status") == "skipped");
    CHECK(summary[1].at("status") == "done");

    fs::remove(folder / "out/c.mp4");
    const Finished refused = fit(arguments);  // neither -n nor -y
    CHECK(refused.exit_code == 1);
    CHECK(holds(refused.err, "give -y to overwrite it or -n to skip it"));
    CHECK(fs::exists(folder / "out/c.mp4"));
}

TEST_CASE("many clips: Ctrl-C stops all and tells what is done") {
    const TemporaryFolder folder;
    make_bars(folder, "short.mp4", 2);
    for (const char* name : {"long1.mp4", "long2.mp4", "long3.mp4"}) {
        make_bars(folder, name, 250, "640x480");
    }
    write_text(folder / "list.txt", "short.mp4\nlong1.mp4\nlong2.mp4\nlong3.mp4\n");
    fs::create_directory(folder / "out");
    const Finished result =
        run_and_signal({closet_binary(), "fit", "--inputs", folder / "list.txt", "--skeleton", "-o",
                        folder / "out", "--preset", "veryslow", "--every", "1", "--jobs", "2"},
                       folder / "out/long2.mp4.partial", SIGINT, 1);
    INFO(result.err);
    CHECK(result.exit_code == 130);
    CHECK(fs::exists(folder / "out/short.mp4"));
    CHECK(holds(result.err, "1 done, 2 interrupted, 1 not begun"));
    for (const char* name : {"out/long1.mp4", "out/long2.mp4"}) {
        CHECK_FALSE(fs::exists(folder / name));
        CHECK(frame_hashes(folder / name + std::string(".partial")) != "");
    }
    CHECK_FALSE(fs::exists(folder / "out/long3.mp4.partial"));
}
