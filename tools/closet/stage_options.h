#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/file_names.h"
#include "encode/encode_options.h"
#include "infer/infer_options.h"
#include "interpolate/person.h"
#include "warp/warp.h"

namespace closet {

/// What `fit` and `live` say alike of their stages, each under its group of the help.

/// Who is dressed and how many are followed, where the command line tells.
struct PeopleSettings {
    /// People followed where several are asked for and their number is not: a family picture.
    static constexpr int kManyPeople = 10;

    std::optional<PersonRule> person;
    std::optional<int> max_people;

    /// Settles both. `otherwise`: whom to dress where nothing was said.
    void resolve(PersonRule::Kind otherwise, PersonRule& rule, InferOptions& infer) const;
};

/// The files of `infer` that a run reads.
std::vector<NamedFile> network_files(const InferOptions& infer);

void add_network_options(CLI::App& app, InferOptions& infer, PeopleSettings& people);
void add_scale_option(CLI::App& app, double& scale);
void add_wear_options(CLI::App& app, WarpOptions& warp);
void add_encode_options(CLI::App& app, EncodeOptions& encode);

/// "key=value" of a flag that takes such. Throws ConfigError.
std::pair<std::string, std::string> split_key_value(std::string_view flag, const std::string& text);

/// Given twice, the later one counts: a flag overrides the configuration file.
CLI::Option* last(CLI::Option* option);

/// A range check that shows up in the help as "1..256".
template <class T>
CLI::Validator between(T low, T high) {
    return CLI::Range(low, high).description(fmt::format("{}..{}", low, high));
}

}  // namespace closet
