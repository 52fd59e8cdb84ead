#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/log.h"
#include "infer/parse/parser.h"
#include "infer/pose_models.h"
#include "models/store/model_store.h"

namespace closet {

// Each defined in its network's file.
MakeParser make_skin_clothes_hair, make_bodypix, make_graphonomy, make_u2net_cloth;

namespace {

constexpr std::array kParsers{
    ParserEntry{"skin-clothes-hair", "skin, clothes and hair", make_skin_clothes_hair},
    ParserEntry{"bodypix", "the person and seven parts of the body", make_bodypix},
    ParserEntry{"graphonomy", "20 kinds of cloth, skin and hair; slow", make_graphonomy},
    ParserEntry{"u2net-cloth", "upper, lower and full-body clothes; slow", make_u2net_cloth},
};

/// How many of kParsers `auto` takes, from the first: the study's best pair, both free.
constexpr std::size_t kFreeParsers = 2;

constexpr char kJoin = '+';

const ParserEntry* find_parser(std::string_view name) {
    const auto found = std::find_if(kParsers.begin(), kParsers.end(),
                                    [&](const ParserEntry& entry) { return entry.name == name; });
    return found == kParsers.end() ? nullptr : &*found;
}

void check_parser_name(std::string_view name) {
    if (find_parser(name) != nullptr || (!name.empty() && names_file(name)) ||
        names_own_model(name)) {
        return;
    }
    std::vector<std::string_view> names;
    for (const ParserEntry& entry : kParsers) {
        names.push_back(entry.name);
    }
    throw ConfigError(
        fmt::format("{} {} is unknown; there are {}, {}, {}, several of the latter joined by {}, "
                    "what you imported with closet models import, or the path of a file",
                    flags::kParser, name.empty() ? "''" : name, parser_names::kAuto,
                    parser_names::kNone, fmt::join(names, ", "), kJoin));
}

/// The free parsers whose files are in the store.
std::vector<std::string> fetched_parsers() {
    const ModelStore store;
    std::vector<std::string> names;
    for (const ParserEntry& entry : std::span(kParsers).first(kFreeParsers)) {
        const FileCheck file = store.check(store.model(entry.name));
        if (file.state == FileCheck::State::kReady) {
            names.emplace_back(entry.name);
        } else if (file.state == FileCheck::State::kDamaged) {
            log::warning(
                "{}: the parser {} is not used, since its file {}; "
                "`closet models fetch {}` gets it again",
                store.path_of(store.model(entry.name)).string(), entry.name, file.problem,
                entry.name);
        }
    }
    return names;
}

class JoinedParser final : public PersonParser {
  public:
    explicit JoinedParser(std::vector<std::unique_ptr<PersonParser>> parts)
        : parts_(std::move(parts)) {}

    std::string name() const override {
        std::string all;
        for (const auto& part : parts_) {
            all += (all.empty() ? "" : std::string(1, kJoin)) + part->name();
        }
        return all;
    }

    std::vector<PersonLabels> look(std::span<const ParseInput> inputs) override {
        std::vector<PersonLabels> all = parts_.front()->look(inputs);
        for (std::size_t p = 1; p < parts_.size(); ++p) {
            std::vector<PersonLabels> more = parts_[p]->look(inputs);
            for (std::size_t i = 0; i < inputs.size(); ++i) {
                if (all[i].front_odds == 0) {
                    all[i].front_odds = more[i].front_odds;
                }
                for (std::size_t l = 0; l < kLabelCount; ++l) {
                    cv::Mat& plane = all[i].probability[l];
                    plane = plane.empty() ? std::move(more[i].probability[l]) : plane;
                }
            }
        }
        return all;
    }

  private:
    std::vector<std::unique_ptr<PersonParser>> parts_;
};

}  // namespace

std::span<const ParserEntry> parsers() {
    return kParsers;
}

std::vector<std::string> parser_parts(std::string_view text) {
    std::error_code unreadable;
    if (std::filesystem::is_regular_file(text, unreadable)) {
        return {std::string(text)};
    }
    std::vector<std::string> names;
    for (std::size_t from = 0; from <= text.size();) {
        const std::size_t to = std::min(text.find(kJoin, from), text.size());
        names.emplace_back(text.substr(from, to - from));
        from = to + 1;
    }
    return names;
}

void check_parser(std::string_view text) {
    if (text == parser_names::kAuto || text == parser_names::kNone) {
        return;
    }
    std::vector<std::string> names = parser_parts(text);
    std::for_each(names.begin(), names.end(), check_parser_name);
    std::sort(names.begin(), names.end());
    if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end()) {
        throw ConfigError(fmt::format("{} {} names {} twice", flags::kParser, text, *twice));
    }
}

std::vector<std::string> chosen_parsers(std::string_view text) {
    check_parser(text);
    if (text == parser_names::kNone) {
        return {};
    }
    if (text != parser_names::kAuto) {
        return parser_parts(text);
    }
    std::vector<std::string> names = fetched_parsers();
    static std::atomic<bool> told{false};
    if (!names.empty() && !told.exchange(true)) {
        log::info("cloth, skin and hair are told by {}, which is here ({} {} does without)",
                  fmt::join(names, std::string(1, kJoin)), flags::kParser, parser_names::kNone);
    }
    return names;
}

std::unique_ptr<PersonParser> make_parser(const InferOptions& options, WorkerPool& workers) {
    std::vector<std::unique_ptr<PersonParser>> parts;
    for (const std::string& name : chosen_parsers(options.parser)) {
        const ParserEntry* const entry = find_parser(name);
        parts.push_back(entry != nullptr ? entry->make(name, options, workers)
                                         : make_parser_of_file(name, options, workers));
    }
    return parts.empty() ? nullptr : join_parsers(std::move(parts));
}

std::unique_ptr<PersonParser> join_parsers(std::vector<std::unique_ptr<PersonParser>> parts) {
    return parts.size() == 1 ? std::move(parts.front())
                             : std::make_unique<JoinedParser>(std::move(parts));
}

}  // namespace closet
