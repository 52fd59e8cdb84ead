#include "closet/fit/inputs.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

/// Containers that take x264 video and most other streams keep their ending.
constexpr std::array<std::string_view, 5> kKeptEndings{".mp4", ".mov", ".mkv", ".m4v", ".ts"};
constexpr std::array<std::string_view, 4> kPictureEndings{".png", ".jpg", ".jpeg", ".webp"};
/// Looked for in folders, beside the endings above.
constexpr std::array<std::string_view, 9> kOtherMedia{".avi", ".webm", ".mpg", ".mpeg", ".wmv",
                                                      ".flv", ".m2ts", ".mxf", ".gif"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& endings, const fs::path& path) {
    std::string ending = path.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

std::vector<std::string> expand(const std::vector<std::string>& inputs) {
    std::vector<std::string> files;
    for (const std::string& input : inputs) {
        std::error_code error;
        if (!fs::is_directory(input, error)) {
            files.push_back(input);
            continue;
        }
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(input)) {
            const fs::path& path = entry.path();
            if (entry.is_regular_file(error) &&
                (contains(kKeptEndings, path) || contains(kPictureEndings, path) ||
                 contains(kOtherMedia, path))) {
                found.push_back(path.string());
            }
        }
        if (found.empty()) {
            throw ConfigError(
                fmt::format("the folder {} holds no video or picture; name the files "
                            "themselves if their endings are unusual",
                            input));
        }
        std::sort(found.begin(), found.end());
        files.insert(files.end(), found.begin(), found.end());
    }
    return files;
}

fs::path output_name(const fs::path& input) {
    fs::path name = input.filename();
    if (!contains(kKeptEndings, name) && !contains(kPictureEndings, name)) {
        name.replace_extension(".mkv");
    }
    return name;
}

fs::path matte_name(const fs::path& input) {
    fs::path name = input.filename();
    name.replace_extension(contains(kPictureEndings, name) ? ".png" : ".mkv");
    return name;
}

/// Where each of the files goes that are made of `inputs`: to `target` itself, or into it under a
/// name that `name_of` makes of the input's.
std::vector<fs::path> targets(std::string_view flag, const std::string& target,
                              const std::vector<std::string>& inputs,
                              fs::path (*name_of)(const fs::path&)) {
    std::error_code error;
    const bool into_folder = fs::is_directory(target, error) || target.ends_with('/');
    if (inputs.size() > 1 && !into_folder && fs::exists(target, error)) {
        throw ConfigError(
            fmt::format("{} {}: {} inputs need a folder as output, and this is a file", flag,
                        target, inputs.size()));
    }
    if (inputs.size() == 1 && !into_folder) {
        return {target};
    }
    fs::create_directories(target, error);
    if (error) {
        throw ConfigError(
            fmt::format("{} {}: cannot create the folder: {}", flag, target, error.message()));
    }
    std::vector<fs::path> paths;
    for (const std::string& input : inputs) {
        paths.push_back(fs::path(target) / name_of(input));
        if (std::find(paths.begin(), paths.end() - 1, paths.back()) != paths.end() - 1) {
            throw ConfigError(fmt::format("two inputs would be written to {}; render them apart",
                                          paths.back().string()));
        }
    }
    return paths;
}

}  // namespace

std::vector<Job> plan_jobs(const std::vector<std::string>& inputs, const std::string& output,
                           const std::string& matte, bool discard) {
    const std::vector<std::string> files = expand(inputs);
    if (output.empty() && !discard) {
        throw ConfigError("no output: give -o FILE (or --encoder none to discard the frames)");
    }
    std::vector<Job> jobs;
    for (const std::string& file : files) {
        jobs.push_back({file, {}, {}});
    }
    if (!discard) {
        const std::vector<fs::path> paths = targets("-o", output, files, output_name);
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            jobs[i].output = paths[i];
        }
    }
    if (!matte.empty()) {
        const std::vector<fs::path> paths = targets("--matte", matte, files, matte_name);
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            jobs[i].matte = paths[i];
        }
    }
    return jobs;
}

}  // namespace closet
