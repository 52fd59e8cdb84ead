#include "closet/fit/unit_settings.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "closet/version.h"
#include "closet/wearer_options.h"

namespace closet {
namespace {

/// Settings that change how long a rendering takes and what it occupies, but no frame.
constexpr std::array<std::string_view, 4> kOfTheRun{"queue", "memory", "decode-threads", "streams"};

}  // namespace

UnitSettings unit_settings(const FitCommandOptions& options, const CLI::App& fit) {
    UnitSettings settings{{"the program", short_version_text()}};
    FitCommandOptions declared = options;
    for (const Option& option : options_of(declared)) {
        const std::string name = key_of(option);
        if (!option.is_setting ||
            std::find(kOfTheRun.begin(), kOfTheRun.end(), name) != kOfTheRun.end()) {
            continue;
        }
        const CLI::Option* given = fit.get_option("--" + name);
        settings["--" + name] = given->count() > 0
                                    ? fmt::format("{}", fmt::join(given->reduced_results(), " "))
                                    : given->get_default_str();
    }
    return settings;
}

void add_files(UnitSettings& settings, const FitCommandOptions& options) {
    settings["--garment"] = fmt::format("{}", fmt::join(options.garments.garments, " "));
    settings[flags::kPerson] = to_string(options.fit.interpolate.person);
    for (const NamedFile& file : files_read(options, outfit_of(options.garments))) {
        if (std::string identity = clip_identity(file.path.string()); !identity.empty()) {
            settings[fmt::format("{} {}", file.what, file.path.string())] = std::move(identity);
        }
    }
}

}  // namespace closet
