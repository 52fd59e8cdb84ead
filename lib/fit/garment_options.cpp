#include "fit/garment_options.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/log.h"
#include "warp/garment/anchors_file.h"
#include "warp/garment/garment_file.h"

namespace closet {
namespace {

constexpr char kJoin = '+';
constexpr const char* kAutoKind = "auto";

bool exists(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

/// A folder and what is looked for in it.
struct FolderAndWords {
    std::string folder, words;
};

/// Of FOLDER/:WORDS; nothing where it is something else.
std::optional<FolderAndWords> folder_and_words(const std::string& garment) {
    if (exists(garment)) {
        return std::nullopt;
    }
    for (std::size_t at = garment.find(':'); at != std::string::npos;
         at = garment.find(':', at + 1)) {
        std::error_code ignored;
        if (const std::string folder = garment.substr(0, at);
            std::filesystem::is_directory(folder, ignored)) {
            return FolderAndWords{folder, garment.substr(at + 1)};
        }
    }
    return std::nullopt;
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
        end = text.find(kJoin, begin);
        parts.push_back(text.substr(begin, end - begin));
    }
    return parts;
}

/// The files of one -g.
std::vector<std::string> files_of(const std::string& text) {
    std::vector<std::string> files;
    bool any = false;
    for (std::size_t begin = 0; begin <= text.size();) {
        // The longest name that exists; where none does, up to the next "+".
        std::size_t end = text.size();
        while (end != std::string::npos && end > begin &&
               !exists(text.substr(begin, end - begin))) {
            end = text.rfind(kJoin, end - 1);
        }
        const bool found = end != std::string::npos && end > begin;
        end = found ? end : std::min(text.find(kJoin, begin), text.size());
        std::string file = text.substr(begin, end - begin);
        const bool is_garment = found || folder_and_words(file).has_value();
        any = any || is_garment;
        if (!is_garment && !files.empty() && folder_and_words(files.back())) {
            files.back() += kJoin + file;  // words with a "+" among them
        } else {
            files.push_back(std::move(file));
        }
        begin = end + 1;
    }
    if (!any) {
        return {text};  // more likely one name that is wrong than several
    }
    for (const std::string& file : files) {
        if (file.empty()) {
            throw ConfigError(
                fmt::format("-g {}: a garment is missing beside a \"{}\": give FILE{}FILE", text,
                            kJoin, kJoin));
        }
    }
    return files;
}

}  // namespace

std::optional<GarmentKind> kind_of(const std::string& name) {
    const auto kind = kind_named(name);
    if (!kind && name != kAutoKind) {
        throw ConfigError(fmt::format("{} {}: there is no such kind; choose {}, {}", flags::kKind,
                                      name, kAutoKind, kind_names()));
    }
    return kind;
}

std::vector<Option> options_of(GarmentOptions& options, const std::string& garments_help) {
    return {
        {.names = flags::kGarment,
         .group = "Garment",
         .help = garments_help,
         .value = &options.garments,
         .placeholder = "FILE"},
        {.names = flags::kKind,
         .group = "Garment",
         .help = fmt::format("what the garments are, one for each in their order, as in "
                             "{}{}skirt: {}, or {}: by its shape",
                             kAutoKind, kJoin, kind_names(), kAutoKind),
         .value = &options.kinds,
         .placeholder = "NAME"},
        cutter_option(options.cutter),
        {.names = "--garment-cache,!--no-garment-cache",
         .group = "Garment",
         .help = "keep what was cut out of a photo, in closet's cache folder, and take it again "
                 "for the same photo; closet doctor tells where it lies",
         .value = &options.cached,
         .is_setting = false},
        clip_option(options.clip)};
}

void choose_garments(GarmentOptions& options, const InferOptions& infer) {
    std::unique_ptr<const ClipEmbedder> clip;
    for (std::string& text : options.garments) {
        std::vector<std::string> files = files_of(text);
        bool changed = false;
        for (std::string& file : files) {
            const auto wanted = folder_and_words(file);
            if (!wanted) {
                continue;
            }
            if (clip == nullptr) {
                clip = make_clip_embedder(options.clip, infer);
            }
            const WardrobeSearch found =
                search_wardrobe(wanted->folder, {wanted->words, {}}, *clip);
            const GarmentMatch& best = found.matches.front();
            log::info("{}: {} fits best (score {:.3f}, of {})", file, best.file.string(),
                      best.score, found.matches.size());
            file = best.file.string();
            changed = true;
        }
        if (changed) {
            text = joined(files);
        }
    }
}

std::vector<OutfitChoice> outfits_of(const GarmentOptions& options) {
    std::vector<OutfitChoice> outfits;
    std::size_t count = 0;
    for (const std::string& text : options.garments) {
        OutfitChoice& outfit = outfits.emplace_back();
        for (std::string& file : files_of(text)) {
            outfit.push_back({std::move(file), std::nullopt});
        }
        count += outfit.size();
    }
    if (options.kinds.empty()) {
        return outfits;
    }
    const std::vector<std::string> kinds = split(joined(options.kinds));
    if (kinds.size() != count) {
        throw ConfigError(fmt::format(
            "{} {}: kinds and garments differ in number, {} and {}: give one kind for each "
            "garment, "
            "in their order, joined by \"{}\"; {} is by its shape",
            flags::kKind, joined(options.kinds), kinds.size(), count, kJoin, kAutoKind));
    }
    auto kind = kinds.begin();
    for (OutfitChoice& outfit : outfits) {
        for (GarmentChoice& garment : outfit) {
            garment.kind = kind_of(*kind++);
        }
    }
    return outfits;
}

OutfitChoice outfit_of(const GarmentOptions& options) {
    OutfitChoice all;
    for (const OutfitChoice& outfit : outfits_of(options)) {
        all.insert(all.end(), outfit.begin(), outfit.end());
    }
    return all;
}

std::string joined(const std::vector<std::string>& texts) {
    return fmt::format("{}", fmt::join(texts, std::string(1, kJoin)));
}

}  // namespace closet
