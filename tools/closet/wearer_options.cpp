#include "closet/wearer_options.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "fit/garment_photo.h"
#include "fit/wardrobe.h"
#include "infer/parse/parser.h"
#include "models/ranges/known_ranges.h"
#include "warp/garment/anchors_file.h"

namespace closet {

void WearerOptions::resolve(PersonRule::Kind otherwise, PersonRule& rule,
                            InferOptions& infer) const {
    rule = person.value_or(PersonRule{.kind = otherwise});
    const bool is_several = rule.kind != PersonRule::Kind::kLargest || !infer.detector.empty();
    infer.face_photo = rule.kind == PersonRule::Kind::kFace ? rule.photo : std::string();
    infer.max_people = max_people.value_or(is_several ? kManyPeople : 1);
}

std::vector<Option> options_of(WearerOptions& o) {
    Option max_people = max_people_option(o.max_people);
    max_people.help += fmt::format("; if not given 1, or {} with {} or another {} than largest",
                                   WearerOptions::kManyPeople, flags::kDetector, flags::kPerson);
    return {person_option(o.person), std::move(max_people)};
}

std::vector<NamedFile> files_read(const InferOptions& infer, const std::string& cutter,
                                  const OutfitChoice& garments, const std::string& clip) {
    std::vector<NamedFile> files;
    std::vector<std::pair<const char*, std::string>> networks{{flags::kModel, infer.model},
                                                              {flags::kDetector, infer.detector},
                                                              {flags::kFaceModel, infer.face_model},
                                                              {flags::kPerson, infer.face_photo},
                                                              {flags::kCutter, cutter},
                                                              {flags::kClipModel, clip}};
    for (std::string& part : parser_parts(infer.parser)) {
        networks.emplace_back(flags::kParser, std::move(part));
    }
    for (const auto& [flag, name] : networks) {
        std::error_code ignored;
        if (std::filesystem::is_regular_file(name, ignored)) {  // else a model's name
            files.push_back({fmt::format("the file of {}", flag), name});
        }
    }
    if (infer.precision == "int8") {
        files.push_back({"the table of ranges", own_ranges_file()});
    }
    for (const GarmentChoice& garment : garments) {
        files.push_back({"the garment", garment.path});
        files.push_back({"the garment's anchors file", anchors_file_of(garment.path)});
    }
    return files;
}

}  // namespace closet
