#include "bench/sweep/resume.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/sweep/cases.h"
#include "bench/sweep/excerpt.h"
#include "bench/sweep/value_list.h"
#include "core/error.h"

namespace closet::bench {
namespace {

using Texts = std::map<std::string, std::string>;

/// Collects what differs.
class Differences {
  public:
    void compare(std::string_view name, std::string_view there, std::string_view here) {
        if (there != here) {
            found_.push_back(fmt::format("{}: {} there, {} here", name, shown(there), shown(here)));
        }
    }

    template <class Number>
    void compare_numbers(std::string_view name, Number there, Number here) {
        compare(name, fmt::format("{}", there), fmt::format("{}", here));
    }

    void compare(std::string_view prefix, const Texts& there, const Texts& here) {
        Texts names = there;
        names.insert(here.begin(), here.end());
        for (const auto& [name, value] : names) {
            compare(fmt::format("{}{}", prefix, name), value_of(there, name), value_of(here, name));
        }
    }

    std::vector<std::string> take() { return std::move(found_); }

  private:
    static std::string value_of(const Texts& texts, const std::string& name) {
        const auto at = texts.find(name);
        return at == texts.end() ? "" : at->second;
    }

    static std::string shown(std::string_view text) {
        return text.empty() ? "nothing" : excerpt(text);
    }

    std::vector<std::string> found_;
};

/// A case's settings as a key that does not depend on how numbers are written.
Texts key_of(const Case& measured) {
    Texts key;
    for (const auto& [name, value] : measured.settings) {
        key[name] = shortest_number(value);
    }
    return key;
}

std::vector<std::string> sorted(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

std::vector<std::string> find_differences(const Context& there, const Context& here) {
    Differences differences;
    differences.compare("clip", there.clip_sha256, here.clip_sha256);
    differences.compare_numbers("frames", there.frames, here.frames);
    differences.compare("garment", there.garment_sha256, here.garment_sha256);
    differences.compare("measured time", there.contains, here.contains);
    differences.compare("--", there.settings, here.settings);
    differences.compare("version", there.closet_version, here.closet_version);
    differences.compare("revision", there.revision, here.revision);
    differences.compare("build type", there.build_type, here.build_type);
    differences.compare("compiler", there.compiler, here.compiler);
    differences.compare("library ", there.libraries, here.libraries);
    differences.compare("processor", there.cpu, here.cpu);
    differences.compare("instructions", there.cpu_path, here.cpu_path);
    differences.compare_numbers("cores", there.cores, here.cores);
    differences.compare_numbers("memory", there.memory_bytes, here.memory_bytes);
    differences.compare("GPU", there.gpu, here.gpu);
    differences.compare("system", there.system, here.system);
    return differences.take();
}

std::size_t take_over(Sweep& sweep, Sweep earlier, const std::string& where) {
    constexpr const char* kRemedy = "leave out --resume to measure everything anew";
    const std::vector<std::string> differences = find_differences(earlier.context, sweep.context);
    if (!differences.empty()) {
        throw ConfigError(fmt::format(
            "--resume {}: it was measured under other conditions ({}{}); {}", where,
            differences.front(),
            differences.size() > 1 ? fmt::format(" and {} more", differences.size() - 1) : "",
            kRemedy));
    }
    if (sorted(earlier.axes) != sorted(sweep.axes)) {
        throw ConfigError(fmt::format("--resume {}: it sweeps {} and not {}; {}", where,
                                      fmt::join(earlier.axes, " "), fmt::join(sweep.axes, " "),
                                      kRemedy));
    }
    std::map<Texts, Case> finished;
    for (Case& measured : earlier.cases) {
        if (is_finished(measured)) {
            finished.insert_or_assign(key_of(measured), std::move(measured));
        }
    }
    std::size_t taken = 0;
    for (Case& planned : sweep.cases) {
        if (auto node = finished.extract(key_of(planned))) {
            // Id and settings as planned now: the layout or the writing of numbers may differ.
            node.mapped().id = planned.id;
            node.mapped().settings = planned.settings;
            planned = std::move(node.mapped());
            ++taken;
        }
    }
    return taken;
}

}  // namespace closet::bench
