#include "core/new_file.h"

#include <cstdlib>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "core/files.h"
#include "support/full_disk.h"
#include "support/shell.h"
#include "support/temporary_folder.h"

namespace closet::test {
namespace {

namespace fs = std::filesystem;

/// The sentence of what `work` throws; empty where it throws nothing.
template <class Work>
std::string complaint_of(Work work) {
    try {
        work();
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

mode_t mode_of(const std::string& path) {
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

TEST_SUITE("new file") {
    TEST_CASE("a name has its old content until the new one is published") {
        const TemporaryFolder folder;
        write_file(folder / "a", "old");
        {
            NewFile file(folder / "a");
            file.write("new");
            file.complete();
            CHECK(file.where() == folder / "a.partial");
            CHECK(read_file(folder / "a") == "old");
            file.publish();
            CHECK(file.where() == folder / "a");
        }
        CHECK(read_file(folder / "a") == "new");
        CHECK_FALSE(fs::exists(folder / "a.partial"));
        { NewFile(folder / "a").write("torn"); }
        CHECK(read_file(folder / "a") == "new");
        CHECK_FALSE(fs::exists(folder / "a.partial"));
        {
            NewFile kept(folder / "a");
            kept.write("half");
            CHECK(kept.keep() == folder / "a.partial");
        }
        CHECK(read_file(folder / "a.partial") == "half");
    }

    TEST_CASE("permissions of the file that is replaced stay") {
        const TemporaryFolder folder;
        for (const mode_t mode : {0600U, 0644U, 0664U, 0755U, 0444U}) {
            write_file(folder / "a", "old");
            chmod((folder / "a").c_str(), mode);
            replace_file(folder / "a", "new");
            CHECK(mode_of(folder / "a") == mode);
            CHECK(read_file(folder / "a") == "new");
            fs::remove(folder / "a");
        }
    }

    TEST_CASE("links stay links and what they lead to is written") {
        const TemporaryFolder folder;
        fs::create_directory(folder / "real");
        write_file(folder / "real/a", "old");
        fs::create_symlink("real/a", folder / "one");
        fs::create_symlink("one", folder / "two");
        fs::create_symlink(folder / "real/not-yet", folder / "dangling");
        for (const std::string name : {"one", "two", "dangling"}) {
            replace_file(folder / name, name);
            CHECK(fs::is_symlink(folder / name));
            CHECK(read_file(folder / name) == name);
        }
        CHECK(read_file(folder / "real/a") == "two");
        CHECK(read_file(folder / "real/not-yet") == "dangling");
        fs::create_symlink("round", folder / "round");
        CHECK(holds(complaint_of([&] { NewFile(folder / "round"); }), "round"));
        // A folder of closet's own does not let itself be led elsewhere.
        replace_file(folder / "one", "own", {.follow = false});
        CHECK_FALSE(fs::is_symlink(folder / "one"));
        CHECK(read_file(folder / "real/a") == "two");
    }

    TEST_CASE("what has the working name is never written through") {
        const TemporaryFolder folder;
        write_file(folder / "precious", "mine");
        for (const bool hard : {true, false}) {
            hard ? fs::create_hard_link(folder / "precious", folder / "a.partial")
                 : fs::create_symlink(folder / "precious", folder / "a.partial");
            replace_file(folder / "a", "new");
            CHECK(read_file(folder / "precious") == "mine");
            CHECK(read_file(folder / "a") == "new");
            CHECK_FALSE(fs::is_symlink(folder / "a"));
        }
        fs::create_directory(folder / "a.partial");
        CHECK(holds(complaint_of([&] { NewFile(folder / "a"); }), "a.partial is in the way"));
    }

    TEST_CASE("a second writer is refused while the first lives and not after it died") {
        const TemporaryFolder folder;
        {
            NewFile first(folder / "a");
            first.write("first");
            CHECK(complaint_of([&] { NewFile(folder / "a"); }) ==
                  "cannot write " + folder / "a" + ": another run is writing it (" +
                      folder / "a.partial" + "), wait for that or choose another name");
            fs::create_symlink("a", folder / "link");
            CHECK(holds(complaint_of([&] { NewFile(folder / "link"); }), "another run"));
            CHECK(holds(complaint_of([&] { NewFile(folder / "a", {.resume = true}); }),
                        "another run"));
            first.publish();
        }
        CHECK(read_file(folder / "a") == "first");
        const pid_t child = fork();
        if (child == 0) {
            NewFile killed(folder / "a");
            killed.write("killed");
            _exit(0);
        }
        waitpid(child, nullptr, 0);
        REQUIRE(read_file(folder / "a.partial") == "killed");
        replace_file(folder / "a", "next");
        CHECK(read_file(folder / "a") == "next");
        CHECK_FALSE(fs::exists(folder / "a.partial"));
    }

    TEST_CASE("a working file is continued where that is asked for") {
        const TemporaryFolder folder;
        { NewFile(folder / "a", {.ending = ".part", .resume = true}).write("ab"); }
        CHECK(read_file(folder / "a.part") == "ab");
        NewFile rest(folder / "a", {.ending = ".part", .resume = true});
        CHECK(rest.size() == 2);
        rest.write("c");
        rest.publish();
        CHECK(read_file(folder / "a") == "abc");
        fs::create_symlink(folder / "elsewhere", folder / "b.part");
        CHECK(complaint_of([&] { NewFile(folder / "b", {.ending = ".part", .resume = true}); }) !=
              "");
        CHECK_FALSE(fs::exists(folder / "elsewhere"));
    }

    TEST_CASE("pipes and devices are written directly and stay what they are") {
        const TemporaryFolder folder;
        int ends[2];
        REQUIRE(pipe(ends) == 0);
        replace_file("/dev/fd/" + std::to_string(ends[1]), "through a pipe");
        char text[64]{};
        CHECK(read(ends[0], text, sizeof text) == 14);
        CHECK(std::string(text) == "through a pipe");
        close(ends[0]);
        close(ends[1]);

        REQUIRE(mkfifo((folder / "fifo").c_str(), 0600) == 0);
        CHECK(holds(complaint_of([&] { NewFile(folder / "fifo"); }), "no program reads it"));
        const int reader = open((folder / "fifo").c_str(), O_RDONLY | O_NONBLOCK);
        replace_file(folder / "fifo", "news");
        CHECK(read(reader, text, sizeof text) == 4);
        close(reader);
        CHECK(fs::is_fifo(folder / "fifo"));

        replace_file("/dev/null", "nothing");
        CHECK(fs::is_character_file("/dev/null"));
        CHECK_FALSE(fs::exists("/dev/null.partial"));
        CHECK(holds(complaint_of([&] { replace_file("/dev/full", "x"); }), "No space left"));

        // Of a shell's "> file": the file is not replaced, and goes on where it was.
        const int file = open((folder / "log").c_str(), O_WRONLY | O_CREAT, 0600);
        REQUIRE(write(file, "before ", 7) == 7);
        replace_file("/proc/self/fd/" + std::to_string(file), "after");
        close(file);
        CHECK(read_file(folder / "log") == "before after");
    }

    TEST_CASE("what cannot be written is one sentence and leaves nothing") {
        const TemporaryFolder folder;
        CHECK(holds(complaint_of([&] { NewFile(folder / "none/a"); }), "its folder has to exist"));
        CHECK(holds(complaint_of([&] { NewFile(folder.path()); }), "it is a folder"));
        CHECK(holds(complaint_of([&] { NewFile(folder / "new/"); }), "it is a folder"));
        CHECK(holds(complaint_of([&] { NewFile(""); }), "the name is empty"));
        write_file(folder / "file", "");
        CHECK(holds(complaint_of([&] { NewFile(folder / "file/a"); }), "Not a directory"));
        {
            const FullDisk full(10);
            CHECK(holds(complaint_of([&] { replace_file(folder / "a", std::string(100, 'x')); }),
                        "a: File too large"));
        }
        CHECK_FALSE(fs::exists(folder / "a"));
        CHECK_FALSE(fs::exists(folder / "a.partial"));
    }

    TEST_CASE("names as long as a name can be are written") {
        const TemporaryFolder folder;
        const std::string a = folder / (std::string(254, 'n') + "a"),
                          b = folder / (std::string(254, 'n') + "b");
        NewFile first(a), second(b);
        first.write("a");
        second.write("b");
        first.publish();
        second.publish();
        CHECK(read_file(a) == "a");
        CHECK(read_file(b) == "b");
    }

    TEST_CASE("files that belong together get their names together") {
        const TemporaryFolder folder;
        write_file(folder / "there", "old");
        NewFile there(folder / "there"), fresh(folder / "fresh"), last(folder / "last");
        NewFile* const files[]{&there, &fresh, &last};
        for (NewFile* file : files) {
            file->write("new");
        }
        fs::create_directories(folder / "last/in the way");
        const std::string sentence = complaint_of([&] { NewFile::publish_all(files); });
        CHECK(holds(sentence, "cannot write " + folder / "last"));
        for (const std::string name : {"there", "fresh", "last"}) {
            CHECK(holds(sentence, folder / (name + ".partial")));
            CHECK(read_file(folder / (name + ".partial")) == "new");
        }
        CHECK(read_file(folder / "there") == "old");
        CHECK_FALSE(fs::exists(folder / "fresh"));

        fs::remove_all(folder / "last");
        NewFile::publish_all(files);
        for (const std::string name : {"there", "fresh", "last"}) {
            CHECK(read_file(folder / name) == "new");
            CHECK_FALSE(fs::exists(folder / (name + ".partial")));
        }
    }

    TEST_CASE("a file of lines grows under its name and always ends with a whole line") {
        const TemporaryFolder folder;
        write_file(folder / "log", "old");
        LineFile log(folder / "log");
        CHECK(read_file(folder / "log") == "old");
        CHECK(holds(complaint_of([&] { LineFile(folder / "log"); }), "another run"));
        log.append("one\n");
        CHECK(read_file(folder / "log") == "one\n");
        {
            const FullDisk full(6);
            CHECK(holds(complaint_of([&] { log.append("two\n"); }), "log: File too large"));
            CHECK(read_file(folder / "log") == "one\n");
        }
        log.append("three\n");
        CHECK(read_file(folder / "log") == "one\ntwo\nthree\n");
        CHECK(holds(complaint_of([&] { LineFile(folder / "log"); }), "another run"));
    }

    TEST_CASE("two names of one file are found before anything is written") {
        const TemporaryFolder folder;
        fs::create_directory(folder / "sub");
        write_file(folder / "there", "x");
        fs::create_symlink("there", folder / "soft");
        fs::create_hard_link(folder / "there", folder / "hard");
        fs::create_symlink("new", folder / "soft-new");
        fs::create_directory_symlink("sub", folder / "sub-link");
        const std::vector<std::pair<std::string, std::string>> same{
            {"there", "there"},       {"there", "sub/../there"},   {"there", "./there"},
            {"there", "soft"},        {"there", "hard"},           {"soft", "hard"},
            {"new", "soft-new"},      {"sub/new", "sub-link/new"}, {"new", "./new"},
            {"new", "sub//../new"},   {"new", "new.partial"},      {"new.partial", "new"},
            {"there.partial", "soft"}};
        for (const auto& [one, other] : same) {
            CAPTURE(one);
            CAPTURE(other);
            const NamedFile a{"-o", folder / one}, b{"--matte", folder / other};
            CHECK_THROWS_AS(check_names({}, {a, b}), ConfigError);
            if (fs::exists(a.path)) {
                CHECK_THROWS_AS(check_names({a}, {b}), MediaError);
            } else {
                CHECK_NOTHROW(check_names({a}, {b}));  // what does not exist is not read
            }
        }
        CHECK_NOTHROW(check_names(
            {{"in", folder / "there"}},
            {{"-o", folder / "new"}, {"-m", folder / "sub/new"}, {"-p", ""}, {"-q", ""}}));
        CHECK_NOTHROW(check_names({}, {{"-o", "/dev/null"}, {"-m", "/dev/null"}}));
        CHECK(complaint_of([&] {
                  check_names({{"the input", folder / "there"}}, {{"-o", folder / "soft"}});
              }) == "cannot write " + folder / "soft" +
                        ": it is the input itself, this would overwrite it, choose another output");
    }
}

}  // namespace
}  // namespace closet::test
