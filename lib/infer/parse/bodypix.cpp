// BodyPix 2 (Google, tfjs-models): the person and 24 parts of the body, of which the ones that
// belong together are joined to seven.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "infer/parse/bodypix.h"
#include "infer/parse/planes.h"
#include "infer/pose_models.h"
#include "infer/run/runners.h"
#include "models/network_cache.h"

namespace closet {
namespace {

constexpr std::size_t kParts = 24;
constexpr const char* kPersonOutput = "segments";
constexpr const char* kPartsOutput = "part_heatmaps";

/// Input pixels from one cell of the outputs to the next; the first lies on the first pixel.
constexpr int kStride = 8;

/// Which of the 24 parts belong to a label: `first` to `last`.
struct PartGroup {
    Label label;
    std::size_t first, last;
};
constexpr std::array kPartGroups{
    PartGroup{Label::kFace, 0, 1},     PartGroup{Label::kUpperArm, 2, 5},
    PartGroup{Label::kLowerArm, 6, 9}, PartGroup{Label::kHand, 10, 11},
    PartGroup{Label::kTorso, 12, 13},  PartGroup{Label::kLeg, 14, 21},
    PartGroup{Label::kFoot, 22, 23}};

/// Fronts and backs of the torso, and of upper and lower legs, left and right.
constexpr std::size_t kTorsoFront = 12, kTorsoBack = 13, kFirstLegFront = 14, kLastLegBack = 21;

/// The log of the odds that a front is seen: so many times by how much the network's logits of
/// fronts are above those of backs (mean of the cells that show torso, legs). Torso and legs are
/// 3.4 to 7.4 and 1.3 to 4.1 on dressed fronts, -5.3 to -4.0 and -2.9 to -1.0 on backs with a head.
/// With spread arms a torso is half a back (-0.3) while the legs stay those of a front; bare skin
/// tells little (-0.9 to 3.2, -0.6 to 3.1). See FacingFilter for bodies without a head.
constexpr double kTorsoWeight = 0.5, kLegsWeight = 1.0;
constexpr int kLeastCells = 4;     ///< fewer tell nothing
constexpr double kMostOdds = 8.0;  ///< beyond, the numbers are not the network's

/// How far a region is from a network's proportions: 0 where they are the same.
double misfit(const cv::Rect& region, cv::Size input) {
    return std::abs(std::log(static_cast<double>(region.width) * input.height /
                             (static_cast<double>(region.height) * input.width)));
}

cv::Size cells_of(cv::Size input) {
    return {(input.width - 1) / kStride + 1, (input.height - 1) / kStride + 1};
}

/// Runs each input through the network of about its proportions: take(input, outputs, size).
template <class Take>
void run_sized(std::span<const BodyPix::Sized> networks, std::span<const ParseInput> inputs,
               Take take) {
    std::vector<std::vector<std::size_t>> inputs_of(networks.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const auto nearest =
            std::min_element(networks.begin(), networks.end(), [&](const auto& a, const auto& b) {
                return misfit(inputs[i].region, a.input) < misfit(inputs[i].region, b.input);
            });
        inputs_of[static_cast<std::size_t>(nearest - networks.begin())].push_back(i);
    }
    for (std::size_t n = 0; n < networks.size(); ++n) {
        const std::vector<std::size_t>& mine = inputs_of[n];
        if (!mine.empty()) {
            networks[n].network->run(
                mine.size(),
                [&](std::size_t i, cv::Mat& picture) {
                    const ParseInput& input = inputs[mine[i]];
                    show_region(*input.picture, input.region, picture);
                },
                [&](std::size_t i, Outputs outputs) { take(mine[i], outputs, networks[n].input); });
        }
    }
}

/// See PersonLabels::front_odds. `person`: logits, one a cell; `parts`: kParts a cell.
float front_odds_of(std::span<const float> person, std::span<const float> parts) {
    double torso = 0, legs = 0;
    int torso_cells = 0, leg_cells = 0;
    for (std::size_t cell = 0; cell < person.size(); ++cell) {
        const std::span<const float> logits = parts.subspan(cell * kParts, kParts);
        const auto best = static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) -
                                                   logits.begin());
        if (!(person[cell] > 0)) {
            continue;
        }
        if (best == kTorsoFront || best == kTorsoBack) {
            torso += static_cast<double>(logits[kTorsoFront]) - logits[kTorsoBack];
            ++torso_cells;
        } else if (best >= kFirstLegFront && best <= kLastLegBack) {
            double front = logits[kFirstLegFront], back = logits[kFirstLegFront + 1];
            for (std::size_t part = kFirstLegFront; part < kLastLegBack; part += 2) {
                front = std::max(front, static_cast<double>(logits[part]));
                back = std::max(back, static_cast<double>(logits[part + 1]));
            }
            legs += front - back;
            ++leg_cells;
        }
    }
    double odds = 0;
    if (torso_cells >= kLeastCells) {
        odds += kTorsoWeight * torso / torso_cells;
    }
    if (leg_cells >= kLeastCells) {
        odds += kLegsWeight * legs / leg_cells;
    }
    return std::isfinite(odds) ? static_cast<float>(std::clamp(odds, -kMostOdds, kMostOdds)) : 0;
}

}  // namespace

