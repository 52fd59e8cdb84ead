#include "similarity/lpips.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/network.h"
#include "models/networks/lpips/lpips.h"
#include "models/store/model_store.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

/// What pictures of one size need.
struct SizedNetwork {
    cv::Size size;
    std::shared_ptr<const Network> network;
    std::array<float, 3> shift{}, scale{};
    std::vector<std::vector<float>> heads;
};

/// Networks kept: boxes of neighboring frames have few sizes.
constexpr std::size_t kMostSizes = 6;

/// Sums are taken in as many parts, which the compiler adds in vector registers.
constexpr std::size_t kLanes = 16;

template <class Term>
float sum_over(std::size_t count, Term term) {
    std::array<float, kLanes> lanes{};
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            lanes[lane] += term(i + lane);
        }
    }
    float sum = 0;
    for (; i < count; ++i) {
        sum += term(i);
    }
    for (const float lane : lanes) {
        sum += lane;
    }
    return sum;
}

/// The weighted squared difference of two activations of unit length.
float pixel_difference(const float* a, const float* b, const std::vector<float>& head) {
    constexpr float kEpsilon = 1e-10F;
    const std::size_t channels = head.size();
    const float* const weights = head.data();
    const float length_a = std::sqrt(sum_over(channels, [&](auto i) { return a[i] * a[i]; }));
    const float length_b = std::sqrt(sum_over(channels, [&](auto i) { return b[i] * b[i]; }));
    const float to_unit_a = 1 / (length_a + kEpsilon), to_unit_b = 1 / (length_b + kEpsilon);
    return sum_over(channels, [&](auto i) {
        const float difference = a[i] * to_unit_a - b[i] * to_unit_b;
        return weights[i] * difference * difference;
    });
}

/// Calls use(pixel, difference) for each pixel of a tap, 2 x H x W x C.
template <class Use>
void each_difference(const NetworkOutput& tap, const std::vector<float>& head, Use use) {
    const auto channels = static_cast<std::ptrdiff_t>(head.size());
    const auto pixels = static_cast<std::ptrdiff_t>(tap.shape[1] * tap.shape[2]);
    const float* const a = tap.numbers.data();
    const float* const b = a + pixels * channels;
    for (std::ptrdiff_t pixel = 0; pixel < pixels; ++pixel) {
        use(pixel, pixel_difference(a + pixel * channels, b + pixel * channels, head));
    }
}

/// Both pictures as the network wants them, 2 x H x W x 3.
std::vector<float> input_of(const cv::Mat& a, const cv::Mat& b, const SizedNetwork& sized) {
    constexpr float kHalf = 127.5F;
    std::array<std::array<float, 256>, 3> levels{};
    for (std::size_t channel = 0; channel < 3; ++channel) {
        for (std::size_t value = 0; value < 256; ++value) {
            const float signed_value = static_cast<float>(value) / kHalf - 1;
            levels[channel][value] = (signed_value - sized.shift[channel]) / sized.scale[channel];
        }
    }
    std::vector<float> input(2 * 3 * a.total());
    float* to = input.data();
    for (const cv::Mat* picture : {&a, &b}) {
        for (int y = 0; y < picture->rows; ++y) {
            const std::uint8_t* const row = picture->ptr(y);
            for (int x = 0; x < 3 * picture->cols; ++x) {
                *to++ = levels[static_cast<std::size_t>(x % 3)][row[x]];
            }
        }
    }
    return input;
}

void check_pictures(const cv::Mat& a, const cv::Mat& b) {
    if (a.type() != CV_8UC3 || b.type() != CV_8UC3 || a.size() != b.size()) {
        throw ModelError(
            fmt::format("LPIPS compares RGB pictures of one size, not {}x{} with {}x{} pixels",
                        a.cols, a.rows, b.cols, b.rows));
    }
}

