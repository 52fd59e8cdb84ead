#include "fit/units/unit_folder.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <random>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/json_string.h"
#include "core/sha256.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".units";
constexpr std::string_view kGoneEnding = ".units-gone";
constexpr const char* kSettingsName = "settings.json";
constexpr const char* kFormat = "closet-units";
constexpr std::string_view kBeginKind = "begin";
constexpr std::string_view kStateKind = "state";

constexpr std::uintmax_t kLongestJson = 1 << 20;

std::string unit_name(std::size_t unit, std::string_view kind) {
    return fmt::format("{:05}.{}", unit, kind);
}

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file || file.bad()) {
        throw MediaError(
            fmt::format("cannot read {}: it is gone or damaged; remove the folder, and "
                        "the rendering begins anew",
                        path.string()));
    }
    return text;
}

/// Reads a small JSON file of the folder; nothing where it is not there.
template <class Read>
auto read_json(const fs::path& path, Read read) -> std::optional<decltype(read(nlohmann::json()))> {
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
        return std::nullopt;
    }
    try {
        if (fs::file_size(path) > kLongestJson) {
            throw std::length_error("too long");
        }
        return read(nlohmann::json::parse(content_of(path)));
    } catch (const std::exception&) {
        throw MediaError(fmt::format(
            "cannot read {}: it is damaged; remove the folder, and the rendering begins anew",
            path.string()));
    }
}

}  // namespace

UnitBegin unit_begin(const Frame& first) {
    return {first.index, first.pts, first.time_base, first.scene_start};
}

fs::path UnitFolder::beside(const fs::path& output) {
    return partial_path(behind_links(output), kEnding);
}

bool UnitFolder::is_begun(const fs::path& output) {
    std::error_code ignored;
    return fs::exists(beside(output) / unit_name(0, unit_records::kDone), ignored);
}

UnitFolder::UnitFolder(const fs::path& output, const UnitSettings& settings, Claim claim,
                       std::string_view record)
    : output_(output), path_(beside(output)), record_(record), ending_(NewFileOptions().ending) {
    if (claim == Claim::kLook) {
        read_finished();
        return;
    }
    std::error_code error;
    fs::create_directories(path_, error);
    if (error) {
        throw MediaError(fmt::format("cannot write {}: the folder {} cannot be made, {}",
                                     output.string(), path_.string(), error.message()));
    }
    if (claim == Claim::kShare) {
        ending_ += fmt::format("-{:08x}", std::random_device()());
    } else {
        claim_.emplace(path_ / "owner");
    }
    if (claim == Claim::kBegin) {
        for (const auto& entry : fs::directory_iterator(path_)) {
            if (entry.path() != claim_->partial()) {
                fs::remove_all(entry.path(), error);
            }
        }
    }
    if (fs::exists(path_ / kSettingsName, error)) {
        check_settings(settings);
        read_finished();
        return;
    }
    const nlohmann::json header{{"format", kFormat}, {"settings", settings}};
    replace_file(path_ / kSettingsName, json_string(header, 2) + "\n");
}

void UnitFolder::check_settings(const UnitSettings& settings) const {
    const auto begun = read_json(path_ / kSettingsName, [](const nlohmann::json& json) {
        return json.at("settings").get<UnitSettings>();
    });
    std::string differences;
    const auto tell = [&](const std::string& name, const std::string& was, const std::string& is) {
        const auto shown = [](const std::string& text) { return text.empty() ? "nothing" : text; };
        differences += fmt::format("{}{} was {} and is {}", differences.empty() ? "" : ", ", name,
                                   shown(was), shown(is));
    };
    for (const auto& [name, value] : settings) {
        const auto found = begun->find(name);
        if (found == begun->end() || found->second != value) {
            tell(name, found == begun->end() ? "" : found->second, value);
        }
    }
    for (const auto& [name, value] : *begun) {
        if (!settings.contains(name)) {
            tell(name, value, "");
        }
    }
    if (!differences.empty()) {
        throw ConfigError(
            fmt::format("cannot resume {}: {}; give what was given, or leave {} out to begin anew",
                        output_.string(), differences, flags::kResumeUnits));
    }
}

std::optional<FinishedUnit> UnitFolder::record_of(std::size_t unit, std::string_view record) const {
    return read_json(file(unit, record), [](const nlohmann::json& json) {
        return FinishedUnit{.frames = json.at("frames").get<std::int64_t>(),
                            .end_us = json.at("end_us").get<std::int64_t>(),
                            .is_last = json.at("last").get<bool>(),
                            .sha256 = json.at("sha256").get<std::map<std::string, std::string>>()};
    });
}

