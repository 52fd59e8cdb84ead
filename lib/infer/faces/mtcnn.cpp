#include "infer/faces/mtcnn.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <numeric>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "infer/faces/area_resize.h"
#include "infer/pose_models.h"
#include "infer/run/network_runner.h"
#include "models/network.h"
#include "models/network_cache.h"
#include "models/networks/mtcnn/mtcnn.h"

namespace closet {
namespace {

constexpr std::array<const char*, 3> kModels{"mtcnn-pnet", "mtcnn-rnet", "mtcnn-onet"};

// facenet-pytorch 2.6.0: MTCNN's arguments and the constants of detect_face.
constexpr float kLeastProposal = 0.6F, kLeastRefined = 0.7F, kLeastFace = 0.7F;
constexpr double kPyramidStep = 0.709;
constexpr double kOverlapInLevel = 0.5, kOverlap = 0.7;
constexpr float kOverlapOfSmaller = 0.7F;
constexpr int kWindowPx = 12, kStridePx = 2;

/// A picture full of patterns may propose any number of windows; R-Net sees the surest of them.
constexpr std::size_t kMostWindows = 4096;
/// Windows that go through a network at a time: bounds the memory.
constexpr std::size_t kMostBatch = 256;
/// P-Nets kept for other sizes of the picture.
constexpr std::size_t kMostSizes = 64;

struct Proposal {
    FaceWindow window;
    std::array<float, 4> offset{};
};

/// Softmax over (no face, face): the share of the latter.
float face_share(const float* logits) {
    const float most = std::max(logits[0], logits[1]);
    const float none = std::exp(logits[0] - most), face = std::exp(logits[1] - most);
    return face / (none + face);
}

bool is_finite(const FaceWindow& window) {
    return std::isfinite(window.x0) && std::isfinite(window.y0) && std::isfinite(window.x1) &&
           std::isfinite(window.y1);
}

float extent(float low, float high) {
    return std::max(0.0F, high - low);
}

/// Indices of those that are left where of overlapping ones the surest stays, surest first.
/// `window_of`: of an element of `all`.
template <class T, class WindowOf>
std::vector<std::size_t> suppress(const std::vector<T>& all, WindowOf window_of, double most) {
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return window_of(all[a]).score > window_of(all[b]).score;
    });
    const auto area = [](const FaceWindow& w) { return (w.x1 - w.x0) * (w.y1 - w.y0); };
    std::vector<std::size_t> kept;
    for (const std::size_t candidate : order) {
        const FaceWindow& b = window_of(all[candidate]);
        const bool is_free = std::none_of(kept.begin(), kept.end(), [&](std::size_t better) {
            const FaceWindow& a = window_of(all[better]);
            const float shared = extent(std::max(a.x0, b.x0), std::min(a.x1, b.x1)) *
                                 extent(std::max(a.y0, b.y0), std::min(a.y1, b.y1));
            const float overlap = shared / (area(a) + area(b) - shared);
            return static_cast<double>(overlap) > most;
        });
        if (is_free) {
            kept.push_back(candidate);
        }
    }
    return kept;
}

/// The last suppression: sides are one pixel longer, and the shared area is compared to the
/// smaller window's.
std::vector<std::size_t> suppress_contained(const std::vector<FaceWindow>& all) {
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return all[a].score > all[b].score; });
    const auto area = [](const FaceWindow& w) { return (w.x1 - w.x0 + 1) * (w.y1 - w.y0 + 1); };
    std::vector<std::size_t> kept;
    for (const std::size_t candidate : order) {
        const FaceWindow& b = all[candidate];
        const bool is_free = std::all_of(kept.begin(), kept.end(), [&](std::size_t better) {
            const FaceWindow& a = all[better];
            const float shared = extent(std::max(a.x0, b.x0), std::min(a.x1, b.x1) + 1) *
                                 extent(std::max(a.y0, b.y0), std::min(a.y1, b.y1) + 1);
            return shared / std::min(area(a), area(b)) <= kOverlapOfSmaller;
        });
        if (is_free) {
            kept.push_back(candidate);
        }
    }
    return kept;
}

