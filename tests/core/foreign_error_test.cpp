#include "core/error.h"

#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

namespace closet {
namespace {

/// What becomes of an exception at a boundary.
template <class Throw>
std::pair<std::string, std::string> told(Throw thrower) {
    try {
        try {
            thrower();
        } catch (...) {
            std::rethrow_exception(current_error());
        }
    } catch (const Error& error) {
        return {error.what(), details_of(error)};
    }
    return {};
}

bool is_sentence(const std::string& text) {
    return !text.empty() && text.find('\n') == std::string::npos;
}

TEST_CASE("foreign error: one of ours passes a boundary as it is") {
    try {
        try {
            throw ConfigError("--model x is unknown");
        } catch (...) {
            std::rethrow_exception(current_error());
        }
    } catch (const ConfigError& error) {
        CHECK(sentence_of(error) == "--model x is unknown");
        CHECK(details_of(error).empty());
    }
}

TEST_CASE("foreign error: OpenCV's becomes a sentence without places in its source") {
    cv::redirectError([](int, const char*, const char*, const char*, int, void*) { return 0; });
    const auto [sentence, details] = told([] {
        cv::Mat three(2, 2, CV_8UC3), one(3, 3, CV_8UC1);
        three.copyTo(one.rowRange(5, 9));
    });
    cv::redirectError(nullptr);
    CHECK(is_sentence(sentence));
    CHECK(sentence.starts_with("OpenCV failed in "));
    CHECK(sentence.find(".cpp") == std::string::npos);
    CHECK(details.find("cv::Exception: OpenCV(") == 0);
}

TEST_CASE("foreign error: several lines of OpenCV become one") {
    const auto [sentence, details] = told([] {
        throw cv::Exception(cv::Error::StsBadArg, "> Sizes differ:\n>     'a' is 1\n> where\n>  2",
                            "resize", "resize.cpp", 7);
    });
    CHECK(sentence == "OpenCV failed in resize: Sizes differ: 'a' is 1 where 2");
    CHECK(details.find("resize.cpp:7") != std::string::npos);
}

TEST_CASE("foreign error: memory that is not there is told the same whoever wanted it") {
    const auto plain = told([] { throw std::bad_alloc(); });
    const auto array = told([] { throw std::bad_array_new_length(); });
    const auto picture = told(
        [] { throw cv::Exception(cv::Error::StsNoMem, "Failed to allocate", "f", "a.cpp", 1); });
    CHECK(plain.first.find("not enough memory") != std::string::npos);
    CHECK(array.first == plain.first);
    CHECK(picture.first == plain.first);
}

TEST_CASE("foreign error: the file system's names the action, the paths and the reason") {
    namespace fs = std::filesystem;
    CHECK(told([] { fs::rename("/nowhere/a", "/nowhere/b"); }).first ==
          "cannot rename /nowhere/a and /nowhere/b: No such file or directory");
    CHECK(told([] { fs::create_directory("/nowhere/a b"); }).first ==
          "cannot create directory /nowhere/a b: No such file or directory");
    const auto bare = told(
        [] { throw fs::filesystem_error("", std::make_error_code(std::errc::permission_denied)); });
    CHECK(bare.first.find("Permission denied") != std::string::npos);
}

TEST_CASE("foreign error: others give their first line and keep the rest") {
    const auto lines = told([] { throw std::runtime_error("\nfirst\nsecond\n"); });
    CHECK(lines.first == "first");
    CHECK(lines.second == "std::runtime_error: \nfirst\nsecond");
    const auto fault = told([] { static_cast<void>(std::vector<int>().at(3)); });
    CHECK(fault.first.starts_with("this is a fault of closet itself (vector"));
    const auto silent = told([] { throw std::runtime_error(""); });
    CHECK(silent.first == "a library failed (std::runtime_error)");
}

}  // namespace
}  // namespace closet
