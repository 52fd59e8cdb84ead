#include "inputs.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
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

}  // namespace

std::vector<Job> plan_jobs(const std::vector<std::string>& inputs, const std::string& output,
                           bool discard) {
    const std::vector<std::string> files = expand(inputs);
    std::vector<Job> jobs;
    if (discard) {
        for (const std::string& file : files) {
            jobs.push_back({file, {}});
        }
        return jobs;
    }
    if (output.empty()) {
        throw ConfigError("no output: give -o FILE (or --encoder none to discard the frames)");
    }
    std::error_code error;
    const bool into_folder = fs::is_directory(output, error) || output.ends_with('/');
    if (files.size() > 1 && !into_folder && fs::exists(output, error)) {
        throw ConfigError(fmt::format(
            "-o {}: {} inputs need a folder as output, and this is a file", output, files.size()));
    }
    if (files.size() == 1 && !into_folder) {
        return {{files.front(), output}};
    }
    fs::create_directories(output, error);
    if (error) {
        throw ConfigError(
            fmt::format("-o {}: cannot create the folder: {}", output, error.message()));
    }
    std::set<fs::path> taken;
    for (const std::string& file : files) {
        Job job{file, fs::path(output) / output_name(file)};
        if (!taken.insert(job.output).second) {
            throw ConfigError(fmt::format("two inputs would be written to {}; render them apart",
                                          job.output.string()));
        }
        jobs.push_back(std::move(job));
    }
    return jobs;
}

}  // namespace closet
