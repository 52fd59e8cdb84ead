#include "warp/mesh/mesh_warp.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "warp/mesh/finish.h"
#include "warp/mesh/shadow.h"
#include "warp/mesh/silhouette.h"
#include "warp/mesh/sleeve_map.h"
#include "warp/mesh/torso_map.h"
#include "warp/screen_down.h"

namespace closet {
namespace {

using mesh::PictureSide;

/// The waist of a tucked garment, in torso lengths from the shoulder axis.
constexpr double kWaist = 0.66;
/// A garment this many times as large as the frame is a network's blunder.
constexpr double kLargest = 8.0;
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

}  // namespace

MeshWarp::MeshWarp(std::shared_ptr<const Garment> garment, const GarmentWarpOptions& options)
    : options_(options), chart_(*garment) {}

std::optional<LaidMesh> MeshWarp::lay(const Pose& pose, const FrameGeometry& frame) const {
    const auto body = body_frame(pose, options_.min_score, screen_down(frame.rotation));
    if (chart_.empty() || !body ||
        body->unit > kLargest * std::max(frame.size.width, frame.size.height)) {
        return std::nullopt;
    }
    const mesh::Silhouette silhouette(*body, pose.shape.get());
    const mesh::TorsoMap torso(chart_, silhouette);
    std::array<std::optional<mesh::SleeveMap>, 2> sleeves;
    LaidMesh result;
    for (const PictureSide side : {PictureSide::kLeft, PictureSide::kRight}) {
        const auto i = static_cast<std::size_t>(side);
        if (chart_.sleeve[i]) {
            sleeves[i].emplace(chart_, side, silhouette, torso, pose);
        }
        result.shoulder[i] = body->shoulder[static_cast<std::size_t>(silhouette.side_of(side))];
    }
    for (std::size_t layer = 0; layer < mesh::kLayers; ++layer) {
        result.points[layer].reserve(chart_.layer[layer].vertices.size());
        for (const mesh::Vertex& vertex : chart_.layer[layer].vertices) {
            cv::Point2d at = torso.at(vertex.torso);
            for (std::size_t i = 0; i < 2; ++i) {
                if (sleeves[i] && vertex.sleeve_share[i] > 0) {
                    at = sleeves[i]->blend(at, vertex.sleeve[i], vertex.sleeve_share[i]);
                }
            }
            result.points[layer].push_back(at);
        }
    }
    // Sleeves behind the body, the body, sleeves in front of it; of two sleeves the farther first.
    const auto place = [&](std::size_t layer) {
        if (layer == mesh::kTorso || !sleeves[layer - 1]) {
            return std::pair(1, 0.0);
        }
        const mesh::SleeveMap& sleeve = *sleeves[layer - 1];
        return std::pair(sleeve.is_behind_body() ? 0 : 2, -sleeve.depth());
    };
    result.order = {mesh::kTorso, 1, 2};
    std::stable_sort(result.order.begin(), result.order.end(),
                     [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
    result.scale = torso.scale() * chart_.scale;
    result.unit = body->unit;
    result.waist = body->middle + body->down * (kWaist * body->torso);
    const cv::Point2d across = silhouette.row(kWaist * body->torso / body->unit);
    result.below = mesh::quarter_turn(across);
    return result;
}

std::optional<Patch> MeshWarp::warp(const Pose& pose, const FrameGeometry& frame) {
    const auto mesh = lay(pose, frame);
    if (!mesh) {
        return std::nullopt;
    }
    Patch patch;
    patch.where = bounds_of(*mesh, frame.size);
    if (patch.where.empty()) {
        return std::nullopt;
    }
    if (canvas_.cols < patch.where.width || canvas_.rows < patch.where.height) {
        canvas_.create(std::max(canvas_.rows, patch.where.height),
                       std::max(canvas_.cols, patch.where.width), CV_8UC4);
    }
    patch.rgba = canvas_({{0, 0}, patch.where.size()});
    patch.rgba.setTo(cv::Scalar::all(0));
    const cv::Point offset = patch.where.tl();
    bool torso_painted = false;
    for (const std::size_t layer : mesh->order) {
        if (layer != mesh::kTorso && torso_painted) {
            cast_shadow(layer, *mesh, offset, patch.rgba);
        }
        paint_layer(layer, *mesh, offset, patch.rgba);
        if (layer == mesh::kTorso) {
            torso_painted = true;
            if (options_.tuck) {
                mesh::cut_below(patch.rgba, mesh->waist - cv::Point2d(offset), mesh->below);
            }
        }
    }
    mesh::unpremultiply(patch.rgba);
    return patch;
}

void MeshWarp::paint_layer(std::size_t layer, const LaidMesh& mesh, cv::Point offset,
                           cv::Mat& canvas) {
    const mesh::Layer& source = chart_.layer[layer];
    if (source.triangles.empty()) {
        return;
    }
    const std::size_t level = source.texture.level_for(mesh.scale);
    corners_.clear();
    for (std::size_t i = 0; i < source.vertices.size(); ++i) {
        corners_.push_back({mesh.points[layer][i] - cv::Point2d(offset),
                            source.texture.position(source.vertices[i].garment, level)});
    }
    mesh::rasterize(corners_, source.triangles, source.texture.level[level], canvas);
}

void MeshWarp::cast_shadow(std::size_t layer, const LaidMesh& mesh, cv::Point offset,
                           cv::Mat& canvas) {
    const mesh::Layer& source = chart_.layer[layer];
    mesh::darken_beside(canvas, source, mesh.points[layer], offset, mesh.shoulder[layer - 1],
                        mesh.unit);
}

}  // namespace closet