void UnitFolder::read_finished() {
    while (!is_whole()) {
        std::optional<FinishedUnit> done = record_of(finished_.size(), record_);
        const auto is_there = [&](const auto& kind) {
            std::error_code ignored;
            return fs::exists(file(finished_.size(), kind.first), ignored);
        };
        if (!done || !std::ranges::all_of(done->sha256, is_there)) {
            return;
        }
        finished_.push_back(std::move(*done));
    }
}

void UnitFolder::write(std::size_t unit, std::string_view kind, std::string_view text) const {
    replace_file(file(unit, kind), text, {.ending = ending_});
}

fs::path UnitFolder::file(std::size_t unit, std::string_view kind) const {
    return path_ / unit_name(unit, kind);
}

std::optional<UnitBegin> UnitFolder::begin_of(std::size_t unit) const {
    return read_json(file(unit, kBeginKind), [](const nlohmann::json& json) {
        const auto tick = json.at("time_base").get<std::array<int, 2>>();
        const UnitBegin begin{json.at("index").get<std::int64_t>(),
                              json.at("pts").get<std::int64_t>(),
                              {tick[0], tick[1]},
                              json.at("scene_start").get<bool>()};
        if (begin.index < 0 || tick[0] <= 0 || tick[1] <= 0) {
            throw std::out_of_range("no place in a clip");
        }
        return begin;
    });
}

std::string UnitFolder::state_of(std::size_t unit) const {
    const std::string whole = content_of(file(unit, kStateKind));
    constexpr std::size_t kDigits = 64;
    Sha256 hash;
    hash.add(whole.data() + std::min(kDigits, whole.size()),
             whole.size() - std::min(kDigits, whole.size()));
    if (whole.size() < kDigits || whole.substr(0, kDigits) != hash.hex()) {
        throw MediaError(fmt::format(
            "cannot read {}: it is not what was written; remove the folder, and the rendering "
            "begins anew",
            file(unit, kStateKind).string()));
    }
    return whole.substr(kDigits);
}

void UnitFolder::write_begin(std::size_t unit, const UnitBegin& begin, std::string_view state) {
    Sha256 hash;
    hash.add(state.data(), state.size());
    write(unit, kStateKind, hash.hex() + std::string(state));
    const nlohmann::json json{{"index", begin.index},
                              {"pts", begin.pts},
                              {"time_base", {begin.time_base.num, begin.time_base.den}},
                              {"scene_start", begin.scene_start}};
    write(unit, kBeginKind, json_string(json) + "\n");
}

void UnitFolder::write_finished(std::size_t unit, const FinishedUnit& done) {
    const nlohmann::json json{{"frames", done.frames},
                              {"end_us", done.end_us},
                              {"last", done.is_last},
                              {"sha256", done.sha256}};
    write(unit, record_, json_string(json) + "\n");
    if (unit == finished_.size()) {
        finished_.push_back(done);
    }
}

void UnitFolder::forget_state(std::size_t unit) const {
    std::error_code ignored;
    fs::remove(file(unit, kStateKind), ignored);
}

void UnitFolder::remove_rest(const fs::path& output) {
    std::error_code ignored;
    fs::remove_all(partial_path(behind_links(output), kGoneEnding), ignored);
}

void UnitFolder::remove() {
    claim_.reset();
    // One step, after which nobody takes a half of it for the journal of a rendering.
    const fs::path gone = partial_path(behind_links(output_), kGoneEnding);
    remove_rest(output_);
    std::error_code error;
    fs::rename(path_, gone, error);
    fs::remove_all(error ? path_ : gone, error);
}

std::string clip_identity(const std::string& path) {
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
        return {};
    }
    constexpr std::uintmax_t kPieces = 64;
    constexpr std::size_t kPieceBytes = 65536;
    const std::uintmax_t size = fs::file_size(path, error);
    std::ifstream file(path, std::ios::binary);
    Sha256 hash;
    std::string piece(kPieceBytes, '\0');
    for (std::uintmax_t i = 0; i < kPieces; ++i) {
        const std::uintmax_t room = size > kPieceBytes ? size - kPieceBytes : 0;
        file.clear();
        file.seekg(static_cast<std::streamoff>(room * i / (kPieces - 1)));
        file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        hash.add(piece.data(), static_cast<std::size_t>(file.gcount()));
    }
    return fmt::format("{} bytes {}", size, hash.hex().substr(0, 16));
}

}  // namespace closet
