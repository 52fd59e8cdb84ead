#include "live/live.h"

#include <utility>

#include <fmt/format.h>

#include "core/log.h"
#include "pipeline/part_clock.h"
#include "warp/warps.h"

namespace closet {
namespace {

constexpr std::size_t kMessages = 8;  ///< that may wait to be told

std::size_t warp_index(std::string_view name) {
    return static_cast<std::size_t>(&find_warp(name) - warps().data());
}

LiveOutputOptions output_options(const LiveOptions& options, const Capture& capture,
                                 const std::stop_source& stop) {
    LiveOutputOptions output = options.output;
    output.stop = stop.get_token();
    if (const double rate = capture.facts().rate; rate > 0) {
        output.rate = rate;
    }
    return output;
}

std::string describe(const SourceFacts& facts, const std::string& input) {
    return fmt::format("{} {}, {} {}x{}{}", to_string(facts.kind), input, facts.codec, facts.width,
                       facts.height,
                       facts.rate > 0 ? fmt::format(" at {:.4g}", facts.rate) : std::string());
}

/// What `wait` gives; the time until then is that of waiting for input.
template <class Wait>
auto receive(StageClock& clock, const Wait& wait) {
    const auto start = StageClock::Clock::now();
    auto item = wait();
    clock.add_wait_input(StageClock::Clock::now() - start);
    if (item) {
        clock.count_in();
    }
    return item;
}

template <class Work>
void timed(StageClock& clock, const Work& work) {
    const auto start = StageClock::Clock::now();
    work();
    clock.add_busy(StageClock::Clock::now() - start);
    clock.sample_cpu();
}

}  // namespace

InferOptions Live::infer_options(const LiveOptions& options, bool garments) {
    InferOptions infer = options.infer;
    // In a window the warp may be changed on the way to one that looks at silhouettes.
    const bool looked_at =
        options.window || options.warp.fill_old_clothes || find_warp(options.warp.warp).uses_shape;
    infer.masks = infer.masks || (garments && looked_at);
    return infer;
}

Live::Live(const LiveOptions& options, std::shared_ptr<const FitNetworks> networks,
           const GarmentRack& rack, const std::stop_token& stop)
    : options_(options),
      networks_(std::move(networks)),
      rack_(rack),
      messages_(kMessages),
      to_render_(1),
      to_infer_(options.inference_queue),
      results_(options.result_queue),
      to_output_(options.output_queue),
      to_window_(1),
      mirror_(options.mirror),
      skeleton_(options.warp.skeleton),
      warp_(warp_index(options.warp.warp)),
      capture_(options.capture, stop),
      output_(output_options(options, capture_, hard_stop_),
              [this](const std::string& text) { messages_.push(text); }),
      choose_(options.scale, options.skip_still),
      collect_(to_infer_, options.collect),
      infer_(Infer(networks_->model(), networks_->detector(),
                   infer_options(options, rack.size() > 0))),
      load_(options.load, options.adaptive),
      wardrobe_(options.warp),
      dress_(wardrobe_, look(), options.predict,
             [this](const std::string& text) { messages_.push(text); }),
      book_([this](LiveFigures& figures) { fill(figures); }) {
    threads_.on_stop([this] {
        source_stop_.request_stop();
        hard_stop_.request_stop();
    });
    const auto add = [this](const char* name,
                            void (Live::*body)(const std::stop_token&, StageClock&)) {
        threads_.add(name, [this, body](const std::stop_token& token, StageClock& clock) {
            (this->*body)(token, clock);
        });
    };
    add("output", &Live::put_out);
    add("render", &Live::render);
    add("infer", &Live::infer);
    add("capture", &Live::capture);
    threads_.add("wardrobe",
                 [this](const std::stop_token& token, StageClock&) { wardrobe_.work(token); });
}

Live::~Live() {
    stop();
}

void Live::end() {
    source_stop_.request_stop();
}

void Live::stop() {
    threads_.stop();
}

void Live::capture(const std::stop_token&, StageClock& clock) {
    while (auto captured =
               receive(clock, [&] { return capture_.next(source_stop_.get_token()); })) {
        bool wanted = false;
        timed(clock, [&] {
            book_.captured();
            Shot shot = choose_.take(std::move(*captured));
            auto view = choose_.view_of(shot, load_.interval_s());
            wanted = to_render_.push(std::move(shot));
            if (view && view->still) {
                book_.unchanged();
            }
            if (view) {
                to_infer_.push(std::move(*view));
            }
        });
        if (!wanted) {
            break;
        }
        clock.count_out();
    }
    to_render_.close();
    to_infer_.close();
}

void Live::infer(const std::stop_token& stop, StageClock& clock) {
    std::int64_t dropped = 0;  // views, up to the last report
    while (auto batch = receive(clock, [&] {
               return collect_.next(static_cast<std::size_t>(load_.batch()), stop);
           })) {
        timed(clock, [&] {
            const auto start = LiveClock::now();
            std::vector<LiveClock::time_point> captured;
            for (const LiveView& view : batch->views) {
                captured.push_back(view.still ? LiveClock::time_point{} : view.captured);
            }
            for (LiveResult& result : infer_.infer(batch->views)) {
                results_.push(std::move(result));
                clock.count_out();
            }
            for (const auto& when : captured) {
                if (when != LiveClock::time_point{}) {
                    book_.inferred(when);
                }
            }
            stale_ = collect_.stale();
            const std::int64_t now_dropped = to_infer_.dropped() + stale_;
            const auto end = LiveClock::now();
            load_.report({.waiting = batch->waiting,
                          .taken = batch->views.size(),
                          .dropped = now_dropped - dropped,
                          .busy_s = std::chrono::duration<double>(end - start).count(),
                          .at = end});
            dropped = now_dropped;
        });
    }
}

void Live::render(const std::stop_token& stop, StageClock& clock) {
    std::int64_t rendered = 0;
    while (!options_.max_frames || rendered < *options_.max_frames) {
        auto shot = receive(clock, [&] { return to_render_.pop(stop); });
        if (!shot) {
            break;
        }
        timed(clock, [&] {
            for (LiveResult& result : results_.take_all()) {
                dress_.observe(std::move(result));
            }
            dress_.wear(look());
            const auto captured = shot->captured;
            DressShots::Dressed dressed = dress_.dress(std::move(*shot), mirror_);
            book_.rendered(dressed.poses);
            if (options_.window) {
                to_window_.push({share_picture(dressed.frame), captured});
            }
            to_output_.push({std::move(dressed.frame), captured});
        });
        clock.count_out();
        ++rendered;
    }
    to_render_.close();
    to_output_.close();
    to_window_.close();
}

void Live::put_out(const std::stop_token& stop, StageClock& clock) {
    while (auto frame = receive(clock, [&] { return to_output_.pop(stop); })) {
        timed(clock, [&] {
            output_.put(frame->frame);
            book_.put_out(frame->captured);
        });
        clock.count_out();
    }
    timed(clock, [&] { output_.finish(); });
    threads_.stop();  // nothing that others still do can be seen
}

std::optional<RenderedFrame> Live::next_to_show(LiveClock::time_point deadline) {
    return to_window_.pop_until(threads_.stop_token(), deadline);
}

std::string_view Live::next_warp() {
    warp_ = (warp_ + 1) % warps().size();
    return warps()[warp_].name;
}

std::optional<std::string> Live::take_message() {
    return messages_.pop_until({}, LiveClock::now());
}

Outfit Live::look() const {
    return {rack_.worn(), std::string(warps()[warp_].name), skeleton_};
}

void Live::fill(LiveFigures& figures) const {
    const CaptureCounts counts = capture_.counts();
    figures.drops = {.late = counts.late,
                     .render = to_render_.dropped(),
                     .inference = to_infer_.dropped() + stale_,
                     .results = results_.dropped(),
                     .output = to_output_.dropped(),
                     .display = to_window_.dropped()};
    figures.damaged = counts.damaged;
    figures.reconnections = counts.reconnections;
    figures.batch = load_.batch();
    figures.interval_s = load_.interval_s();
    figures.queue_depth = to_infer_.size();
    figures.stages = threads_.metrics();
    figures.connected = capture_.connected();
    figures.source = describe(capture_.facts(), options_.capture.input);
    const auto garment = rack_.worn();
    figures.garment = garment ? garment->name : std::string();
    figures.warp = warps()[warp_].name;
    figures.recording = output_.recording();
}

}  // namespace closet
