#include "bench/probe/case_player.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <malloc.h>

#include "core/error.h"
#include "pipeline/process_usage.h"

namespace closet::bench {
namespace {

namespace fs = std::filesystem;

/// A file of that name in a folder of its own that goes with this object.
class TemporaryOutput {
  public:
    /// Throws Error where the system's folder for temporary files cannot be written.
    explicit TemporaryOutput(const std::string& name) : name_(name) {
        std::error_code none;
        std::string folder = (fs::temp_directory_path(none) / "closet-bench-XXXXXX").string();
        if (none || mkdtemp(folder.data()) == nullptr) {
            const std::error_code error =
                none ? none : std::error_code(errno, std::generic_category());
            throw Error(
                fmt::format("{} encode: cannot write to the folder for temporary files ({}); set "
                            "TMPDIR to one with room",
                            flags::kInclude, error.message()));
        }
        folder_ = folder;
    }
    ~TemporaryOutput() {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    TemporaryOutput(const TemporaryOutput&) = delete;
    TemporaryOutput& operator=(const TemporaryOutput&) = delete;
    TemporaryOutput(TemporaryOutput&&) = delete;
    TemporaryOutput& operator=(TemporaryOutput&&) = delete;

    fs::path path() const { return folder_ / name_; }

  private:
    fs::path folder_;
    std::string name_;
};

/// Networks that are kept at a time: those of two models at two precisions. More would fill the
/// memory that is measured, fewer would load them again when cases take turns.
constexpr std::size_t kMostKept = 4;

bool same_cut(const DecodeOptions& a, const DecodeOptions& b) {
    return a.start_s == b.start_s && a.end_s == b.end_s && a.hardware == b.hardware;
}

}  // namespace

void include_parts(const std::string& list, ProbeOptions& options) {
    std::string_view rest = list;
    while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string_view part = rest.substr(0, comma);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        if (part == "decode") {
            options.include_decode = true;
        } else if (part == "encode") {
            options.include_encode = true;
        } else {
            throw ConfigError(fmt::format(
                "{} {}: '{}' is neither decode nor encode, the two that can be included",
                flags::kInclude, list, part));
        }
    }
}

std::string describe_contents(const ProbeOptions& options, const FitOptions& fit) {
    const std::string source =
        options.include_decode
            ? "decoding the file"
            : "taking decoded frames from memory, which makes painting copy every frame";
    const std::string sink =
        options.include_encode
            ? fmt::format("encoding with {} into a temporary Matroska file", fit.encode.codec)
            : "dropping the frames";
    return fmt::format(
        "{}, batching, inference, interpolation, painting and {}; opening files and loading "
        "networks and garments are not in it. Latency is that of a frame from the source to the "
        "sink. Peak memory is the process's{}, networks of other cases taken off.",
        source, sink,
        options.include_decode     ? ""
        : options.clips.size() > 1 ? ", the frames of all clips included"
                                   : ", the clip's frames included");
}

CasePlayer::CasePlayer(ProbeOptions options, ResolveCase resolve)
    : options_(std::move(options)), resolve_(std::move(resolve)) {}

CaseOptions CasePlayer::resolve(const std::vector<Setting>& settings) const {
    std::vector<Setting> all = options_.base;
    all.insert(all.end(), settings.begin(), settings.end());
    return resolve_(all);
}

CasePlayer::Played CasePlayer::play(std::size_t clip, const std::vector<Setting>& settings,
                                    const Pass& pass) {
    return play(clip, resolve(settings), pass, options_.include_decode, options_.include_encode);
}

CasePlayer::Played CasePlayer::play_in_memory(std::size_t clip,
                                              const std::vector<Setting>& settings,
                                              const Pass& pass) {
    return play(clip, resolve(settings), pass, false, false);
}

CasePlayer::Played CasePlayer::play(std::size_t clip, const CaseOptions& options, const Pass& pass,
                                    bool decode, bool encode) {
    if (encode && options.fit.discard) {
        throw ConfigError(fmt::format(
            "{} encode: the encoder is none, so there is nothing to measure; choose one "
            "with {} or leave encode out",
            flags::kInclude, flags::kEncoder));
    }
    FitOptions fit = options.fit;
    fit.max_frames = options_.max_frames;
    fit.discard = !encode;
    const Ensemble& worn = this->worn(options);
    if (decode) {
        held_.clear();  // of a pass in memory; they would count as this one's memory
    }
    const MemoryClip* held = decode ? nullptr : &this->clip(clip, fit.decode);
    std::optional<TemporaryOutput> output;
    if (encode) {
        output.emplace("encoded.mkv");
    }

    Played played;
    std::int64_t resident_before = 0;
    std::shared_ptr<const FitNetworks> networks;
    if (!fit.poses) {
        if (!find_kept(Fit::infer_options(fit, worn), fit.serial)) {
            malloc_trim(0);  // so that what is resident is what is in use
            resident_before = process_usage().memory_bytes;
            played.model_load_s = load(Fit::infer_options(fit, worn), fit.serial);
        }
        networks = kept_.front().networks;
        for (auto other = std::next(kept_.begin()); other != kept_.end(); ++other) {
            played.held_by_others += other->bytes;
        }
    }
    Fit renderer(fit, worn, networks);
    const FitOutputs outputs{output ? output->path() : std::filesystem::path(), {}};
    if (pass.begin) {
        pass.begin();
    }
    played.report = held != nullptr
                        ? renderer.render(*held, outputs, pass.tick, pass.taps)
                        : renderer.render(options_.clips.at(clip), outputs, pass.tick, pass.taps);
    if (played.model_load_s > 0) {
        malloc_trim(0);  // what is left belongs to the networks: weights and their working memory
        kept_.front().bytes =
            std::max<std::int64_t>(0, process_usage().memory_bytes - resident_before);
    }
    return played;
}

const MemoryClip& CasePlayer::clip(std::size_t number, const DecodeOptions& decode) {
    if (!same_cut(decode, held_cut_)) {
        held_.clear();
        held_cut_ = decode;
    }
    held_.resize(options_.clips.size());
    std::unique_ptr<MemoryClip>& held = held_.at(number);
    if (!held) {
        std::int64_t room = options_.max_bytes;
        for (const std::unique_ptr<MemoryClip>& other : held_) {
            room -= other ? other->bytes() : 0;
        }
        held = std::make_unique<MemoryClip>(
            options_.clips[number],
            MemoryClipOptions{
                .decode = decode, .max_frames = options_.max_frames, .max_bytes = room});
    }
    return *held;
}

const Ensemble& CasePlayer::worn(const CaseOptions& options) {
    if (options.garments != worn_choice_ || options.cutter != worn_cutter_ ||
        options.fit.infer.parser != worn_parser_) {
        worn_ = load_outfit(options.garments, options.cutter, options.fit.infer, /*cached=*/true);
        worn_choice_ = options.garments;
        worn_cutter_ = options.cutter;
        worn_parser_ = options.fit.infer.parser;
    }
    return worn_;
}

bool CasePlayer::find_kept(const InferOptions& infer, bool serial) {
    const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) {
        return kept.networks->serve(infer, serial);
    });
    if (found == kept_.end()) {
        return false;
    }
    kept_.splice(kept_.begin(), kept_, found);
    return true;
}

double CasePlayer::load(const InferOptions& infer, bool serial) {
    if (kept_.size() == kMostKept) {
        kept_.pop_back();
    }
    kept_.push_front({std::make_shared<const FitNetworks>(infer, serial), 0});
    return kept_.front().networks->load_s();
}

}  // namespace closet::bench
