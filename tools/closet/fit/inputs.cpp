#include "closet/fit/inputs.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

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

/// The files that an input stands for.
std::vector<std::string> expand(const std::string& input) {
    std::error_code error;
    if (!fs::is_directory(input, error)) {
        return {input};
    }
    std::vector<std::string> found;
    fs::directory_iterator entry(input, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
        const fs::path& path = entry->path();
        std::error_code ignored;
        if (entry->is_regular_file(ignored) &&
            (contains(kKeptEndings, path) || contains(kPictureEndings, path) ||
             contains(kOtherMedia, path))) {
            found.push_back(path.string());
        }
    }
    if (error) {
        throw ConfigError(fmt::format("cannot read the folder {}: {}", input, error.message()));
    }
    if (found.empty()) {
        throw ConfigError(
            fmt::format("the folder {} holds no video or picture; name the files "
                        "themselves if their endings are unusual",
                        input));
    }
    std::sort(found.begin(), found.end());
    return found;
}

fs::path output_name(const Job& job) {
    fs::path name = fs::path(job.input).filename();
    if (!contains(kKeptEndings, name) && !contains(kPictureEndings, name)) {
        name.replace_extension(".mkv");
    }
    return name;
}

fs::path matte_name(const Job& job) {
    const bool has_own = !job.look.source.empty() && !job.output.empty();
    fs::path name = fs::path(has_own ? job.output : fs::path(job.input)).filename();
    name.replace_extension(contains(kPictureEndings, name) ? ".png" : ".mkv");
    return name;
}

/// Clips that go to one target, which `flag` names.
struct Group {
    std::string flag, target;
    std::vector<Job> jobs;
};

void add(Group& group, const std::string& input, const Look& look) {
    for (std::string& file : expand(input)) {
        group.jobs.push_back({std::move(file), {}, {}, look});
    }
}

/// Where each of the files goes that are made of `jobs`: to `target` itself, or into it under a
/// name that `name_of` makes.
std::vector<fs::path> targets(const std::string& flag, const std::string& target,
                              const std::vector<Job>& jobs, fs::path (*name_of)(const Job&)) {
    std::error_code error;
    const bool into_folder = fs::is_directory(target, error) || target.ends_with('/');
    if (jobs.size() > 1 && !into_folder && fs::exists(target, error)) {
        throw ConfigError(
            fmt::format("{} {}: {} inputs need a folder as output, and this is a file", flag,
                        target, jobs.size()));
    }
    if (jobs.size() == 1 && !into_folder) {
        return {target};
    }
    fs::create_directories(target, error);
    if (error) {
        throw ConfigError(
            fmt::format("{} {}: cannot create the folder: {}", flag, target, error.message()));
    }
    std::vector<fs::path> paths;
    for (const Job& job : jobs) {
        paths.push_back(fs::path(target) / name_of(job));
    }
    return paths;
}

std::string named(const Job& job) {
    return job.look.source.empty() ? job.input : fmt::format("{} ({})", job.input, job.look.source);
}

/// Throws where two clips would be written to one file.
void check_apart(const std::vector<Job>& jobs, fs::path Job::*file) {
    std::map<fs::path, const Job*> writers;
    for (const Job& job : jobs) {
        if ((job.*file).empty()) {
            continue;
        }
        const auto [other, is_new] = writers.emplace((job.*file).lexically_normal(), &job);
        if (!is_new) {
            throw ConfigError(
                fmt::format("two inputs would be written to {}: {} and {}; render them apart",
                            (job.*file).string(), named(*other->second), named(job)));
        }
    }
}

/// The clips by where they go: those of -o first.
std::vector<Group> groups_of(const JobRequest& request) {
    std::vector<Group> groups{{"-o", request.output, {}}};
    for (const std::string& input : request.inputs) {
        add(groups.front(), input, {});
    }
    for (const std::string& list : request.lists) {
        for (const std::string& input : read_clip_list(list)) {
            add(groups.front(), input, {});
        }
    }
    for (const std::string& table : request.looks) {
        for (const LookRow& row : read_looks(table)) {
            if (row.output.empty()) {
                add(groups.front(), row.input, row.look);
            } else {
                groups.push_back({row.look.source + ": output", row.output, {}});
                add(groups.back(), row.input, row.look);
            }
        }
    }
    return groups;
}

}  // namespace

std::vector<Job> plan_jobs(const JobRequest& request) {
    if (request.inputs.empty() && request.lists.empty() && request.looks.empty()) {
        throw ConfigError(fmt::format("no input: give files, folders, {} LIST or {} TABLE",
                                      flags::kInputs, flags::kLooks));
    }
    std::vector<Job> jobs;
    for (Group& group : groups_of(request)) {
        if (group.jobs.empty()) {
            continue;
        }
        if (!request.discard) {
            if (group.target.empty()) {
                throw ConfigError(
                    "no output: give -o FILE (or --encoder none to discard the frames)");
            }
            const auto paths = targets(group.flag, group.target, group.jobs, output_name);
            for (std::size_t i = 0; i < paths.size(); ++i) {
                group.jobs[i].output = paths[i];
            }
        }
        std::move(group.jobs.begin(), group.jobs.end(), std::back_inserter(jobs));
    }
    if (!request.matte.empty()) {
        const auto paths = targets("--matte", request.matte, jobs, matte_name);
        for (std::size_t i = 0; i < paths.size(); ++i) {
            jobs[i].matte = paths[i];
        }
    }
    check_apart(jobs, &Job::output);
    check_apart(jobs, &Job::matte);
    return jobs;
}

}  // namespace closet