FaceWindow square(const FaceWindow& window) {
    const float width = window.x1 - window.x0, height = window.y1 - window.y0;
    const float side = std::max(width, height);
    FaceWindow result = window;
    result.x0 = window.x0 + width * 0.5F - side * 0.5F;
    result.y0 = window.y0 + height * 0.5F - side * 0.5F;
    result.x1 = result.x0 + side;
    result.y1 = result.y0 + side;
    return result;
}

/// Corners moved by offsets in shares of the sides, which are `longer` pixels longer.
FaceWindow corrected(const FaceWindow& window, const float* offset, float longer) {
    const float width = window.x1 - window.x0 + longer, height = window.y1 - window.y0 + longer;
    FaceWindow result = window;
    result.x0 += offset[0] * width;
    result.y0 += offset[1] * height;
    result.x1 += offset[2] * width;
    result.y1 += offset[3] * height;
    return result;
}

/// The pixels of a window; empty where none lies in the picture. Corners count from 1.
cv::Rect pixels_of(const FaceWindow& window, cv::Size picture) {
    if (!is_finite(window)) {
        return {};
    }
    const auto whole = [](float value, int least, int most) {
        return static_cast<int>(
            std::clamp(std::trunc(value), static_cast<float>(least), static_cast<float>(most)));
    };
    constexpr int kFar = 1 << 24;
    const int left = std::max(whole(window.x0, -kFar, kFar), 1);
    const int top = std::max(whole(window.y0, -kFar, kFar), 1);
    const int right = std::min(whole(window.x1, -kFar, kFar), picture.width);
    const int bottom = std::min(whole(window.y1, -kFar, kFar), picture.height);
    return right >= left && bottom >= top
               ? cv::Rect(left - 1, top - 1, right - left + 1, bottom - top + 1)
               : cv::Rect();
}

}  // namespace

struct Mtcnn::Networks {
    std::vector<std::shared_ptr<const Checkpoint>> files;
    NetworkOptions options;
    std::shared_ptr<const Network> refine, output;

    std::mutex mutex;  ///< guards `proposals`
    std::map<std::pair<int, int>, std::shared_ptr<const Network>> proposals;  ///< by rows, columns

    Networks(std::vector<std::shared_ptr<const Checkpoint>> opened, const NetworkOptions& wanted)
        : files(std::move(opened)), options(wanted) {
        options.precision =
            Precision::kFp32;  // the cascade's thresholds belong to it, and it is small
        refine = load(MtcnnStage::kRefine, 0, 0);
        output = load(MtcnnStage::kOutput, 0, 0);
        load(MtcnnStage::kProposal, 0, 0);  // tells now where it is none
    }

    /// Rows and columns of the input; 0: the stage's own.
    std::shared_ptr<const Network> load(MtcnnStage stage, int rows, int columns) const {
        const std::int64_t side = input_side(stage);
        const Checkpoint& file = *files.at(static_cast<std::size_t>(stage));
        const std::string source =
            fmt::format("{} {} {}x{}", file_source(file.path()), to_string(stage), rows, columns);
        return shared_network(network_key(source, options), [&] {
            return make_network(
                load_mtcnn(stage, file, rows > 0 ? rows : side, columns > 0 ? columns : side),
                options);
        });
    }

    std::shared_ptr<const Network> proposal(int rows, int columns) {
        const std::lock_guard lock(mutex);
        auto& network = proposals[{rows, columns}];
        if (network == nullptr) {
            network = load(MtcnnStage::kProposal, rows, columns);
            if (proposals.size() > kMostSizes) {
                auto kept = network;
                proposals.clear();
                return proposals[{rows, columns}] = std::move(kept);
            }
        }
        return network;
    }

    /// The outputs of a network on the CPU, for pictures made by area averages.
    static std::vector<NetworkOutput> run(const Network& network, const cv::Mat& picture,
                                          std::span<const cv::Rect> parts, cv::Size size) {
        const std::size_t each = 3 * static_cast<std::size_t>(size.area());
        std::vector<float> input(each * parts.size());
        for (std::size_t i = 0; i < parts.size(); ++i) {
            area_resize(picture(parts[i]), size, std::span(input).subspan(i * each, each));
        }
        for (float& number : input) {
            number = (number - 127.5F) * 0.0078125F;
        }
        return network.compute(input, parts.size());
    }

