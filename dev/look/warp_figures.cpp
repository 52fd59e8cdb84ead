// Measures the warps on real people and prints tables; the definitions are those of the study of
// the mesh warp (torso_metrics.h). Poses and masks come from the network, as in `closet fit`.
//   warp_figures MEDIA CLIP [SHEETS [PARSER]]
// MEDIA holds people/ and garments/, of which the tops are worn; the CLIP wears MEDIA's jacket.
// SHEETS is a folder for contact sheets; PARSER is what --parser takes, for the clip (none). Every
// number is of the whole garment as it is warped, before anything comes in front. The pairs whose
// truth is known have a program of their own (pair_figures).

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "batch/batch.h"
#include "batch/view.h"
#include "core/error.h"
#include "core/median.h"
#include "dev/look/error_map.h"
#include "dev/look/torso_metrics.h"
#include "figures/markers.h"
#include "figures/pair.h"
#include "figures/posed_media.h"
#include "figures/sheet.h"
#include "figures/silhouette.h"
#include "warp/classes/own_clothes.h"
#include "warp/garment/garment_file.h"
#include "warp/mesh/mesh_warp.h"
#include "warp/mesh/turn.h"

namespace closet::figures {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWarps[]{"affine", "mesh"};
constexpr int kTileHeight = 360;
/// The study counted from here: its network needed some frames to find the man.
constexpr std::int64_t kFirstFrame = 6;

struct Worn {
    std::shared_ptr<const Garment> garment;
    std::string name;
};

std::vector<fs::path> pictures_in(const fs::path& folder) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".jpg") {
            paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

struct Mean {
    double sum = 0, low = INFINITY, high = -INFINITY;
    int count = 0;
    void add(double value) {
        sum += value;
        low = std::min(low, value);
        high = std::max(high, value);
        ++count;
    }
    double mean() const { return sum / std::max(count, 1); }
};

void measure_stills(const std::vector<PosedFrame>& people, const std::vector<Worn>& garments) {
    fmt::print(
        "| warp | people x garments | coverage | worst | spill | worst |\n"
        "|---|---|---|---|---|---|\n");
    std::string single;
    for (const char* name : kWarps) {
        Mean coverage, spill;
        for (const Worn& worn : garments) {
            const auto warp = make_warp(name, worn.garment);
            for (const PosedFrame& person : people) {
                const Figure figure = measure_figure(person.poses.front(),
                                                     {person.frame.width(), person.frame.height()});
                const Cover cover = measure_cover(figure, silhouette(*warp, person));
                coverage.add(cover.coverage);
                spill.add(cover.spill);
                single += fmt::format("| {} | {} | {} | {:.3f} | {:.3f} |\n", name,
                                      person.frame.index, worn.name, cover.coverage, cover.spill);
            }
        }
        fmt::print("| {} | {} | {:.3f} | {:.3f} | {:.3f} | {:.3f} |\n", name, coverage.count,
                   coverage.mean(), coverage.low, spill.mean(), spill.high);
    }
    fmt::print("\n| warp | person | garment | coverage | spill |\n|---|---|---|---|---|\n{}\n",
               single);
}

/// Mean second difference of the torso's points in the body's own coordinates, in shoulder widths.
class Jitter {
  public:
    void add(const Figure& figure, const std::map<int, Marker>& markers) {
        std::map<int, Marker> now;
        for (const auto& [number, marker] : markers) {
            const cv::Point2d from_middle = marker.place - figure.middle;
            now[number] = {{from_middle.dot(figure.across) / figure.unit,
                            from_middle.dot(figure.down) / figure.unit},
                           marker.mass / (figure.unit * figure.unit)};
        }
        for (const auto& [number, c] : now) {
            const auto a = before_last_.find(number), b = last_.find(number);
            // A dot that something begins to cover seems to move.
            if (a != before_last_.end() && b != last_.end() && similar(a->second, c) &&
                similar(b->second, c)) {
                mean_.add(cv::norm(a->second.place - 2 * b->second.place + c.place));
            }
        }
        before_last_ = std::exchange(last_, std::move(now));
    }
    const Mean& mean() const { return mean_; }

  private:
    static bool similar(const Marker& a, const Marker& b) {
        return std::abs(a.mass - b.mass) < 0.15 * b.mass;
    }
    std::map<int, Marker> last_, before_last_;
    Mean mean_;
};

/// Where points of a garment's torso lie on one frame, in shown pixels.
struct Laid {
    bool is_key = false;
    double unit = 0;                   ///< shoulder width, at least half of the torso's length
    std::vector<cv::Point2d> shown;    ///< in the picture
    std::vector<cv::Point2d> on_body;  ///< from between the shoulders, across and down the spine
};

std::map<std::int64_t, Laid> lay_all(PosedMedia& media, const fs::path& clip, const MeshWarp& warp,
                                     const std::vector<std::size_t>& vertices, int skipped,
                                     double& frame_s) {
    std::map<std::int64_t, Laid> all;
    mesh::TurnFollower turns;
    double last_s = 0;
    media.each_frame(
        clip.string(),
        [&](const PosedFrame& posed) {
            const double seconds = posed.frame.seconds();
            frame_s = seconds - std::exchange(last_s, seconds);
            turns.begin_frame(seconds, posed.frame.scene_start);
            if (posed.frame.index < kFirstFrame || posed.poses.empty() ||
                !posed.poses.front().mask) {
                return;
            }
            const Wearer wearer(posed.poses.front());
            const auto mesh = warp.lay(wearer, geometry_of(posed.frame).shown, &turns);
            if (!mesh) {
                return;
            }
            // Not Figure's: where hips are hardly seen those axes change at once. Nor those of the
            // wearer's left and right, which pass each other in profile.
            const BodyFrame& body = mesh->body;
            const cv::Point2d picture_right(body.down.y, -body.down.x);
            Laid& laid = all[posed.frame.index];
            laid.is_key = wearer.pose.origin == PoseOrigin::kMeasured;
            laid.unit = std::max(body.shoulders, body.torso / 2);
            for (const std::size_t i : vertices) {
                const cv::Point2d place = mesh->points[mesh::kTorso][i];
                const cv::Point2d off = place - body.middle;
                laid.shown.push_back(place);
                laid.on_body.emplace_back(off.dot(picture_right), off.dot(body.down));
            }
        },
        skipped);
    return all;
}

bool same_keys(const std::map<std::int64_t, Laid>& a, const std::map<std::int64_t, Laid>& b) {
    return std::all_of(a.begin(), a.end(), [&](const auto& entry) {
        const auto other = b.find(entry.first);
        return other != b.end() && other->second.is_key == entry.second.is_key;
    });
}

/// Tells trembling from motion: a clip is fitted twice, the second time with key frames between
/// those of the first. What the person does is in both; what they differ by is the networks' noise
/// and what the way between key frames is guessed wrong by. Of two independent errors the
/// difference is larger by the square root of 2.
void measure_halves(PosedMedia& media, const fs::path& clip, const Worn& worn) {
    const MeshWarp warp(worn.garment, {});
    const auto& all = warp.chart().layer[mesh::kTorso].vertices;
    std::vector<std::size_t> vertices;
    for (const cv::Point2f& point : torso_grid(*worn.garment, 75)) {
        const auto nearest = std::min_element(all.begin(), all.end(), [&](auto& a, auto& b) {
            return cv::norm(cv::Point2d(a.garment) - cv::Point2d(point)) <
                   cv::norm(cv::Point2d(b.garment) - cv::Point2d(point));
        });
        vertices.push_back(static_cast<std::size_t>(nearest - all.begin()));
    }
    double frame_s = 0;
    const auto first = lay_all(media, clip, warp, vertices, 0, frame_s);
    int skipped = std::max(1, cvRound(BatchOptions{}.interval_s / 2 / frame_s));
    auto second = lay_all(media, clip, warp, vertices, skipped, frame_s);
    if (same_keys(first, second)) {  // the person appears later than that
        second = lay_all(media, clip, warp, vertices, ++skipped, frame_s);
    }
    Mean own, shown, on_body, both;
    std::vector<double> of_frames, own_frames;
    for (const auto& [index, laid] : first) {
        std::array<const Laid*, 3> a{}, b{};
        for (std::size_t k = 0; k < 3; ++k) {
            const auto in_first = first.find(index + static_cast<int>(k));
            const auto in_second = second.find(index + static_cast<int>(k));
            a[k] = in_first != first.end() ? &in_first->second : nullptr;
            b[k] = in_second != second.end() ? &in_second->second : nullptr;
        }
        if (std::count(a.begin(), a.end(), nullptr) + std::count(b.begin(), b.end(), nullptr) > 0) {
            continue;
        }
        // In shoulder widths of the middle frame: a unit that trembles is no part of the ruler.
        const double unit = a[1]->unit;
        const auto bend = [&](auto of, const auto& frames, std::size_t i) {
            return (of(*frames[0])[i] - 2 * of(*frames[1])[i] + of(*frames[2])[i]) / unit;
        };
        const auto in_picture = [](const Laid& one) -> auto& {
            return one.shown;
        };
        const auto in_body = [](const Laid& one) -> auto& {
            return one.on_body;
        };
        Mean of_frame, own_frame;
        for (std::size_t i = 0; i < vertices.size(); ++i) {
            const cv::Point2d mine = bend(in_body, a, i), other = bend(in_body, b, i);
            own_frame.add(cv::norm(mine));
            of_frame.add(cv::norm(mine - other) / std::sqrt(2.0));
            both.add(cv::norm(mine + other) / 2);
            shown.add(cv::norm(bend(in_picture, a, i) - bend(in_picture, b, i)) / std::sqrt(2.0));
        }
        own.add(own_frame.mean());
        on_body.add(of_frame.mean());
        own_frames.push_back(own_frame.mean());
        of_frames.push_back(of_frame.mean());
    }
    if (of_frames.empty()) {
        return;
    }
    fmt::print(
        "Of two fits of {} frames, the second with key frames {} frames later, second differences "
        "in % of the shoulders:\n\n| all, on the body | in the median frame | not shared, in the "
        "picture | on the body | in the median frame | shared, on the body |\n"
        "|---|---|---|---|---|---|\n| {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} |\n\n",
        first.size(), skipped, 100 * own.mean(), 100 * upper_median(std::move(own_frames)),
        100 * shown.mean(), 100 * on_body.mean(), 100 * upper_median(std::move(of_frames)),
        100 * both.mean());
}

void measure_clip(PosedMedia& media, const fs::path& clip, const Worn& worn,
                  const std::string& sheets) {
    const auto grid = torso_grid(*worn.garment, 75);
    const auto marked = with_markers(*worn.garment, grid, 22);
    struct Subject {
        std::unique_ptr<GarmentWarp> warp, dots;
        Mean coverage, spill;
        Jitter jitter;
        std::unique_ptr<Warp> stage;
        std::vector<std::vector<cv::Mat>> tiles;
    };
    std::array<Subject, std::size(kWarps)> subjects;
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        subjects[i].warp = make_warp(kWarps[i], worn.garment);
        subjects[i].dots = make_warp(kWarps[i], marked);
        WarpOptions options;
        options.warp = kWarps[i];
        subjects[i].stage = std::make_unique<Warp>(worn.garment, options);
        subjects[i].tiles.resize(2);
    }
    int frames = 0, undressed = 0;
    ClassFinder classes;
    OwnClothesFinder own;
    media.each_frame(clip.string(), [&](const PosedFrame& posed) {
        const bool is_tenth = posed.frame.index % 10 == 0;
        for (Subject& subject : subjects) {
            if (!sheets.empty() && is_tenth) {
                subject.tiles[static_cast<std::size_t>(posed.frame.index / 50 % 2)].push_back(
                    dressed_tile(*subject.stage, posed, kTileHeight));
            }
        }
        if (posed.frame.index < kFirstFrame) {
            return;
        }
        ++frames;
        if (posed.poses.empty() || !posed.poses.front().mask) {
            ++undressed;
            return;
        }
        const double seconds = posed.frame.seconds();
        classes.begin_frame(seconds, posed.frame.scene_start);
        own.begin_frame(seconds, posed.frame.scene_start);
        Wearer wearer(posed.poses.front());
        wearer.classes = classes.find(wearer, {*posed.frame.image, posed.frame.orientation});
        if (wearer.classes != nullptr) {
            wearer.own = own.find(*wearer.classes, wearer);
        }
        const cv::Size size = geometry_of(posed.frame).shown;
        const Figure figure = measure_figure(wearer.pose, size);
        for (Subject& subject : subjects) {
            subject.warp->begin_frame(seconds, posed.frame.scene_start);
            subject.dots->begin_frame(seconds, posed.frame.scene_start);
            const Cover cover = measure_cover(figure, silhouette(*subject.warp, wearer, size));
            subject.coverage.add(cover.coverage);
            subject.spill.add(cover.spill);
            if (const auto patch = subject.dots->warp(wearer, size)) {
                subject.jitter.add(figure, find_markers(*patch));
            }
        }
    });
    fmt::print(
        "{} frames of {} in {}, {} without anybody; {} points on the torso.\n\n"
        "| warp | coverage | worst | spill | worst | torso jitter, % of the shoulders |\n"
        "|---|---|---|---|---|---|\n",
        frames, clip.filename().string(), worn.name, undressed, grid.size());
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        const Subject& s = subjects[i];
        fmt::print("| {} | {:.3f} | {:.3f} | {:.3f} | {:.3f} | {:.2f} |\n", kWarps[i],
                   s.coverage.mean(), s.coverage.low, s.spill.mean(), s.spill.high,
                   100 * s.jitter.mean().mean());
        if (!sheets.empty()) {
            write_sheet(fs::path(sheets) / fmt::format("clip-{}.png", kWarps[i]), s.tiles);
        }
    }
    fmt::print("\n");
}

