// Measures how garments sit and tremble on clips, and prints tables; the definitions are those of
// the study of the mesh warp (torso_metrics.h). Poses and masks come from the network, as in
// `closet fit`.
//   clip_figures MEDIA PARSER SHEETS CLIP...
// Each CLIP wears MEDIA's jacket; PARSER is what --parser takes. The folder SHEETS gets a contact
// sheet of every tenth frame and a table of all frames (frames.csv) for each clip.

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "batch/batch.h"
#include "batch/view.h"
#include "core/median.h"
#include "dev/look/torso_metrics.h"
#include "dev/program.h"
#include "figures/markers.h"
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

/// What is known of one frame; negative: not measured.
struct FrameFigures {
    bool is_key = false;
    Facing facing;
    double coverage = -1, spill = -1;     ///< of the mesh
    double own_bend = -1, unshared = -1;  ///< second differences on the body, shoulder widths
};
using FramesFigures = std::map<std::int64_t, FrameFigures>;

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
    mesh::RestFollower rests;
    double last_s = 0;
    media.each_frame(
        clip.string(),
        [&](const PosedFrame& posed) {
            const double seconds = posed.frame.seconds();
            frame_s = seconds - std::exchange(last_s, seconds);
            turns.begin_frame(seconds, posed.frame.scene_start);
            rests.begin_frame(seconds, posed.frame.scene_start);
            if (posed.frame.index < kFirstFrame || posed.poses.empty() ||
                !posed.poses.front().mask) {
                return;
            }
            const Wearer wearer(posed.poses.front());
            const auto mesh = warp.lay(wearer, geometry_of(posed.frame).shown, &turns, &rests);
            if (!mesh || (mesh->panel.share > 0 && mesh->panel.below)) {
                return;  // of the front, whose points these are, hardly anything is seen
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
void measure_halves(PosedMedia& media, const fs::path& clip,
                    const std::shared_ptr<const Garment>& garment, FramesFigures& figures) {
    const MeshWarp warp(garment, {});
    const auto& all = warp.chart().layer[mesh::kTorso].vertices;
    std::vector<std::size_t> vertices;
    for (const cv::Point2f& point : torso_grid(*garment, 75)) {
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
        figures[index + 1].own_bend = own_frame.mean();
        figures[index + 1].unshared = of_frame.mean();
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

void measure_clip(PosedMedia& media, const fs::path& clip,
                  const std::shared_ptr<const Garment>& garment, const fs::path& sheets,
                  FramesFigures& of_frames) {
    const auto grid = torso_grid(*garment, 75);
    const auto marked = with_markers(*garment, grid, 22);
    struct Subject {
        std::unique_ptr<GarmentWarp> warp, dots;
        Mean coverage, spill;
        Jitter jitter;
        std::unique_ptr<Warp> stage;
        std::vector<std::vector<cv::Mat>> tiles;
    };
    std::array<Subject, std::size(kWarps)> subjects;
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        subjects[i].warp = make_warp(kWarps[i], garment);
        subjects[i].dots = make_warp(kWarps[i], marked);
        WarpOptions options;
        options.warp = kWarps[i];
        subjects[i].stage = std::make_unique<Warp>(garment, options);
        subjects[i].tiles.resize(2);
    }
    int frames = 0, undressed = 0;
    ClassFinder classes;
    OwnClothesFinder own;
    media.each_frame(clip.string(), [&](const PosedFrame& posed) {
        const bool is_tenth = posed.frame.index % 10 == 0;
        for (Subject& subject : subjects) {
            if (is_tenth) {
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
        FrameFigures& of_frame = of_frames[posed.frame.index];
        of_frame.is_key = wearer.pose.origin == PoseOrigin::kMeasured;
        of_frame.facing = wearer.pose.facing;
        const cv::Size size = geometry_of(posed.frame).shown;
        const Figure figure = measure_figure(wearer.pose, size);
        for (Subject& subject : subjects) {
            subject.warp->begin_frame(seconds, posed.frame.scene_start);
            subject.dots->begin_frame(seconds, posed.frame.scene_start);
            const Cover cover = measure_cover(figure, silhouette(*subject.warp, wearer, size));
            subject.coverage.add(cover.coverage);
            subject.spill.add(cover.spill);
            of_frame.coverage = cover.coverage;
            of_frame.spill = cover.spill;
            if (const auto patch = subject.dots->warp(wearer, size)) {
                subject.jitter.add(figure, find_markers(*patch));
            }
        }
    });
    fmt::print(
        "{} frames of {} in {}, {} without anybody; {} points on the torso.\n\n"
        "| warp | coverage | worst | spill | worst | torso jitter, % of the shoulders |\n"
        "|---|---|---|---|---|---|\n",
        frames, clip.filename().string(), "the jacket", undressed, grid.size());
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        const Subject& s = subjects[i];
        fmt::print("| {} | {:.3f} | {:.3f} | {:.3f} | {:.3f} | {:.2f} |\n", kWarps[i],
                   s.coverage.mean(), s.coverage.low, s.spill.mean(), s.spill.high,
                   100 * s.jitter.mean().mean());
        write_sheet(sheets / fmt::format("{}-{}.png", clip.stem().string(), kWarps[i]), s.tiles);
    }
    fmt::print("\n");
}

void write_frames(const FramesFigures& frames, const fs::path& path) {
    std::ofstream file(path);
    file << "frame,key,yaw_degrees,certainty,coverage,spill,own_bend,unshared\n";
    for (const auto& [index, one] : frames) {
        file << fmt::format("{},{},{:.0f},{:.2f},{:.3f},{:.3f},{:.4f},{:.4f}\n", index,
                            one.is_key ? 1 : 0, one.facing.yaw * 180 / CV_PI, one.facing.certainty,
                            one.coverage, one.spill, one.own_bend, one.unshared);
    }
}

int run(const std::vector<std::string>& arguments) {
    const fs::path media = arguments[0], sheets = arguments[2];
    fs::create_directories(sheets);
    const std::shared_ptr<const Garment> jacket = load_garment(media / "garments/jacket.jpg");
    PosedMedia labeled(arguments[1]);
    for (const std::string& name : std::span(arguments).subspan(3)) {
        const fs::path clip = name;
        FramesFigures frames;
        measure_clip(labeled, clip, jacket, sheets, frames);
        measure_halves(labeled, clip, jacket, frames);
        write_frames(frames, sheets / (clip.stem().string() + "-frames.csv"));
    }
    return 0;
}

}  // namespace
}  // namespace closet::figures

int main(int argc, char** argv) {
    return closet::dev::program(argc, argv, 4, "clip_figures MEDIA PARSER SHEETS CLIP...",
                                closet::figures::run);
}
