#pragma once

#include "live/statistics.h"

namespace closet::test {

/// Figures of a run in which everything happened.
inline LiveStatistics busy_figures() {
    LiveStatistics figures;
    figures.at_s = figures.time_s = 300.04;
    figures.captured = 9001;
    figures.inferred = 7200;
    figures.rendered = 8990;
    figures.put_out = 8988;
    figures.unchanged = 12;
    figures.captured_rate = 30;
    figures.inferred_rate = 24;
    figures.rendered_rate = 29.96;
    figures.put_out_rate = 29.95;
    figures.drops = {1, 2, 3, 0, 5, 6};
    figures.latency = {8988, 9.5, 24.6, 23.1, 33.4, 41.7, 88.8};
    figures.pose_latency = {7200, 30, 70.5, 69, 99.9, 120, 300};
    figures.poses_measured = 100;
    figures.poses_predicted = 8700;
    figures.poses_held = 100;
    figures.poses_missing = 100;
    figures.batch = 2;
    figures.interval_s = 0.04;
    figures.queue_depth = 1;
    StageMetrics render;
    render.name = "render";
    render.items_in = 9000;
    render.items_out = 8990;
    render.busy_s = 90;
    render.parts = {{"blend", 18, 9000}, {"occlusion", 9, 9000}};
    figures.stages = {render};
    figures.cpu_percent = 151;
    figures.memory_bytes = 412'000'000;
    figures.peak_memory_bytes = 420'000'000;
    figures.device = "cpu";
    figures.gpu = GpuFigures{"MX450", 55, 61, 1'500'000'000};
    figures.connected = false;
    figures.reconnections = 2;
    figures.damaged = 4;
    figures.source = "camera /dev/video0, mjpeg 1280x720 at 30";
    figures.garment = "shirt";
    figures.warp = "mesh";
    figures.recording = "take.mp4";
    return figures;
}

}  // namespace closet::test