void print_pair(const PosedFrame& person, const Worn& worn, const cv::Mat& truth,
                const std::string& sheets) {
    fmt::print(
        "| warp | IoU | above the true hem | as worn | tucked in | print's corners, mean px | each "
        "|\n|---|---|---|---|---|---|---|\n");
    for (const char* name : kWarps) {
        const PairFigures pair = measure_pair(name, person, worn.garment, truth);
        std::string each;
        for (const double error : pair.print_px) {
            each += fmt::format(" {:.1f}", error);
        }
        fmt::print("| {} | {:.3f} | {:.3f} | {:.3f} | {:.3f} | {:.1f} |{} |\n", name, pair.iou,
                   pair.above_hem, pair.as_worn, pair.tucked, pair.mean_print_px(), each);
        if (!sheets.empty()) {
            const cv::Mat garment = silhouette(*make_warp(name, worn.garment), person);
            garment.rowRange(kTrueHem, garment.rows).setTo(0);
            write_sheet(fs::path(sheets) / fmt::format("pair-{}.png", name),
                        {{error_map(person.frame, garment, truth)}});
        }
    }
    fmt::print("\n");
}

void write_still_sheets(const std::vector<PosedFrame>& people, const std::vector<Worn>& garments,
                        const fs::path& folder) {
    for (const char* name : kWarps) {
        WarpOptions options;
        options.warp = name;
        std::vector<std::vector<cv::Mat>> rows;
        for (const PosedFrame& person : people) {
            std::vector<cv::Mat>& row = rows.emplace_back();
            for (const Worn& worn : garments) {
                Warp warp(worn.garment, options);
                row.push_back(dressed_tile(warp, person, kTileHeight));
            }
        }
        write_sheet(folder / fmt::format("people-{}.png", name), rows);
    }
}

