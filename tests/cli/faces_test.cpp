// --person face:PHOTO and closet people, on clips made of photographs.
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/cli_support.h"
#include "support/environment.h"
#include "support/shared_data.h"
#include "support/shell.h"

using namespace closet::test;

namespace {

/// Two people who change sides, the one of pair 00057 in front; each photograph slides over a gray
/// ground. Nothing where the pictures are absent.
std::optional<std::string> make_meeting(const TemporaryFolder& folder) {
    const auto first = shared_file("media/pairs/00057_person.jpg");
    const auto second = shared_file("media/people/person_01992.jpg");
    if (!first || !second) {
        return std::nullopt;
    }
    const std::string key = "scale=360:480,format=rgba,colorkey=0xEAEAEA:0.07:0.04";
    const std::string path = folder / "meeting.mp4";
    ffmpeg(
        {"-f",
         "lavfi",
         "-i",
         "color=c=0xE6E6E6:s=960x540:r=10:d=6",
         "-loop",
         "1",
         "-framerate",
         "10",
         "-t",
         "6",
         "-i",
         first->string(),
         "-loop",
         "1",
         "-framerate",
         "10",
         "-t",
         "6",
         "-i",
         second->string(),
         "-filter_complex",
         "[1]" + key + "[a];[2]" + key +
             "[b];[0][b]overlay=x='630-t*110':y=60:shortest=1[x];[x][a]overlay=x='-30+t*110':y=60:"
             "shortest=1,format=yuv420p",
         "-c:v",
         "libx264",
         "-preset",
         "veryfast",
         path});
    return path;
}

/// `--face-model` and its file, where MTCNN was fetched; else nothing, with a SKIPPED line.
std::vector<std::string> face_model() {
    const auto file = shared_file("weights/MobileFaceNet.tflite");
    const Finished verified = run_closet({"models", "verify", "mtcnn-onet"});
    if (verified.exit_code != 0) {
        std::cout << "SKIPPED: MTCNN is not fetched (run scripts/setup)\n";
    }
    return file && verified.exit_code == 0
               ? std::vector{std::string("--face-model"), file->string()}
               : std::vector<std::string>();
}

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

}  // namespace

TEST_CASE("faces: the person of the photo is dressed, through a crossing; others never") {
    const TemporaryFolder folder;
    const auto clip = make_meeting(folder);
    const auto model = face_model();
    if (!clip || model.empty()) {
        return;
    }
    // Where each one is on the last frames: the first on the right, the second on the left.
    for (const auto& [photo, is_right] : {std::pair{"media/pairs/00057_person.jpg", true},
                                          std::pair{"media/people/person_01992.jpg", false}}) {
        CAPTURE(photo);
        const std::string poses = folder / "poses.jsonl", summary = folder / "summary.json";
        const Finished result = run_closet(
            std::vector<std::string>{"fit", *clip, "--encoder", "none", "--save-poses", poses,
                                     "--scale", "1", "--summary", summary, "--person",
                                     "face:" + shared_file(photo)->string()} +
            model);
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
        const auto told = nlohmann::json::parse(read_text(summary));
        CHECK(told.at("face").at("found") == true);
        CHECK(told.at("face").at("similarity").get<double>() >
              told.at("face").at("threshold").get<double>());
        std::istringstream lines(read_text(poses));
        std::string line;
        std::getline(lines, line);
        int first_half = 0, second_half = 0, frame = 0;
        for (; std::getline(lines, line); ++frame) {
            const auto persons = nlohmann::json::parse(line).at("persons");
            CHECK(persons.size() <= 1);
            for (const auto& person : persons) {
                const auto box = person.at("box");
                const double middle = box[0].get<double>() + box[2].get<double>() / 2;
                if (frame < 20) {
                    ++first_half;
                    CHECK((middle > 480) != is_right);
                }
                if (frame >= 42) {
                    ++second_half;
                    CHECK((middle > 480) == is_right);
                }
            }
        }
        CHECK(first_half > 10);
        CHECK(second_half > 10);
    }
}

TEST_CASE("faces: of the people in a pose file the one is dressed whose face it is") {
    const TemporaryFolder folder;
    const auto clip = make_meeting(folder);
    const auto model = face_model();
    if (!clip || model.empty()) {
        return;
    }
    const std::string all = folder / "all.jsonl", one = folder / "one.jsonl";
    const auto fit = [&](const std::vector<std::string>& more) {
        return run_closet(std::vector<std::string>{"fit", *clip, "--encoder", "none", "-y"} + more);
    };
    REQUIRE(fit({"--scale", "1", "--person", "all", "--save-poses", all}).exit_code == 0);
    const std::string summary = folder / "summary.json";
    for (const auto& [photo, is_right] : {std::pair{"media/pairs/00057_person.jpg", true},
                                          {"media/people/person_01992.jpg", false}}) {
        const Finished result =
            fit(std::vector<std::string>{"--poses", all, "--save-poses", one, "--summary", summary,
                                         "--person", "face:" + shared_file(photo)->string()} +
                model);
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
        CHECK(nlohmann::json::parse(read_text(summary)).at("face").at("found") == true);
        std::istringstream lines(read_text(one));
        std::string line;
        std::getline(lines, line);
        int seen = 0;
        for (int frame = 0; std::getline(lines, line); ++frame) {
            const auto persons = nlohmann::json::parse(line).at("persons");
            CHECK(persons.size() <= 1);
            for (const auto& person : persons) {
                const auto box = person.at("box");
                const double middle = box[0].get<double>() + box[2].get<double>() / 2;
                if (frame < 20 || frame >= 42) {
                    ++seen;
                    CHECK((middle > 480) == ((frame >= 42) == is_right));
                }
            }
        }
        CHECK(seen > 20);
    }
    // Somebody else is not there; networks that are missing are told of.
    check_refused(fit(std::vector<std::string>{
                          "--poses", all, "--save-poses", one, "--person",
                          "face:" + shared_file("media/people/person_00121.jpg")->string()} +
                      model),
                  1, "no face in it is like that of");
}

