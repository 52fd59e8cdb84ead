#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/garment.h"
#include "core/option.h"
#include "infer/infer_options.h"
#include "interpolate/person.h"

namespace closet {

/// Who is dressed and how many are followed, where the command line tells.
struct WearerOptions {
    /// People followed where several are asked for and their number is not: a family picture.
    static constexpr int kManyPeople = 10;

    std::optional<PersonRule> person;
    std::optional<int> max_people;

    /// Settles both. `otherwise`: whom to dress where nothing was said.
    void resolve(PersonRule::Kind otherwise, PersonRule& rule, InferOptions& infer) const;
};
std::vector<Option> options_of(WearerOptions& options);

/// The files that a run reads: of networks those of `infer`, `cutter` and `clip`, and those of
/// garments.
std::vector<NamedFile> files_read(const InferOptions& infer, const std::string& cutter = {},
                                  const OutfitChoice& garments = {}, const std::string& clip = {});

}  // namespace closet