int run(const std::vector<std::string>& arguments) {
    const fs::path media = arguments.at(0);
    const std::string sheets = arguments.size() > 2 ? arguments[2] : "";
    if (!sheets.empty()) {
        fs::create_directories(sheets);
    }
    PosedMedia posed_media;
    std::vector<PosedFrame> people;
    std::size_t of_pair = 0;
    for (const fs::path& path : pictures_in(media / "people")) {
        if (!path.stem().string().starts_with("person_")) {
            continue;  // people for clothes on their legs
        }
        posed_media.each_frame(path.string(), [&](PosedFrame posed) {
            if (posed.poses.empty()) {
                throw Error("nobody was found in " + path.string());
            }
            posed.frame.index = static_cast<std::int64_t>(people.size());
            fmt::print("Person {}: {}\n", people.size(), path.filename().string());
            people.push_back(std::move(posed));
        });
        of_pair = path.stem() == "person_00055" ? people.size() - 1 : of_pair;
    }
    std::vector<Worn> garments;
    for (const fs::path& path : pictures_in(media / "garments")) {
        try {
            const auto garment = load_garment(path);
            if (covers_torso(garment->kind) && !has_skirt(garment->kind)) {
                garments.push_back({garment, path.stem().string()});
            }
        } catch (const Error& error) {
            fmt::print("left out: {}\n", error.what());
        }
    }
    const auto named = [&](const std::string& name) -> const Worn& {
        const auto found = std::find_if(garments.begin(), garments.end(),
                                        [&](const Worn& worn) { return worn.name == name; });
        if (found == garments.end()) {
            throw Error("there is no garment " + name);
        }
        return *found;
    };
    fmt::print("\n## Pair 00055\n\n");
    const cv::Mat truth =
        cv::imread((media / "people/person_00055_garment_mask.png").string(), cv::IMREAD_GRAYSCALE);
    print_pair(people.at(of_pair), named("garment_00055"), truth > 127, sheets);
    fmt::print("## People x garments\n\n");
    measure_stills(people, garments);
    if (!sheets.empty()) {
        write_still_sheets(people, garments, sheets);
    }
    fmt::print("## Clip\n\n");
    PosedMedia labeled(arguments.size() > 3 ? arguments[3] : "none");
    measure_clip(labeled, arguments.at(1), named("jacket"), sheets);
    measure_halves(labeled, arguments.at(1), named("jacket"));
    return 0;
}

}  // namespace
}  // namespace closet::figures

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fputs("usage: warp_figures MEDIA CLIP [SHEETS]\n", stderr);
        return 2;
    }
    try {
        return closet::figures::run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 1;
    }
}