TEST_CASE("faces: photos without one face and clips without the person are refused") {
    const TemporaryFolder folder;
    const auto clip = make_meeting(folder);
    const auto model = face_model();
    if (!clip || model.empty()) {
        return;
    }
    const std::string output = folder / "out.mp4";
    const auto fit = [&](const std::string& photo) {
        return run_closet(std::vector<std::string>{"fit", *clip, "--skeleton", "-o", output,
                                                   "--person", "face:" + photo} +
                          model);
    };
    check_refused(fit(shared_file("media/garments/garment_00055.jpg")->string()), 1,
                  "shows no face", output);
    const std::string two = folder / "two.png";
    ffmpeg({"-i", shared_file("media/people/person_01992.jpg")->string(), "-i",
            shared_file("media/people/person_00034.jpg")->string(), "-filter_complex", "hstack",
            two});
    check_refused(fit(two), 1, "shows 2 faces", output);
    check_refused(fit(folder / "nowhere.jpg"), 1, "nowhere.jpg", output);
    write_text(folder / "text.jpg", "no picture");
    check_refused(fit(folder / "text.jpg"), 1, "text.jpg", output);
    // Somebody else: nothing is written, and the summary says why.
    const std::string summary = folder / "summary.json";
    const Finished other = run_closet(
        std::vector<std::string>{"fit", *clip, "--skeleton", "-o", output, "--scale", "1",
                                 "--summary", summary, "--person",
                                 "face:" + shared_file("media/people/person_00121.jpg")->string()} +
        model);
    check_refused(other, 1, "no face in it is like that of", output);
    const auto told = nlohmann::json::parse(read_text(summary)).at("face");
    CHECK(told.at("found") == false);
    CHECK(told.at("faces").get<int>() > 0);
    CHECK(told.at("similarity").get<double>() < told.at("threshold").get<double>());
    check_refused(run_closet({"fit", *clip, "--skeleton", "-o", output, "--person", "face:"}), 2,
                  "face:PHOTO", output);
}

TEST_CASE("people: who is in a clip, when, and their clips; all of it or nothing") {
    const TemporaryFolder folder;
    const auto clip = make_meeting(folder);
    const auto model = face_model();
    if (!clip || model.empty()) {
        return;
    }
    const std::string out = folder / "people";
    const auto people = [&](const std::vector<std::string>& more) {
        return run_closet(std::vector<std::string>{"people", *clip, "-o", out} + model + more);
    };
    const Finished result = people({"--segments", "--preset", "ultrafast"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    const auto told = nlohmann::json::parse(read_text(out + "/people.json"));
    REQUIRE(told.at("identities").size() == 2);
    for (const auto& identity : told.at("identities")) {
        CHECK(identity.at("seconds").get<double>() > 3.5);
        CHECK(identity.at("faces").get<int>() > 3);
        CHECK(identity.at("nearest_other").get<double>() < told.at("threshold").get<double>());
        for (const auto& interval : identity.at("intervals")) {
            if (!interval.at("segment").is_null()) {
                CHECK(std::filesystem::file_size(out + "/" +
                                                 interval.at("segment").get<std::string>()) > 1000);
            }
        }
    }
    CHECK(std::filesystem::file_size(out + "/people.png") > 1000);
    check_refused(people({}), 2, "give -y to overwrite it or -n");
    CHECK(people({"-n"}).exit_code == 0);
    // Another run's segments go, and nothing else; the clip that is read never does.
    const std::string mine = out + "/person-9-01.mp4", segment = out + "/person-1-01.mp4";
    write_text(mine, "mine");
    const auto segment_run = [&](const std::vector<std::string>& more) {
        return run_closet(std::vector<std::string>{"people", segment, "-o", out, "-y"} + model +
                          more);
    };
    REQUIRE(std::filesystem::exists(segment));
    check_refused(segment_run({"--segments"}), 2, "may be overwritten");
    CHECK(segment_run({}).exit_code == 0);
    CHECK(std::filesystem::exists(segment));
    CHECK_FALSE(std::filesystem::exists(out + "/person-2-01.mp4"));
    CHECK(read_text(mine) == "mine");
    CHECK(people({"-y", "--segments", "--preset", "ultrafast"}).exit_code == 0);
    CHECK(std::filesystem::exists(out + "/person-2-01.mp4"));
    CHECK(people({"-y"}).exit_code == 0);
    CHECK_FALSE(std::filesystem::exists(out + "/person-2-01.mp4"));
}

TEST_CASE("people: a clip without anybody, and what is missing") {
    const TemporaryFolder folder;
    const std::string bars = make_bars(folder, "bars.mp4", 30);
    const std::string out = folder / "people";
    if (const auto model = face_model(); !model.empty()) {
        const Finished result =
            run_closet(std::vector<std::string>{"people", bars, "-o", out, "--segments"} + model);
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
        CHECK(holds(result.err, "nobody was found"));
        CHECK(nlohmann::json::parse(read_text(out + "/people.json")).at("identities").empty());
    }
    const std::string other = folder / "other";
    const Variable empty("CLOSET_MODELS", folder / "models");
    const Finished missing = run_closet({"people", bars, "-o", other});
    CHECK(missing.exit_code == 1);
    CHECK(holds(missing.err, "mtcnn-pnet"));
    CHECK_FALSE(std::filesystem::exists(other));
}
