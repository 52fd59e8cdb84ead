#include "fit/kept_garment.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "core/files.h"
#include "core/json_string.h"
#include "core/log.h"
#include "core/new_file.h"
#include "core/sha256.h"
#include "infer/pose_models.h"
#include "models/store/model_store.h"
#include "warp/garment/anchors_file.h"

namespace closet {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A file: kMagic; the size of the text, 8 bytes in this machine's order; the text, JSON; the
// picture's R G B A, row by row.
constexpr std::string_view kMagic = "closet garment 1";
constexpr const char* kKeptEnding = ".garment";
constexpr std::uint64_t kMostText = 100'000;
constexpr std::size_t kMostWarnings = 32, kMostWarning = 1000;

std::optional<fs::path> garments_folder() {
    const auto cache = cache_folder();
    return cache ? std::optional(*cache / "garments") : std::nullopt;
}

/// Name, size and time of change of a file.
std::string identity_of(const fs::path& path) {
    std::error_code gone;
    const auto size = fs::file_size(path, gone);
    const auto time = gone ? fs::file_time_type() : fs::last_write_time(path, gone);
    return gone ? std::string()
                : fmt::format("{} {} {}\n", path.string(), size, time.time_since_epoch().count());
}

/// All that the store could give: which of them are used is decided while a photo is cut out.
std::string identity_of_models() {
    std::vector<std::string> files;
    std::error_code error;
    for (fs::directory_iterator entry(models_folder(), error), end; !error && entry != end;
         entry.increment(error)) {
        files.push_back(identity_of(entry->path()));
    }
    std::sort(files.begin(), files.end());
    std::string all;
    for (const std::string& file : files) {
        all += file;
    }
    return all;
}

std::string sum_of(const cv::Mat& rgba) {
    Sha256 sum;
    sum.add(rgba.data, rgba.total() * rgba.elemSize());
    return sum.hex();
}

json text_of(const Prepared& prepared, const cv::Mat& rgba) {
    const Garment& garment = prepared.garment;
    json anchors = json::object();
    for (const auto& [name, point] : garment.anchors) {
        anchors[name] = {point.x, point.y};
    }
    return {{"width", rgba.cols},
            {"height", rgba.rows},
            {"sha256", sum_of(rgba)},
            {"kind", std::string(to_string(garment.kind))},
            {"sleeves", std::string(to_string(garment.sleeves))},
            {"open_front", garment.open_front},
            {"anchors", std::move(anchors)},
            {"cutter", prepared.cutter},
            {"warnings", prepared.warnings}};
}

/// What is wrong with a file.
struct Damaged {
    std::string what;
};

const json& member(const json& text, const char* key) {
    const auto found = text.find(key);
    if (found == text.end()) {
        throw Damaged{fmt::format("it lacks {}", key)};
    }
    return *found;
}

bool is_plain(const std::string& text) {
    return text.size() <= kMostWarning && std::none_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
           });
}

Prepared read_kept(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string magic(kMagic.size(), '\0');
    std::uint64_t size = 0;
    file.read(magic.data(), static_cast<std::streamsize>(magic.size()));
    file.read(reinterpret_cast<char*>(&size), sizeof size);
    if (!file || magic != kMagic || size > kMostText) {
        throw Damaged{"its head is another one"};
    }
    std::string head(size, '\0');
    file.read(head.data(), static_cast<std::streamsize>(size));
    const json text = json::parse(head, nullptr, /*allow_exceptions=*/false);
    if (!file || !text.is_object()) {
        throw Damaged{"its text is no JSON"};
    }
    Prepared prepared;
    prepared.from_photo = true;
    Garment& garment = prepared.garment;
    const int width = member(text, "width").get<int>(), height = member(text, "height").get<int>();
    if (width < 1 || height < 1 || width > kMaxGarmentSide || height > kMaxGarmentSide) {
        throw Damaged{"its size is none"};
    }
    garment.rgba.create(height, width, CV_8UC4);
    const auto bytes = static_cast<std::streamsize>(garment.rgba.total() * garment.rgba.elemSize());
    file.read(reinterpret_cast<char*>(garment.rgba.data), bytes);
    if (!file || file.peek() != std::ifstream::traits_type::eof() ||
        member(text, "sha256").get<std::string>() != sum_of(garment.rgba)) {
        throw Damaged{"its picture is not what was written"};
    }
    read_parts(path, text, garment);
    for (const std::string& warning : member(text, "warnings").get<std::vector<std::string>>()) {
        if (!is_plain(warning) || prepared.warnings.size() == kMostWarnings) {
            throw Damaged{"its warnings are none"};
        }
        prepared.warnings.push_back(warning);
    }
    prepared.cutter = member(text, "cutter").get<std::string>();
    if (covers_torso(garment.kind) && !garment.anchors.contains("left_shoulder")) {
        throw Damaged{"it has no shoulders"};
    }
    return prepared;
}

}  // namespace

