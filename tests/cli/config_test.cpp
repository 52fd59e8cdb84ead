#include <doctest/doctest.h>

#include <cstdlib>

#include "cli/cli_support.h"
#include "support/paths.h"

using namespace closet::test;

namespace {

struct Environment {  // set for the length of a test
    explicit Environment(const char* variable, const char* value) : name(variable) {
        setenv(name, value, 1);
    }
    ~Environment() { unsetenv(name); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    Environment(Environment&&) = delete;
    Environment& operator=(Environment&&) = delete;
    const char* name;
};

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("config: flag over environment over file over default") {
    const TemporaryFolder folder;
    const std::string file = folder / "settings.toml";
    write_text(file, "batch = 7\nscale = 0.75\ndevice = \"cpu\"\n[fit]\ninterval = 0.2\n");
    const auto dry_run = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{"fit", "clip.mp4", "-g",       "g.png",
                                           "-o",  "o.mp4",    "--dry-run"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Finished result = run_closet(arguments);
        INFO(result.err);
        CHECK(result.exit_code == 0);
        return result.out;
    };
    CHECK(has_line(dry_run({}), "batch = 2"));
    const std::string with_file = dry_run({"--config", file});
    CHECK(has_line(with_file, "batch = 7"));
    CHECK(has_line(with_file, "scale = 0.75"));
    CHECK(has_line(with_file, "interval = 0.2"));
    CHECK(has_line(with_file, "device = \"cpu\""));
    CHECK(has_line(dry_run({"--config", file, "--batch", "3"}), "batch = 3"));
    CHECK(has_line(dry_run({"--config=" + file, "--batch=3"}), "batch = 3"));
    const Environment device("CLOSET_DEVICE", "auto");
    CHECK(has_line(dry_run({"--config", file}), "device = \"auto\""));
    CHECK(has_line(dry_run({"--config", file, "--device", "cuda:1"}), "device = \"cuda:1\""));
}

TEST_CASE("config: what a dry run prints can be given back as a file") {
    const TemporaryFolder folder;
    const std::vector<std::string> arguments{"fit", "clip.mp4",   "-g",        "g.png",
                                             "-o",  "o.mp4",      "--dry-run", "--batch",
                                             "3",   "--skeleton", "-e",        "tune=film"};
    const std::string first = run_closet(arguments).out;
    write_text(folder / "again.toml", first);
    CHECK(run_closet({"fit", "--dry-run", "--config", folder / "again.toml"}).out == first);
}

TEST_CASE("config: texts of any kind come back as they were") {
    const TemporaryFolder folder;
    const std::vector<std::string> texts{"a \"b\" c.png",
                                         "back\\slash",
                                         "line\nbreak",
                                         "tab\tand\rreturn",
                                         "\x01\x1f\x7f",
                                         "h\xc3\xa9 \xf0\x9f\x91\x95",
                                         "it's",
                                         "'''",
                                         "\"\"\"",
                                         "# no comment",
                                         "[x]",
                                         "a=b",
                                         "1e5",
                                         "007",
                                         "1.50",
                                         "+3",
                                         "0x10",
                                         ".5",
                                         "5.",
                                         "nan",
                                         "inf",
                                         "-0",
                                         "1_000",
                                         "1979-05-27",
                                         "True",
                                         "true",
                                         "12",
                                         "0.25",
                                         " spaces ",
                                         "\xe2\x80\xa8"};
    std::vector<std::string> arguments{"fit", "--garment=" + texts.front(), "-o", "o.mp4",
                                       "--dry-run"};
    for (const std::string& text : texts) {
        arguments.push_back("--input=" + text);
    }
    const std::string first = run_closet(arguments).out;
    CHECK(has_line(first, "garment = \"a \\\"b\\\" c.png\""));
    write_text(folder / "again.toml", first);
    const Finished again = run_closet({"fit", "--dry-run", "--config", folder / "again.toml"});
    INFO(again.err);
    CHECK(again.out == first);
}

TEST_CASE("config: a name that is no UTF-8 is left out of what a dry run prints and told") {
    const TemporaryFolder folder;
    const Finished dry = run_closet({"fit", "clip.mp4",
                                     "--garment=a\xff"
                                     "b.png",
                                     "-o", "o.mp4", "--dry-run"});
    CHECK(dry.exit_code == 0);
    CHECK(has_line(dry.out,
                   "# garment is no UTF-8, so it cannot be here: give --garment beside --config"));
    write_text(folder / "again.toml", dry.out);
    const Finished again = run_closet({"fit",
                                       "--garment=a\xff"
                                       "b.png",
                                       "--dry-run", "--config", folder / "again.toml"});
    CHECK(again.out == dry.out);
}

TEST_CASE("config: unknown keys and sections and broken files are errors that name them") {
    const TemporaryFolder folder;
    const auto fit = [&](const std::string& text) {
        write_text(folder / "bad.toml", text);
        const Finished result = run_closet(
            {"fit", "clip.mp4", "-g", "g.png", "-o", "o.mp4", "--config", folder / "bad.toml"});
        CHECK(result.exit_code == 2);
        return result.err;
    };
    CHECK(fit("bach = 5\n").find("'bach'") != std::string::npos);
    CHECK(fit("[fitt]\nbatch = 5\n").find("[fitt]") != std::string::npos);
    CHECK(fit("batch = \"many\"\n").find("--batch") != std::string::npos);
    CHECK(fit("batch = 3\nscale = many\n").find("line 2") != std::string::npos);
    CHECK(fit("batch = {a = 1}\n").find("[batch]") != std::string::npos);
    CHECK(fit("batch = [[1]]\n").find("'batch'") != std::string::npos);
    CHECK(fit("batch = 1979-05-27\n").find("'batch'") != std::string::npos);
    CHECK(fit(std::string(2 << 20, 'x')).find("bad.toml") != std::string::npos);
}

TEST_CASE("config: the shipped reference settings are accepted") {
    const Finished result =
        run_closet({"fit", "clip.mp4", "-g", "g.png", "-o", "o.mp4", "--dry-run", "--config",
                    (closet::test::source_folder() / "configs/reference.toml").string()});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(has_line(result.out, "batch = 5"));
    CHECK(has_line(result.out, "interval = 0.04"));
}
