#include "closet/cluster/plan_file.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <set>

#include <fmt/format.h>

#include "core/error.h"
#include "core/json_string.h"
#include "poses/pose_json.h"

namespace closet {
namespace {

using namespace pose_json;

constexpr const char* kFormat = "closet-plan";
constexpr int kVersion = 1;
constexpr const char* kPosesWork = "poses";
constexpr const char* kRenderWork = "render";
constexpr std::size_t kLongestLine = 1 << 20;
constexpr std::size_t kMostWorks = 1'000'000;

using OrderedJson = nlohmann::ordered_json;  // for people

std::string line_of(const OrderedJson& json) {
    std::string text = json_string(json);
    if (OrderedJson::parse(text) != json) {
        throw ConfigError(fmt::format(
            "cannot plan {}: a name in it is no UTF-8, as a plan has to be; rename the file",
            json.value("input", "this")));
    }
    return text + "\n";
}

OrderedJson work_json(const PlanClip& clip, std::size_t work, const char* what) {
    OrderedJson json{{"work", work}, {"do", what}, {"input", clip.input}, {"output", clip.output}};
    if (!clip.matte.empty()) {
        json["matte"] = clip.matte;
    }
    return json;
}

PlanSettings read_settings(const Json& list) {
    const auto is_pair = [](const Json& pair) {
        return pair.is_array() && pair.size() == 2 && pair[0].is_string() && pair[1].is_string();
    };
    if (!list.is_array() || !std::all_of(list.begin(), list.end(), is_pair)) {
        throw BadLine{"\"settings\" is not a list of names and values"};
    }
    return list.get<PlanSettings>();
}

std::string path_of(const Json& json, const char* key) {
    std::string path = text_of(json, key);
    if (!std::filesystem::path(path).is_absolute() || path.find('\0') != std::string::npos) {
        throw BadLine{fmt::format("\"{}\" is not an absolute path", key)};
    }
    return path;
}

Plan read_header(const Json& json) {
    if (text_of(json, "format") != kFormat) {
        throw BadLine{fmt::format("\"format\" is not \"{}\"", kFormat)};
    }
    if (integer<int>(member(json, "version"), "version", 1) != kVersion) {
        throw BadLine{fmt::format("its version is not {}, the one that is known here", kVersion)};
    }
    return {.program = text_of(json, "program"),
            .folder = path_of(json, "folder"),
            .settings = read_settings(member(json, "settings")),
            .clips = {}};
}

PlanWindow read_window(const Json& json) {
    const auto seconds = [&](const char* key) {
        return numbers<1, double>(Json::array({member(json, key)}), key)[0];
    };
    return {.from_s = seconds("from_s"),
            .to_s = json.contains("to_s") ? std::optional(seconds("to_s")) : std::nullopt};
}

/// Reads the works of a plan one after the other.
class Works {
  public:
    explicit Works(Plan& plan) : plan_(plan) {}

    void add(const Json& json) {
        if (next_ == kMostWorks) {
            throw BadLine{fmt::format("it holds more than {} works", kMostWorks)};
        }
        if (integer<std::size_t>(member(json, "work"), "work", 0) != next_) {
            throw BadLine{fmt::format("\"work\" is not {}, the next number", next_)};
        }
        const PlanClip clip{.input = path_of(json, "input"),
                            .output = path_of(json, "output"),
                            .matte = json.contains("matte") ? path_of(json, "matte") : "",
                            .first = next_};
        const std::string what = text_of(json, "do");
        if (what == kPosesWork) {
            begin(clip, json);
        } else if (what == kRenderWork) {
            go_on(clip, json);
        } else {
            throw BadLine{
                fmt::format("\"do\" is neither \"{}\" nor \"{}\"", kPosesWork, kRenderWork)};
        }
        ++next_;
    }

    /// A clip is complete.
    void end() const {
        if (plan_.clips.empty()) {
            throw BadLine{"it holds no work"};
        }
        const PlanClip& clip = plan_.clips.back();
        if (clip.windows.empty() || clip.windows.back().to_s) {
            throw BadLine{"the windows before it do not go to the end of their clip"};
        }
    }