LpipsArchitecture recognize_file(const Checkpoint& checkpoint) {
    const std::string name = checkpoint.path().string();
    std::optional<LpipsArchitecture> found;
    try {
        found = recognize_lpips(StateDict(checkpoint.tensors()));
    } catch (const ModelError& error) {
        throw ModelError(fmt::format("{} cannot be used: {}", name, error.what()));
    }
    if (!found) {
        throw ModelError(fmt::format(
            "{} is neither an LPIPS nor the backbone of one (closet models inspect tells more)",
            name));
    }
    return *found;
}

std::string names_of(const std::vector<std::shared_ptr<const Checkpoint>>& checkpoints) {
    std::vector<std::string> names;
    for (const auto& checkpoint : checkpoints) {
        names.push_back(checkpoint->path().string());
    }
    return fmt::format("{}", fmt::join(names, " with "));
}

/// Of two files, heads and backbone of one kind each.
void check_fits(const std::vector<std::shared_ptr<const Checkpoint>>& checkpoints) {
    const std::string names = names_of(checkpoints);
    if (checkpoints.empty() || checkpoints.size() > 2) {
        throw ModelError(fmt::format("an LPIPS is one file or two, not {}", checkpoints.size()));
    }
    std::vector<LpipsArchitecture> parts;
    for (const auto& checkpoint : checkpoints) {
        parts.push_back(recognize_file(*checkpoint));
    }
    if (parts.size() == 1) {
        if (!parts[0].is_complete()) {
            throw ModelError(fmt::format(
                "{} is {}: give the {} too, {} a second time", names, to_string(parts[0]),
                parts[0].has_heads ? "backbone" : "heads", flags::kLpipsModel));
        }
        return;
    }
    if (parts[0].has_heads == parts[1].has_heads ||
        parts[0].has_backbone == parts[1].has_backbone || parts[0].backbone != parts[1].backbone) {
        throw ModelError(
            fmt::format("{} do not belong together: they are {} and {}, and heads "
                        "with their own backbone are needed",
                        names, to_string(parts[0]), to_string(parts[1])));
    }
}

std::vector<TensorEntry> tensors_of(
    const std::vector<std::shared_ptr<const Checkpoint>>& checkpoints) {
    std::vector<TensorEntry> tensors;
    for (const auto& checkpoint : checkpoints) {
        const auto more = checkpoint->tensors();
        tensors.insert(tensors.end(), more.begin(), more.end());
    }
    return tensors;
}

std::vector<std::shared_ptr<const Checkpoint>> read_all(const std::vector<fs::path>& files) {
    std::vector<std::shared_ptr<const Checkpoint>> checkpoints;
    for (const fs::path& file : files) {
        checkpoints.push_back(read_checkpoint(file));
    }
    return checkpoints;
}

}  // namespace

Option lpips_model_option(std::vector<std::string>& models) {
    return {.names = flags::kLpipsModel,
            .group = "LPIPS",
            .help =
                "network that tells how unlike pictures look: lpips, lpips-squeeze, lpips-vgg, "
                "or a file; twice where heads and backbone are two files",
            .value = &models,
            .placeholder = "FILE or NAME",
            .standard = "lpips",
            .is_setting = false};
}

std::vector<fs::path> find_lpips_files(const std::vector<std::string>& models) {
    const std::vector<std::string> wanted =
        models.empty() ? std::vector<std::string>{"lpips"} : models;
    std::vector<fs::path> files;
    const ModelStore store;
    for (const std::string& name : wanted) {
        std::error_code error;
        if (fs::exists(name, error)) {
            files.emplace_back(name);
            continue;
        }
        if (name.find_first_of("/.") != std::string::npos) {
            throw ModelError(fmt::format("cannot read {}: there is no such file", name));
        }
        files.push_back(store.find(name));
        // What the user imported under the name may be complete.
        if (!recognize_file(*read_checkpoint(files.back())).is_complete()) {
            for (const std::string& need : store.model(name).needs) {
                files.push_back(store.find(need));
            }
        }
    }
    return files;
}