BodyPix::BodyPix(std::string name, std::vector<Sized> networks)
    : name_(std::move(name)), networks_(std::move(networks)) {}

std::vector<PersonLabels> BodyPix::look(std::span<const ParseInput> inputs) {
    std::vector<PersonLabels> labels(inputs.size());
    run_sized(networks_, inputs, [&](std::size_t i, Outputs outputs, cv::Size size) {
        labels[i] = read_bodypix(outputs[0], outputs[1], size, inputs[i].region);
    });
    return labels;
}

BodyPixDetector::BodyPixDetector(std::vector<BodyPix::Sized> networks)
    : networks_(std::move(networks)) {}

std::vector<std::vector<PersonBox>> BodyPixDetector::find(std::span<const cv::Mat> pictures) {
    std::vector<ParseInput> inputs;
    for (const cv::Mat& picture : pictures) {
        inputs.push_back({&picture, cv::Rect({}, picture.size())});
    }
    std::vector<std::vector<PersonBox>> people(inputs.size());
    run_sized(networks_, inputs, [&](std::size_t i, Outputs outputs, cv::Size size) {
        people[i] = bodies_in_bodypix(outputs[0], outputs[1], size, pictures[i].size());
    });
    return people;
}

std::vector<PersonBox> bodies_in_bodypix(std::span<const float> person,
                                         std::span<const float> parts, cv::Size input,
                                         cv::Size size) {
    const cv::Size cells = cells_of(input);
    const cv::Mat logits = channel_of(person, cells, 1, 0);
    channel_of(parts, cells, kParts, 0);  // checks their number
    cv::Mat numbers, boxes, centers;
    const int count = cv::connectedComponentsWithStats(logits > 0, numbers, boxes, centers);
    std::vector<int> torso(static_cast<std::size_t>(count));
    std::vector<double> sure(static_cast<std::size_t>(count));
    for (int row = 0; row < cells.height; ++row) {
        for (int column = 0; column < cells.width; ++column) {
            const auto body = static_cast<std::size_t>(numbers.at<int>(row, column));
            const std::size_t cell =
                static_cast<std::size_t>(row) * static_cast<std::size_t>(cells.width) +
                static_cast<std::size_t>(column);
            const std::span<const float> part = parts.subspan(cell * kParts, kParts);
            const auto best =
                static_cast<std::size_t>(std::max_element(part.begin(), part.end()) - part.begin());
            torso[body] += best == kTorsoFront || best == kTorsoBack ? 1 : 0;
            sure[body] += 1 / (1 + std::exp(-static_cast<double>(logits.at<float>(row, column))));
        }
    }
    std::vector<PersonBox> people;
    const double x = static_cast<double>(kStride) * size.width / input.width;
    const double y = static_cast<double>(kStride) * size.height / input.height;
    for (int body = 1; body < count; ++body) {
        const auto b = static_cast<std::size_t>(body);
        const int* const box = boxes.ptr<int>(body);
        if (torso[b] < kLeastCells) {
            continue;
        }
        people.push_back({{static_cast<float>((box[cv::CC_STAT_LEFT] - 0.5) * x),
                           static_cast<float>((box[cv::CC_STAT_TOP] - 0.5) * y),
                           static_cast<float>(box[cv::CC_STAT_WIDTH] * x),
                           static_cast<float>(box[cv::CC_STAT_HEIGHT] * y)},
                          static_cast<float>(sure[b] / box[cv::CC_STAT_AREA])});
    }
    std::stable_sort(people.begin(), people.end(),
                     [](const PersonBox& a, const PersonBox& b) { return a.score > b.score; });
    return people;
}

