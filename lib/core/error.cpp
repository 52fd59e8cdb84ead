#include "core/error.h"

#include <cxxabi.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>
#include <stdexcept>
#include <string_view>
#include <typeinfo>

#include <fmt/format.h>
#include <opencv2/core.hpp>

extern "C" {
#include <libavutil/error.h>
}

namespace closet {
namespace {

constexpr const char* kNoMemory =
    "there is not enough memory for this; close other programs, or give less at a time";

std::string type_name(const std::exception& error) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> name(
        abi::__cxa_demangle(typeid(error).name(), nullptr, nullptr, &status), &std::free);
    return name ? name.get() : typeid(error).name();
}

std::string first_line(std::string_view text) {
    const std::size_t start = std::min(text.find_first_not_of(" \n\r\t"), text.size());
    text.remove_prefix(start);
    return std::string(text.substr(0, text.find_first_of("\r\n")));
}

/// The lines of a text, behind each other, without the marks that OpenCV puts before each.
std::string one_line(std::string_view text) {
    std::string line;
    bool is_start = true;  // of a line
    for (const char c : text) {
        const bool is_space =
            c == ' ' || c == '\n' || c == '\r' || c == '\t' || (is_start && c == '>');
        is_start = c == '\n' || (is_start && is_space);
        if (!is_space) {
            line += c;
        } else if (!line.empty() && line.back() != ' ') {
            line += ' ';
        }
    }
    while (line.ends_with(' ')) {
        line.pop_back();
    }
    return line;
}

std::string tell(const cv::Exception& error) {
    if (error.code == cv::Error::StsNoMem) {
        return kNoMemory;
    }
    const std::string what = one_line(error.err.empty() ? error.what() : error.err);
    return error.func.empty() ? fmt::format("OpenCV failed: {}", what)
                              : fmt::format("OpenCV failed in {}: {}", error.func, what);
}

/// "filesystem error: cannot rename: Permission denied [a] [b]" as a sentence.
std::string tell(const std::filesystem::filesystem_error& error) {
    constexpr std::string_view kPrefix = "filesystem error: ";
    const std::string why = error.code().message();
    std::string_view what = error.what();
    what.remove_prefix(what.starts_with(kPrefix) ? kPrefix.size() : 0);
    const std::string action(what.substr(0, std::min(what.find(": " + why), what.find(" ["))));
    std::string places;
    for (const auto* path : {&error.path1(), &error.path2()}) {
        if (!path->empty()) {
            places += fmt::format("{}{}", places.empty() ? " " : " and ", path->string());
        }
    }
    return fmt::format("{}{}: {}", action, places, why);
}

bool is_of_torch(const std::string& type) {
    return type.starts_with("c10::") || type.starts_with("torch::") || type.starts_with("at::");
}

}  // namespace

std::string av_error_text(int averror) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(averror, text.data(), text.size());
    return text.data();
}

int av_check(int code, const std::string& what) {
    if (code < 0) {
        throw MediaError(what + ": " + av_error_text(code), code);
    }
    return code;
}

std::string sentence_of(const std::exception& error) {
    if (dynamic_cast<const Error*>(&error) != nullptr) {
        return error.what();
    }
    if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
        return kNoMemory;
    }
    if (const auto* of_opencv = dynamic_cast<const cv::Exception*>(&error)) {
        return tell(*of_opencv);
    }
    if (const auto* of_files = dynamic_cast<const std::filesystem::filesystem_error*>(&error)) {
        return tell(*of_files);
    }
    const std::string line = first_line(error.what());
    if (is_of_torch(type_name(error))) {
        // This library's allocator says so in words only.
        return line.find("can't allocate memory") != std::string::npos
                   ? kNoMemory
                   : fmt::format("LibTorch failed: {}", line);
    }
    if (dynamic_cast<const std::logic_error*>(&error) != nullptr) {
        return fmt::format(
            "this is a fault of closet itself ({}); please report it with the command and the "
            "input",
            line);
    }
    return line.empty() ? fmt::format("a library failed ({})", type_name(error)) : line;
}

std::string details_of(const std::exception& error) {
    if (const auto* foreign = dynamic_cast<const ForeignError*>(&error)) {
        return foreign->details();
    }
    if (dynamic_cast<const Error*>(&error) != nullptr) {
        return {};
    }
    std::string what = error.what();
    while (what.ends_with('\n')) {
        what.pop_back();
    }
    return fmt::format("{}: {}", type_name(error), what);
}

std::exception_ptr current_error() {
    try {
        throw;
    } catch (const Error&) {
        return std::current_exception();
    } catch (const std::exception& error) {
        return std::make_exception_ptr(ForeignError(sentence_of(error), details_of(error)));
    } catch (...) {
        return std::current_exception();
    }
}

}  // namespace closet