std::string kept_garment_key(const GarmentChoice& choice, std::string_view cutter,
                             const InferOptions& infer) {
    std::string text = fmt::format(
        "{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n", kMagic, sha256_of_file(choice.path),
        choice.kind ? to_string(*choice.kind) : "auto", cutter, infer.model, infer.detector,
        infer.parser, infer.silhouette, infer.device, infer.precision, infer.allow_partial);
    for (const std::string_view name :
         {cutter, std::string_view(infer.model), std::string_view(infer.detector),
          std::string_view(infer.parser)}) {
        text += names_file(name) ? identity_of(name) : std::string();
    }
    std::error_code unknown;
    text += identity_of(fs::read_symlink("/proc/self/exe", unknown)) + identity_of_models();
    Sha256 sum;
    sum.add(text.data(), text.size());
    return sum.hex();
}

std::optional<Prepared> find_kept_garment(const std::string& key) {
    const auto folder = garments_folder();
    const fs::path file = folder ? *folder / (key + kKeptEnding) : fs::path();
    std::error_code error;
    if (!folder || !fs::is_regular_file(file, error)) {
        return std::nullopt;
    }
    std::string problem;
    try {
        Prepared prepared = read_kept(file);
        fs::last_write_time(file, fs::file_time_type::clock::now(), error);
        return prepared;
    } catch (const Damaged& damaged) {
        problem = damaged.what;
    } catch (const std::exception& wrong) {  // of another type than expected, or against the rules
        problem = wrong.what();
    }
    log::debug("{} is not used, since {}; it is made anew", file.string(), problem);
    return std::nullopt;
}

void keep_garment(const std::string& key, const Prepared& prepared) {
    const auto folder = garments_folder();
    const cv::Mat& picture = prepared.garment.rgba;
    if (!folder || picture.empty()) {
        return;
    }
    const cv::Mat rgba = picture.isContinuous() ? picture : picture.clone();
    std::error_code error;
    fs::create_directories(*folder, error);
    const std::string text = json_string(text_of(prepared, rgba));
    const std::uint64_t size = text.size();
    try {
        NewFile file(*folder / (key + kKeptEnding), {.follow = false});
        file.write(kMagic);
        file.write(&size, sizeof size);
        file.write(text);
        file.write(rgba.data, rgba.total() * rgba.elemSize());
        file.publish();
    } catch (const MediaError& problem) {
        log::debug("what was cut out of the photo is not kept: {}", problem.what());
        return;
    }
    keep_latest(*folder, kKeptEnding, kMostKeptGarments, kMostKeptBytes);
}

KeptGarments kept_garments() {
    KeptGarments kept;
    kept.folder = garments_folder().value_or(fs::path());
    std::error_code error;
    for (fs::directory_iterator entry(kept.folder, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code gone;
        const std::uintmax_t size = entry->file_size(gone);
        if (!gone && entry->path().extension() == kKeptEnding) {
            ++kept.count;
            kept.bytes += size;
        }
    }
    return kept;
}

}  // namespace closet