    std::vector<Proposal> propose(const cv::Mat& picture, double least_face_px, MtcnnTrace* trace) {
        std::vector<Proposal> all;
        double scale = kWindowPx / least_face_px;
        double side = std::min(picture.cols, picture.rows) * scale;
        for (; side >= kWindowPx; scale *= kPyramidStep, side *= kPyramidStep) {
            const cv::Size size(static_cast<int>(picture.cols * scale + 1),
                                static_cast<int>(picture.rows * scale + 1));
            const cv::Rect whole({0, 0}, picture.size());
            const auto outputs =
                run(*proposal(size.height, size.width), picture, {&whole, 1}, size);
            std::vector<Proposal> found = level(outputs, static_cast<float>(scale));
            if (trace != nullptr) {
                trace->pyramid.push_back({scale, static_cast<int>(outputs[0].shape[1]),
                                          static_cast<int>(outputs[0].shape[2]),
                                          static_cast<int>(found.size())});
            }
            limit(found);
            for (const std::size_t i : suppress(
                     found, [](const Proposal& p) { return p.window; }, kOverlapInLevel)) {
                all.push_back(found[i]);
            }
        }
        limit(all);
        return all;
    }

    static void limit(std::vector<Proposal>& all) {
        if (all.size() > kMostWindows) {
            std::stable_sort(all.begin(), all.end(), [](const Proposal& a, const Proposal& b) {
                return a.window.score > b.window.score;
            });
            all.resize(kMostWindows);
        }
    }

    /// The windows of one level of the pyramid that may hold a face, row by row.
    static std::vector<Proposal> level(const std::vector<NetworkOutput>& outputs, float scale) {
        std::vector<Proposal> found;
        const auto rows = outputs[0].shape[1], columns = outputs[0].shape[2];
        const float* offsets = outputs[0].numbers.data();
        const float* logits = outputs[1].numbers.data();
        // In float32, since the quotient may lie on a whole number.
        const auto corner = [&](std::int64_t cell, int beyond) {
            return std::floor(static_cast<float>(kStridePx * cell + beyond) / scale);
        };
        for (std::int64_t y = 0; y < rows; ++y) {
            for (std::int64_t x = 0; x < columns; ++x, offsets += 4, logits += 2) {
                const float score = face_share(logits);
                if (score >= kLeastProposal) {
                    found.push_back({{corner(x, 1), corner(y, 1), corner(x, kWindowPx),
                                      corner(y, kWindowPx), score},
                                     {offsets[0], offsets[1], offsets[2], offsets[3]}});
                }
            }
        }
        return found;
    }

    /// What a network says about each window: a row of numbers for each output. Windows outside of
    /// the picture are dropped.
    static std::vector<std::vector<float>> judge(const Network& network, const cv::Mat& picture,
                                                 std::vector<FaceWindow>& windows) {
        std::erase_if(windows, [&](const FaceWindow& window) {
            return pixels_of(window, picture.size()).empty();
        });
        std::vector<std::vector<float>> results(network.outputs().size());
        for (std::size_t begin = 0; begin < windows.size(); begin += kMostBatch) {
            std::vector<cv::Rect> parts;
            const std::size_t end = std::min(windows.size(), begin + kMostBatch);
            for (std::size_t i = begin; i < end; ++i) {
                parts.push_back(pixels_of(windows[i], picture.size()));
            }
            const auto outputs = run(network, picture, parts, network.input_size());
            for (std::size_t i = 0; i < outputs.size(); ++i) {
                const std::vector<float>& numbers = outputs[i].numbers;
                results[i].insert(results[i].end(), numbers.begin(), numbers.end());
            }
        }
        return results;
    }

    std::vector<Face> find(const cv::Mat& picture, double least_face_px, MtcnnTrace* trace) {
        const auto own_window = [](const FaceWindow& w) { return w; };
        std::vector<FaceWindow> windows = first_stage(picture, least_face_px, trace);

        const auto refined = judge(*refine, picture, windows);
        std::vector<FaceWindow> passed;
        std::vector<std::size_t> from;
        for (std::size_t i = 0; i < windows.size(); ++i) {
            const float score = face_share(&refined[1][2 * i]);
            if (score > kLeastRefined) {
                passed.push_back(windows[i]);
                passed.back().score = score;
                from.push_back(i);
            }
        }
        windows.clear();
        for (const std::size_t i : suppress(passed, own_window, kOverlap)) {
            windows.push_back(corrected(passed[i], &refined[0][4 * from[i]], 1.0F));
        }
        if (trace != nullptr) {
            trace->after_rnet = windows;
        }
        std::transform(windows.begin(), windows.end(), windows.begin(), square);
        if (trace != nullptr) {
            trace->rnet_square = windows;
        }
        return last_stage(picture, windows);
    }