PersonLabels read_bodypix(std::span<const float> person, std::span<const float> parts,
                          cv::Size input, const cv::Rect& region) {
    const cv::Size cells = cells_of(input);
    const MapPlace place{.region = region, .input = input, .stride = kStride};
    PersonLabels labels;
    labels.labels_from_shown = labels_from_picture(region);

    cv::Mat probability = channel_of(person, cells, 1, 0);
    cv::exp(-probability, probability);
    labels.of(Label::kPerson) = plane_of(1.0 / (1.0 + probability), place, region);

    std::array<cv::Mat, kPartGroups.size()> groups;
    cv::Mat highest, sum;
    for (std::size_t g = 0; g < groups.size(); ++g) {
        groups[g] = channel_of(parts, cells, kParts, kPartGroups[g].first);
        for (std::size_t part = kPartGroups[g].first + 1; part <= kPartGroups[g].last; ++part) {
            cv::max(groups[g], channel_of(parts, cells, kParts, part), groups[g]);
        }
        if (g == 0) {
            highest = groups[g].clone();
        } else {
            cv::max(highest, groups[g], highest);
        }
    }
    for (cv::Mat& group : groups) {
        cv::exp(group - highest, group);
        sum = sum.empty() ? group.clone() : cv::Mat(sum + group);
    }
    for (std::size_t g = 0; g < groups.size(); ++g) {
        labels.of(kPartGroups[g].label) = plane_of(groups[g] / sum, place, region);
    }
    labels.front_odds = front_odds_of(person, parts);
    return labels;
}

namespace {

/// The networks of all sizes share the file; each but the first is made when somebody of
/// about its proportions is looked at.
std::vector<BodyPix::Sized> sized_networks(std::string_view name_or_path,
                                           const InferOptions& options, WorkerPool& workers) {
    const std::filesystem::path file = model_file(name_or_path);
    const NetworkOptions on_device = network_options(options);
    const auto load = [file, on_device](cv::Size input) {
        NetworkOptions network = on_device;
        network.input_shape = {input.height, input.width};
        network.output_names = {kPersonOutput, kPartsOutput};
        return shared_network(network_key(file_source(file), network),
                              [&] { return load_onnx(file, network); });
    };
    std::vector<BodyPix::Sized> networks;
    for (const cv::Size input : kBodyPixInputs) {
        auto make = [load, input, device = on_device.device, streams = options.streams, &workers] {
            // 0..255 becomes -1..1.
            return make_runner({.network = load(input),
                                .normalization = uniform_normalization(1.0F / 127.5F, -1.0F),
                                .device = device,
                                .streams = streams},
                               workers);
        };
        // That it is such a file at all is told now, by the first.
        networks.push_back(
            {input, networks.empty() ? make() : std::make_unique<LazyRunner>(std::move(make))});
    }
    return networks;
}

}  // namespace

/// For the list of parsers.
std::unique_ptr<PersonParser> make_bodypix(std::string_view name_or_path,
                                           const InferOptions& options, WorkerPool& workers) {
    return std::make_unique<BodyPix>(std::string(name_or_path),
                                     sized_networks(name_or_path, options, workers));
}

/// For the list of detectors.
std::unique_ptr<PersonDetector> make_bodypix_detector(std::string_view name_or_path,
                                                      const InferOptions& options,
                                                      WorkerPool& workers) {
    return std::make_unique<BodyPixDetector>(sized_networks(name_or_path, options, workers));
}

}  // namespace closet