  private:
    void begin(const PlanClip& clip, const Json& json) {
        if (next_ > 0) {
            end();
        }
        if (member(json, "after") != Json::array()) {
            throw BadLine{"\"after\" is not empty, as that of poses is"};
        }
        if (!outputs_.insert(clip.output).second ||
            (!clip.matte.empty() && !outputs_.insert(clip.matte).second)) {
            throw BadLine{"its output is that of another clip"};
        }
        plan_.clips.push_back(clip);
    }

    void go_on(const PlanClip& same, const Json& json) {
        if (plan_.clips.empty()) {
            throw BadLine{"it renders a clip whose poses are not planned"};
        }
        PlanClip& clip = plan_.clips.back();
        if (same.input != clip.input || same.output != clip.output || same.matte != clip.matte) {
            throw BadLine{"its files are not those of the poses before it"};
        }
        if (member(json, "after") != Json::array({clip.first})) {
            throw BadLine{fmt::format("\"after\" is not [{}], the poses before it", clip.first)};
        }
        const PlanWindow window = read_window(json);
        const std::optional<double> from =
            clip.windows.empty() ? std::optional(0.0) : clip.windows.back().to_s;
        if (from != window.from_s || (window.to_s && *window.to_s <= window.from_s)) {
            throw BadLine{"\"from_s\" and \"to_s\" do not go on where the window before ends"};
        }
        clip.windows.push_back(window);
    }

    Plan& plan_;
    std::size_t next_ = 0;
    std::set<std::string> outputs_;
};

}  // namespace

std::vector<PlanWindow> plan_windows(double duration_s, double unit_s) {
    const double most = std::min(duration_s / unit_s, static_cast<double>(kMostWorks));
    std::vector<PlanWindow> windows(1);
    for (double i = 1; i < most; ++i) {
        windows.back().to_s = i * unit_s;
        windows.push_back({.from_s = i * unit_s, .to_s = {}});
    }
    return windows;
}

std::string to_text(const Plan& plan) {
    std::string text = line_of({{"format", kFormat},
                                {"version", kVersion},
                                {"program", plan.program},
                                {"folder", plan.folder},
                                {"settings", plan.settings}});
    for (const PlanClip& clip : plan.clips) {
        OrderedJson poses = work_json(clip, clip.first, kPosesWork);
        poses["after"] = OrderedJson::array();
        text += line_of(poses);
        for (std::size_t i = 0; i < clip.windows.size(); ++i) {
            OrderedJson render = work_json(clip, clip.first + 1 + i, kRenderWork);
            render["from_s"] = clip.windows[i].from_s;
            if (clip.windows[i].to_s) {
                render["to_s"] = *clip.windows[i].to_s;
            }
            render["after"] = {clip.first};
            text += line_of(render);
        }
    }
    return text;
}

Plan read_plan(const std::filesystem::path& path) {
    std::ifstream file;
    errno = 0;
    if (!std::filesystem::is_directory(path)) {
        file.open(path, std::ios::binary);
    }
    if (!file.is_open()) {
        throw ConfigError(
            fmt::format("cannot read the plan {}: {}", path.string(),
                        errno != 0 ? std::strerror(errno) : "it is a folder; name the file in it"));
    }
    std::size_t number = 1;
    try {
        std::optional<std::string> line = read_line(file, kLongestLine);
        if (!line) {
            throw BadLine{"the file is empty"};
        }
        Plan plan = read_header(parse(*line));
        Works works(plan);
        for (++number; (line = read_line(file, kLongestLine)); ++number) {
            works.add(parse(*line));
        }
        works.end();
        return plan;
    } catch (const BadLine& bad) {
        throw ConfigError(
            fmt::format("cannot read the plan {}, line {}: {}", path.string(), number, bad.why));
    }
}

std::string works_text(const std::vector<std::size_t>& works) {
    std::string text;
    for (std::size_t i = 0; i < works.size();) {
        std::size_t end = i + 1;
        while (end < works.size() && works[end] == works[end - 1] + 1) {
            ++end;
        }
        text += fmt::format("{}{}", text.empty() ? "" : ",", works[i]);
        if (end - i > 1) {
            text += fmt::format("-{}", works[end - 1]);
        }
        i = end;
    }
    return text;
}

}  // namespace closet
