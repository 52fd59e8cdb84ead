#include "warp/mesh/mesh_warp.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <utility>

#include <opencv2/core.hpp>

#include "warp/mesh/back.h"
#include "warp/mesh/finish.h"
#include "warp/mesh/lower_map.h"
#include "warp/mesh/silhouette.h"
#include "warp/mesh/sleeve_map.h"
#include "warp/mesh/torso_map.h"
#include "warp/mesh/turn.h"
#include "warp/occlusion/contact_shadow.h"
#include "warp/paint/pixel_row.h"

namespace closet {
namespace {

using mesh::PictureSide;

/// The waist of a tucked garment, in torso lengths from the shoulder axis.
constexpr double kWaist = 0.66;
/// How far below the waist a garment is cut that is not tucked in any more: nothing is cut there.
constexpr double kMostDrop = 0.5;
/// A garment this many times as large as the frame is a network's blunder.
constexpr double kLargest = 8.0;
/// How clearly an own sleeve has to be seen, and how far it reaches at least (OwnClothes).
constexpr double kSleeveSeen = 0.3, kLeastOwnSleeve = 0.3;
/// Sleeves whose depths differ by less (shoulder widths) are painted in both orders in part.
constexpr double kSameDepth = 0.12;
/// Beside profile, as Panel::turned: between these the near sleeve becomes the back's.
constexpr double kSleevesChange = 0.12;
/// Shares of Note [Panels] between which the far sleeve goes behind the torso.
constexpr double kPassFrom = 0.1, kPassTo = 0.4;
/// Share of Note [Panels] from which the lower panel is seen in full.
constexpr double kPanelShown = 0.3;
/// Transparent pixels around the mesh: the patch's outermost ones must be (patch.h).
constexpr int kMargin = 2;

/// The part of the frame that the mesh may cover, grown to whole chroma samples.
cv::Rect bounds_of(const LaidMesh& mesh, cv::Size frame) {
    double left = frame.width, top = frame.height, right = -1, bottom = -1;
    for (const auto& points : mesh.points) {
        for (const cv::Point2d& p : points) {
            left = std::min(left, p.x);
            top = std::min(top, p.y);
            right = std::max(right, p.x);
            bottom = std::max(bottom, p.y);
        }
    }
    const auto low = [](double v) { return cvFloor(std::max(v, 0.0)) - kMargin; };
    const auto high = [](double v, int end) {
        return cvCeil(std::min(v, static_cast<double>(end))) + 1 + kMargin;
    };
    const cv::Rect all(cv::Point(low(left), low(top)),
                       cv::Point(high(right, frame.width), high(bottom, frame.height)));
    if (right < 0 || bottom < 0 || left >= frame.width || top >= frame.height) {
        return {};
    }
    return align_to_chroma(all & cv::Rect({0, 0}, frame));
}

/// Sleeves behind the body, the body, its legs, sleeves in front of it; of two sleeves or legs the
/// farther first.
/// `apart`: the sleeves do not touch, their order does not matter.
std::vector<LaidMesh::Step> steps_of(const std::array<std::optional<mesh::SleeveMap>, 2>& sleeves,
                                     const mesh::Panel& panel, bool apart,
                                     std::optional<double> left_leg_nearer) {
    std::vector<LaidMesh::Step> steps;
    const double nearer = sleeves[0] && sleeves[1] ? sleeves[0]->nearer_than(*sleeves[1]) : 0;
    const std::size_t far = nearer > 0 ? 1 : 0;  // index of the farther sleeve
    const auto behind = [&](std::size_t i) {
        const double turned_away =
            panel.is_far(PictureSide(i)) ? smoothstep(kPassFrom, kPassTo, panel.share) : 0;
        return sleeves[i] ? std::max(sleeves[i]->behind_body(), turned_away) : 0;
    };
    const auto add = [&](std::size_t i, double opacity) {
        if (opacity > 0) {
            steps.push_back({i, opacity});
        }
    };
    for (const std::size_t i : {far, 1 - far}) {
        add(i + 1, behind(i) > 0 ? 1 : 0);
    }
    add(mesh::kTorso, 1);
    if (left_leg_nearer) {
        const std::size_t far_leg = *left_leg_nearer > 0 ? 1 : 0;
        add(mesh::kFirstLeg + far_leg, 1);
        add(mesh::kFirstLeg + 1 - far_leg, 1);
        add(mesh::kFirstLeg + far_leg,
            0.5 * (1 - smoothstep(0, kSameDepth, std::abs(*left_leg_nearer))));
    }
    for (const std::size_t i : {far, 1 - far}) {
        add(i + 1, 1 - behind(i));
    }
    // At no difference both orders weigh the same.
    add(far + 1,
        0.5 * (1 - smoothstep(0, kSameDepth, std::abs(nearer))) * (apart ? 0 : 1 - behind(far)));
    return steps;
}

/// A front and a back around a body that is seen from the side: far sleeves, both panels, near
/// sleeves, which are the back's where more of that is seen.
mesh::DrawnSide sewn_together(mesh::DrawnSide front, mesh::DrawnSide back,
                              const mesh::Panel& panel) {
    const double backs = smoothstep(-kSleevesChange, kSleevesChange, panel.turned());
    mesh::DrawnSide result{1, {}, front.body, std::nullopt, front.unit};
    const auto is_torso = [](const mesh::DrawnLayer& layer) { return layer.is_torso; };
    const auto of_front = std::find_if(front.layers.begin(), front.layers.end(), is_torso);
    const auto of_back = std::find_if(back.layers.begin(), back.layers.end(), is_torso);
    const auto add = [&](auto from, auto to, double share) {
        for (; from < to && share > 0; ++from) {
            from->opacity *= share;
            result.layers.push_back(std::move(*from));
        }
    };
    const double shown = smoothstep(0, kPanelShown, panel.share);
    add(front.layers.begin(), of_front, backs < 1 ? 1 : 0);
    add(back.layers.begin(), of_back, backs);
    if (panel.below) {
        add(of_front, std::next(of_front), shown);
        add(of_back, std::next(of_back), 1);
    } else {
        add(of_back, std::next(of_back), shown);
        add(of_front, std::next(of_front), 1);
    }
    add(std::next(of_front), front.layers.end(), backs < 1 ? 1 : 0);
    add(std::next(of_back), back.layers.end(), backs);
    return result;
}

OwnClothes straight_waist(const BodyFrame& body) {
    OwnClothes line;
    line.waist.fill(kWaist * body.torso / body.unit);
    return line;
}

/// A side of a garment as it is laid.
mesh::DrawnSide side_of(const mesh::GarmentChart& chart, const LaidMesh& mesh,
                        const cv::Rect& where, double share) {
    mesh::DrawnSide side{share, {}, mesh.body, std::nullopt, mesh.unit};
    const cv::Point offset = where.tl();
    bool has_torso = false;
    for (const auto& [i, opacity] : mesh.steps) {
        const mesh::Layer& layer = chart.layer[i];
        const std::size_t level = layer.texture.level_for(mesh.scale);
        mesh::DrawnLayer drawn;
        drawn.texture = &layer.texture;
        drawn.level = level;
        drawn.triangles = layer.triangles;
        if (!layer.triangles.empty()) {
            drawn.corners.reserve(layer.vertices.size());
            for (std::size_t k = 0; k < layer.vertices.size(); ++k) {
                drawn.corners.push_back({mesh.points[i][k] - cv::Point2d(offset),
                                         layer.texture.position(layer.vertices[k].garment, level)});
            }
        }
        if (i == mesh::kTorso) {
            has_torso = drawn.is_torso = true;
            if (mesh.panel.share > 0 && !mesh.panel.below) {  // the fold of the seam
                const std::size_t near = mesh.panel.is_far(PictureSide::kRight) ? 0 : 1;
                drawn.shade = mesh::shade_beside(where.size(), layer, mesh.points[i], offset,
                                                 mesh.shoulder[near], mesh.unit);
            }
            if (mesh.under) {
                drawn.under = {*mesh.under, mesh.drop};
            }
            if (mesh.tucked) {
                drawn.tucked = {*mesh.tucked, mesh.drop};
            }
        } else {
            drawn.opacity = opacity;
            if (has_torso && i < mesh::kFirstLeg) {
                drawn.shade = mesh::shade_beside(where.size(), layer, mesh.points[i], offset,
                                                 mesh.shoulder[i - 1], mesh.unit);
            }
        }
        side.layers.push_back(std::move(drawn));
    }
    if (mesh.crotch) {
        side.crotch = *mesh.crotch - cv::Point2d(offset);
    }
    return side;
}

}  // namespace

MeshWarp::MeshWarp(std::shared_ptr<const Garment> garment, const GarmentWarpOptions& options)
    : MeshWarp(*garment, options, std::async(std::launch::async, [&] {
          return mesh::GarmentChart(mesh::back_of(*garment));
      })) {}

MeshWarp::MeshWarp(const Garment& garment, const GarmentWarpOptions& options,
                   std::future<mesh::GarmentChart> back)
    : options_(options), chart_(garment), back_(back.get()) {}

std::optional<LaidMesh> MeshWarp::lay(const Wearer& wearer, cv::Size picture,
                                      mesh::TurnFollower* turns, mesh::RestFollower* rests) const {
    return lay_chart(chart_, wearer, picture, nullptr, turns, rests);
}

void MeshWarp::begin_frame(double seconds, bool scene_start) {
    turns_.begin_frame(seconds, scene_start);
    rests_.begin_frame(seconds, scene_start);
    back_rests_.begin_frame(seconds, scene_start);
    rim_.begin_frame(seconds, scene_start);
    back_rim_.begin_frame(seconds, scene_start);
}

std::optional<LaidMesh> MeshWarp::lay_chart(const mesh::GarmentChart& chart, const Wearer& wearer,
                                            cv::Size picture, mesh::RimFit* rim,
                                            mesh::TurnFollower* turns,
                                            mesh::RestFollower* rests) const {
    const Pose& pose = wearer.pose;
    const std::optional<BodyFrame>& body = wearer.body;
    if (chart.empty() || !body || body->unit > kLargest * std::max(picture.width, picture.height)) {
        return std::nullopt;
    }
    const bool is_back = &chart == &back_;
    const mesh::Panel panel = chart.lower ? mesh::Panel() : mesh::panel_of(pose, *body, is_back);
    const mesh::Silhouette silhouette(*body, pose.shape.get(),
                                      panel.share > 0 ? std::optional(!is_back) : std::nullopt);
    const mesh::Turn turn =
        turns != nullptr ? turns->find(pose, silhouette) : mesh::find_turn(pose, silhouette);
    std::optional<mesh::TorsoMap> torso;
    if (chart.covers_torso) {
        const bool fits = wearer.own && !chart.lower;  // dresses have a length of their own
        torso.emplace(chart, silhouette, fits ? &*wearer.own : nullptr,
                      closet::tucked(options_, wearer), turn.longer(),
                      rests != nullptr ? rests->of(pose) : mesh::FollowedRest(), panel);
    }
    std::array<std::optional<mesh::SleeveMap>, 2> sleeves;
    LaidMesh result;
    result.away = turn.away;
    result.panel = panel;
    for (const PictureSide side : {PictureSide::kLeft, PictureSide::kRight}) {
        const auto i = static_cast<std::size_t>(side);
        if (torso && chart.sleeve[i]) {
            sleeves[i].emplace(chart, side, silhouette, *torso, pose,
                               wearer.own ? &*wearer.own : nullptr);
        }
        result.shoulder[i] = body->shoulder[static_cast<std::size_t>(silhouette.arm_of(side))];
    }
    std::optional<mesh::LowerMap> lower;
    if (chart.lower) {
        std::optional<mesh::LowerMap::Waist> waist;
        if (torso) {
            const cv::Point2d on_axis(chart.anchors.axis, chart.lower->waist_y);
            // How long an elastic bodice becomes tells half of how long the rest is. In profile
            // shoulders are narrower than they are.
            const double sideways = mesh::panel_of(pose, *body, is_back).share;
            waist = {torso->at(chart.torso_at(on_axis)),
                     std::sqrt(torso->length_scale() * torso->scale()) *
                         mesh::mix(1.0, torso->longer(), sideways),
                     torso->scale()};
        }
        lower.emplace(*chart.lower, silhouette, pose, waist, wearer.own, turn);
    }
    const auto torso_place = [&](const mesh::Vertex& vertex, std::size_t layer) {
        const auto [row, share] = mesh::between(vertex.torso.row, chart.rows.size());
        const double fit = mesh::mix(chart.rows[row].fit, chart.rows[row + 1].fit, share);
        return torso->at(vertex.torso, mesh::turned_across(vertex.torso.across, turn.shift, fit),
                         layer != mesh::kTorso);
    };
    const auto place = [&](const mesh::Vertex& vertex, std::size_t layer) {
        cv::Point2d at = torso ? torso_place(vertex, layer) : cv::Point2d();
        if (lower) {
            at = mesh::mix(at, lower->at(vertex.lower), torso ? vertex.lower.share : 1.0);
        }
        for (std::size_t i = 0; i < 2; ++i) {
            if (layer == mesh::kTorso && sleeves[i]) {
                const double share = vertex.sleeve_share[i] * (1 - panel.capped(PictureSide(i)));
                at = share > 0 ? sleeves[i]->blend(at, vertex.sleeve[i], share) : at;
            } else if (layer == i + mesh::kFirstSleeve && sleeves[i]) {
                at = sleeves[i]->blend(at, vertex.sleeve[i], vertex.sleeve_share[i]);
                if (const double capped = panel.capped(PictureSide(i)); capped > 0) {
                    at = mesh::mix(at, sleeves[i]->capped_at(vertex.sleeve[i]), capped);
                }
            }
        }
        return at;
    };
    for (std::size_t layer = 0; layer < mesh::kLayers; ++layer) {
        result.points[layer].reserve(chart.layer[layer].vertices.size());
        for (const mesh::Vertex& vertex : chart.layer[layer].vertices) {
            result.points[layer].push_back(place(vertex, layer));
        }
    }
    if (rim != nullptr && wearer.classes != nullptr) {
        std::vector<cv::Point2d> places;
        places.reserve(chart.rim.size());
        for (const mesh::RimPoint& point : chart.rim) {
            places.push_back(place(point.vertex, point.layer));
        }
        std::array<mesh::RimFit::OwnSleeve, 2> own_sleeves{};
        for (const PictureSide side : {PictureSide::kLeft, PictureSide::kRight}) {
            const auto worn_on = static_cast<std::size_t>(silhouette.arm_of(side));
            const auto i = static_cast<std::size_t>(side);
            own_sleeves[i] = {wearer.own && wearer.own->sleeve_seen[worn_on] > kSleeveSeen &&
                                  wearer.own->sleeve_end[worn_on] > kLeastOwnSleeve,
                              sleeves[i] ? sleeves[i]->outlasts_own() : 0};
        }
        rim->fit(chart, wearer, places, own_sleeves, panel, result.points);
        if (panel.share > 0 && torso) {
            rim->fit_panel(chart, wearer, *torso, panel, result.points[mesh::kTorso]);
        }
    }
    const auto& left = result.points[1];
    const auto& right = result.points[2];
    const auto by_x = [](const cv::Point2d& a, const cv::Point2d& b) { return a.x < b.x; };
    const bool apart = left.empty() || right.empty() ||
                       std::max_element(left.begin(), left.end(), by_x)->x <
                           std::min_element(right.begin(), right.end(), by_x)->x;
    const bool has_legs = chart.lower && chart.lower->anchors.legs;
    result.steps = steps_of(sleeves, panel, apart,
                            has_legs ? std::optional(lower->left_nearer()) : std::nullopt);
    if (has_legs) {
        result.crotch = lower->at(chart.lower->at(chart.lower->anchors.crotch, PictureSide::kLeft));
    }
    result.scale = (torso ? torso->scale() : lower->scale()) * chart.scale;
    result.unit = body->unit;
    result.body = *body;
    if (!torso && options_.under_own_top && wearer.own && wearer.own->seen > 0) {
        result.under = *wearer.own;
        result.drop = -kMostDrop * (1 - wearer.own->seen * (1 - wearer.own->shows));
    }
    if (const double tuck = closet::tucked(options_, wearer); torso && !lower && tuck > 0) {
        result.tucked = wearer.own && wearer.own->shows > 0 ? *wearer.own : straight_waist(*body);
        result.drop = kMostDrop * (1 - tuck);
    }
    return result;
}

std::optional<mesh::GarmentDrawing> MeshWarp::draw(const Wearer& wearer, cv::Size picture) {
    const auto front = lay_chart(chart_, wearer, picture, &rim_, &turns_, &rests_);
    if (!front) {
        return std::nullopt;
    }
    std::optional<LaidMesh> back;
    if (front->away > 0 || front->panel.share > 0) {
        back = lay_chart(back_, wearer, picture, &back_rim_, &turns_, &back_rests_);
    }
    cv::Rect where = bounds_of(*front, picture);
    if (back) {
        where |= bounds_of(*back, picture);
    }
    if (where.empty()) {
        return std::nullopt;
    }
    // With room for its shadow, so that nobody has to copy it.
    where = align_to_chroma(ContactShadow::room(where, front->unit, picture) &
                            cv::Rect({0, 0}, picture));
    mesh::GarmentDrawing drawing{where, {}};
    if (back && front->panel.share > 0) {
        drawing.sides.push_back(sewn_together(side_of(chart_, *front, where, 1),
                                              side_of(back_, *back, where, 1), front->panel));
        return drawing;
    }
    const double away = back ? front->away : 0;
    if (away < 1) {
        drawing.sides.push_back(side_of(chart_, *front, where, 1 - away));
    }
    if (away > 0) {
        drawing.sides.push_back(side_of(back_, *back, where, away));
    }
    return drawing;
}

Patch MeshWarp::paint(const mesh::GarmentDrawing& drawing) {
    Patch patch{drawing.where, cleared(canvas_, drawing.where.size())};
    const mesh::DrawnSide& first = drawing.sides.front();
    paint_side(first, drawing.where.tl(), patch.rgba);
    if (drawing.sides.size() > 1) {
        const mesh::DrawnSide& second = drawing.sides.back();
        cv::Mat behind = cleared(behind_, drawing.where.size());
        paint_side(second, drawing.where.tl(), behind);
        cv::addWeighted(patch.rgba, first.share, behind, second.share, 0, patch.rgba);
    }
    const RowLight light(light_);
    for (int y = 0; y < patch.rgba.rows; ++y) {
        std::uint8_t* row = patch.rgba.ptr(y);
        const pixel_row::Span seen =
            pixel_row::visible(row, static_cast<std::size_t>(patch.rgba.cols));
        pixel_row::unpremultiply(row + 4 * seen.begin, seen.size());
        light.apply(row + 4 * seen.begin, seen.size());
        patch.seen.push_back(seen);
    }
    return patch;
}

void MeshWarp::paint_side(const mesh::DrawnSide& side, cv::Point offset, cv::Mat& canvas) {
    for (const mesh::DrawnLayer& layer : side.layers) {
        if (layer.opacity < 1) {
            canvas.copyTo(layer_);
        }
        if (layer.shade) {
            mesh::darken(canvas, *layer.shade);
        }
        if (!layer.triangles.empty()) {
            mesh::rasterize(layer.corners, layer.triangles, layer.texture->level[layer.level],
                            canvas);
        }
        if (layer.opacity < 1) {
            cv::addWeighted(canvas, layer.opacity, layer_, 1 - layer.opacity, 0, canvas);
        }
        if (layer.under) {
            mesh::cut_above(canvas, offset, side.body, layer.under->line, layer.under->drop);
        }
        if (layer.tucked) {
            mesh::cut_below(canvas, offset, side.body, layer.tucked->line, layer.tucked->drop);
        }
    }
    if (side.crotch) {
        mesh::close_slits(canvas, *side.crotch, side.unit);
    }
}

cv::Mat MeshWarp::cleared(cv::Mat& canvas, cv::Size size) {
    if (canvas.cols < size.width || canvas.rows < size.height) {
        canvas.create(std::max(canvas.rows, size.height), std::max(canvas.cols, size.width),
                      CV_8UC4);
    }
    cv::Mat part = canvas({{0, 0}, size});
    part.setTo(cv::Scalar::all(0));
    return part;
}

}  // namespace closet