struct Lpips::Parts {
    explicit Parts(std::vector<std::shared_ptr<const Checkpoint>> files)
        : checkpoints(std::move(files)), tensors(tensors_of(checkpoints)), state(tensors) {}

    /// The network for pictures of a size, of those kept or a new one.
    SizedNetwork sized_for(cv::Size size) {
        const std::lock_guard lock(mutex);
        auto found = std::find_if(kept.begin(), kept.end(),
                                  [&](const SizedNetwork& sized) { return sized.size == size; });
        if (found == kept.end()) {
            kept.push_front(make(size));
            if (kept.size() > kMostSizes) {
                kept.pop_back();
            }
        } else {
            kept.splice(kept.begin(), kept, found);
        }
        return kept.front();
    }

    SizedNetwork make(cv::Size size) const {
        Parameters parameters(state, Parameters::Purpose::kLoad);
        LpipsNetwork built =
            build_lpips(architecture, parameters, names_of(checkpoints), size.height, size.width);
        return {size, make_network(std::move(built.graph), {.threads = 0}), built.shift,
                built.scale, std::move(built.heads)};
    }

    std::vector<std::shared_ptr<const Checkpoint>> checkpoints;
    std::vector<TensorEntry> tensors;
    StateDict state;  ///< refers to `tensors`
    LpipsArchitecture architecture{};
    std::mutex mutex;
    std::list<SizedNetwork> kept;  ///< the last used one first
};

Lpips::Lpips(const std::vector<fs::path>& files) : Lpips(read_all(files)) {}

Lpips::Lpips(std::vector<std::shared_ptr<const Checkpoint>> checkpoints) {
    check_fits(checkpoints);
    const std::string names = names_of(checkpoints);
    parts_ = std::make_unique<Parts>(std::move(checkpoints));
    parts_->architecture = *recognize_lpips(parts_->state);
    Parameters parameters(parts_->state, Parameters::Purpose::kSurvey);
    build_lpips(parts_->architecture, parameters, names, least_side(), least_side());
    const KeyReport keys = report_keys(parameters, parts_->state);
    if (!keys.complete()) {
        throw ModelError(fmt::format("{} does not fit {}: {}", names, name(), keys.summary()));
    }
}

Lpips::~Lpips() = default;

std::string Lpips::name() const {
    return to_string(parts_->architecture);
}

int Lpips::least_side() const {
    return static_cast<int>(closet::least_side(parts_->architecture.backbone));
}

LpipsDistance Lpips::distance(const cv::Mat& a, const cv::Mat& b) const {
    check_pictures(a, b);
    const SizedNetwork sized = parts_->sized_for(a.size());
    const std::vector<NetworkOutput> taps = sized.network->compute(input_of(a, b, sized), 2);
    LpipsDistance result;
    for (std::size_t i = 0; i < taps.size(); ++i) {
        double sum = 0;
        each_difference(taps[i], sized.heads[i],
                        [&](std::ptrdiff_t, float difference) { sum += difference; });
        result.taps.push_back(sum / static_cast<double>(taps[i].shape[1] * taps[i].shape[2]));
        result.total += result.taps.back();
    }
    return result;
}

cv::Mat1f Lpips::map(const cv::Mat& a, const cv::Mat& b) const {
    check_pictures(a, b);
    const SizedNetwork sized = parts_->sized_for(a.size());
    const std::vector<NetworkOutput> taps = sized.network->compute(input_of(a, b, sized), 2);
    cv::Mat1f result(a.size(), 0.0F);
    for (std::size_t i = 0; i < taps.size(); ++i) {
        cv::Mat1f small(static_cast<int>(taps[i].shape[1]), static_cast<int>(taps[i].shape[2]));
        each_difference(taps[i], sized.heads[i], [&](std::ptrdiff_t pixel, float difference) {
            small.ptr<float>()[pixel] = difference;
        });
        cv::Mat1f large;
        cv::resize(small, large, a.size(), 0, 0, cv::INTER_LINEAR);
        result += large;
    }
    return result;
}

}  // namespace closet
