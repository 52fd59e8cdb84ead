#include "live/live.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "infer/run/device.h"
#include "pipeline/stage_timing.h"
#include "warp/warps.h"

namespace closet {
namespace {

constexpr std::size_t kMessages = 8;  ///< that may wait to be told
constexpr double kUsualRate = 30;     ///< frames a second of a source that does not tell

std::size_t warp_index(std::string_view name) {
    const WarpEntry& entry = find_warp(name);
    if (entry.asks_networks) {
        throw ConfigError(fmt::format(
            "the warp {} asks networks that are too slow for a camera: it works with closet fit "
            "only",
            name));
    }
    return static_cast<std::size_t>(&entry - warps().data());
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

/// An interval of 0 stands for that of the source's frames.
LoadLimits load_limits(LoadLimits limits, const Capture& capture) {
    if (limits.min_interval_s == 0) {
        const double rate = capture.facts().rate;
        limits.min_interval_s = 1 / (rate > 0 ? rate : kUsualRate);
        limits.max_interval_s = std::max(limits.min_interval_s, limits.max_interval_s);
    }
    return limits;
}

std::string describe(const SourceFacts& facts, const std::string& input) {
    return fmt::format("{} {}, {} {}x{}{}", to_string(facts.kind), input, facts.codec, facts.width,
                       facts.height,
                       facts.rate > 0 ? fmt::format(" at {:.4g}", facts.rate) : std::string());
}

WarpOptions warp_options(const LiveOptions& options) {
    WarpOptions warp = options.warp;
    if (!warp.tensors) {
        warp.tensors = named_cuda_device(options.infer.device);
    }
    return warp;
}

}  // namespace

InferOptions Live::infer_options(const LiveOptions& options, bool garments) {
    InferOptions infer = options.infer;
    // In a window the warp may be changed on the way to one that looks at silhouettes.
    const bool looked_at = options.window || looks_at_people(options.warp);
    infer.masks = infer.masks || (garments && looked_at);
    if (!garments || !(looked_at || infer.parser != parser_names::kAuto)) {
        infer.parser = parser_names::kNone;
    }
    return infer;
}

Live::Live(const LiveOptions& options, std::shared_ptr<PoseModel> model,
           std::shared_ptr<PersonDetector> detector, std::shared_ptr<PersonParser> parser,
           const GarmentRack& rack, const std::stop_token& stop,
           std::shared_ptr<const FaceQuery> face)
    : options_(options),
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
      infer_(Infer(std::move(model), std::move(detector), std::move(parser),
                   infer_options(options, rack.size() > 0), face)),
      face_(std::move(face)),
      load_(load_limits(options.load, capture_), options.adaptive),
      wardrobe_(warp_options(options)),
      dress_(wardrobe_, look(), options.predict,
             [this](const std::string& text) { messages_.push(text); }),
      book_([this](LiveStatistics& figures) { fill(figures); }) {
    const Device device = choose_device(options.infer.device);
    device_ = describe_device(device);
    if (device.is_cuda()) {
        const auto cards = cuda_devices();
        const auto index = static_cast<std::size_t>(device.cuda);
        card_ = Nvml::card(index < cards.size() ? cards[index].pci_bus_id : std::string());
    }
}

Live::~Live() {
    stop();
}

void Live::start() {
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

void Live::end() {
    source_stop_.request_stop();
}

void Live::stop() {
    threads_.stop();
}

void Live::capture(const std::stop_token&, StageClock& clock) {
    while (auto captured =
               await_input(clock, [&] { return capture_.next(source_stop_.get_token()); })) {
        bool wanted = false;
        {
            const BusyTimer busy(clock);
            book_.captured();
            Shot shot = choose_.take(std::move(*captured));
            auto view = choose_.view_of(shot, load_.interval_s());
            wanted = to_render_.push(std::move(shot));
            if (view) {
                to_infer_.push(std::move(*view));
            }
        }
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
    while (auto batch = await_input(clock, [&] {
               return collect_.next(static_cast<std::size_t>(load_.batch()), stop);
           })) {
        {
            const BusyTimer busy(clock);
            const auto start = LiveClock::now();
            for (LiveResult& result : infer_.infer(batch->views)) {
                if (result.still) {
                    book_.unchanged();
                } else {
                    book_.inferred(result.captured);
                }
                results_.push(std::move(result));
                clock.count_out();
            }
            tell_of_face();
            stale_ = collect_.stale();
            const std::int64_t now_dropped = to_infer_.dropped() + stale_;
            const auto end = LiveClock::now();
            load_.report({.waiting = batch->waiting,
                          .taken = batch->views.size(),
                          .dropped = now_dropped - dropped,
                          .busy_s = std::chrono::duration<double>(end - start).count(),
                          .at = end});
            dropped = now_dropped;
        }
    }
}

/// Says once that the person asked for by a face is there.
void Live::tell_of_face() {
    const WantedPerson* wanted = infer_.wanted();
    if (wanted == nullptr) {
        return;
    }
    if (wanted->best()) {
        face_similarity_ = *wanted->best();
    }
    if (wanted->was_found() && !std::exchange(told_of_face_, true)) {
        messages_.push(
            fmt::format("the person of {} is there: similarity {:.2f}, where {:.2f} is "
                        "needed",
                        face_->photo, *wanted->best(), face_->threshold()));
    }
}

void Live::render(const std::stop_token& stop, StageClock& clock) {
    std::int64_t rendered = 0;
    while (!options_.max_frames || rendered < *options_.max_frames) {
        auto shot = await_input(clock, [&] { return to_render_.pop(stop); });
        if (!shot) {
            break;
        }
        {
            const BusyTimer busy(clock);
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
        }
        clock.count_out();
        ++rendered;
    }
    to_render_.close();
    to_output_.close();
    to_window_.close();
}

void Live::put_out(const std::stop_token& stop, StageClock& clock) {
    while (auto frame = await_input(clock, [&] { return to_output_.pop(stop); })) {
        {
            const BusyTimer busy(clock);
            output_.put(frame->frame);
            book_.put_out(frame->captured);
        }
        clock.count_out();
    }
    {
        const BusyTimer busy(clock);
        output_.finish();
    }
    threads_.stop();  // nothing that others still do can be seen
}

std::optional<RenderedFrame> Live::next_to_show(LiveClock::time_point deadline) {
    return to_window_.pop_until(threads_.stop_token(), deadline);
}

std::string_view Live::next_warp() {
    do {
        warp_ = (warp_ + 1) % warps().size();
    } while (warps()[warp_].asks_networks);
    return warps()[warp_].name;
}

std::optional<std::string> Live::take_message() {
    return messages_.pop_until({}, LiveClock::now());
}

Outfit Live::look() const {
    return {rack_.worn(), std::string(warps()[warp_].name), skeleton_};
}

void Live::fill(LiveStatistics& figures) const {
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
    figures.garment = rack_.worn().name();
    figures.warp = warps()[warp_].name;
    figures.recording = output_.recording();
    figures.device = device_;
    if (face_ != nullptr) {
        const float best = face_similarity_;
        figures.face = LiveFace{.photo = face_->photo,
                                .threshold = face_->threshold(),
                                .similarity = best >= -1 ? std::optional(best) : std::nullopt};
    }
    figures.gpu = gpu_figures();
}

std::optional<GpuFigures> Live::gpu_figures() const {
    if (!card_) {
        return std::nullopt;
    }
    const Nvml::Reading reading = card_->read();
    return GpuFigures{.name = card_->name(),
                      .use_percent = reading.utilisation_percent,
                      .temperature_c = reading.temperature_c,
                      .memory_bytes = reading.memory_bytes};
}

cv::Size Live::picture_size() const {
    const SourceFacts facts = capture_.facts();
    const MediaInfo& info = *capture_.info();
    return PictureGeometry({facts.width, facts.height}, info.video().sample_aspect_ratio,
                           info.orientation)
        .shown;
}

}  // namespace closet