    std::vector<FaceWindow> first_stage(const cv::Mat& picture, double least_face_px,
                                        MtcnnTrace* trace) {
        const std::vector<Proposal> proposals_of_all = propose(picture, least_face_px, trace);
        std::vector<FaceWindow> windows;
        for (const std::size_t i : suppress(
                 proposals_of_all, [](const Proposal& p) { return p.window; }, kOverlap)) {
            windows.push_back(
                corrected(proposals_of_all[i].window, proposals_of_all[i].offset.data(), 0.0F));
        }
        if (trace != nullptr) {
            trace->after_pnet = windows;
        }
        std::transform(windows.begin(), windows.end(), windows.begin(), square);
        if (trace != nullptr) {
            trace->pnet_square = windows;
        }
        return windows;
    }

    std::vector<Face> last_stage(const cv::Mat& picture, std::vector<FaceWindow> windows) const {
        const auto verdicts = judge(*output, picture, windows);
        std::vector<FaceWindow> passed;
        std::vector<Face> faces;
        for (std::size_t i = 0; i < windows.size(); ++i) {
            const float score = face_share(&verdicts[1][2 * i]);
            if (!(score > kLeastFace)) {
                continue;
            }
            FaceWindow& window = windows[i];
            window.score = score;
            const float width = window.x1 - window.x0 + 1, height = window.y1 - window.y0 + 1;
            Face face{.box = {}, .score = score};
            for (std::size_t p = 0; p < face.points.size(); ++p) {
                face.points[p] = {width * verdicts[2][10 * i + p] + window.x0 - 1,
                                  height * verdicts[2][10 * i + 5 + p] + window.y0 - 1};
            }
            passed.push_back(corrected(window, &verdicts[0][4 * i], 1.0F));
            faces.push_back(face);
        }
        std::vector<Face> found;
        for (const std::size_t i : suppress_contained(passed)) {
            const FaceWindow& window = passed[i];
            if (is_finite(window) && window.x1 > window.x0 && window.y1 > window.y0) {
                found.push_back(faces[i]);
                found.back().box = {window.x0, window.y0, window.x1 - window.x0,
                                    window.y1 - window.y0};
            }
        }
        std::stable_sort(found.begin(), found.end(), [](const Face& a, const Face& b) {
            return a.box.width * a.box.height > b.box.width * b.box.height;
        });
        return found;
    }
};

std::span<const char* const> mtcnn_models() {
    return kModels;
}

Mtcnn::Mtcnn(const InferOptions& options, WorkerPool& workers)
    : Mtcnn(
          [] {
              std::vector<std::shared_ptr<const Checkpoint>> files;
              for (const char* name : kModels) {
                  files.push_back(read_checkpoint(model_file(name)));
              }
              return files;
          }(),
          options, workers) {}

Mtcnn::Mtcnn(std::vector<std::shared_ptr<const Checkpoint>> files, const InferOptions& options,
             WorkerPool& workers)
    : networks_(std::make_unique<Networks>(std::move(files), network_options(options))),
      workers_(workers) {}

Mtcnn::~Mtcnn() = default;

std::vector<Face> Mtcnn::find_in(const cv::Mat& picture, double least_face_px,
                                 MtcnnTrace* trace) const {
    try {
        return networks_->find(picture, least_face_px, trace);
    } catch (const Error&) {
        throw;
    } catch (const std::exception& error) {  // LibTorch's
        throw ModelError(std::string("the networks that find faces failed: ") + sentence_of(error));
    }
}

std::vector<std::vector<Face>> Mtcnn::find(std::span<const cv::Mat> pictures,
                                           double least_face_px) const {
    std::vector<std::vector<Face>> faces(pictures.size());
    workers_.for_each(pictures.size(),
                      [&](std::size_t i) { faces[i] = find_in(pictures[i], least_face_px); });
    return faces;
}

}  // namespace closet
