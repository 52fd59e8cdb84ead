#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/frame.h"
#include "core/pose.h"
#include "pipeline/concepts.h"
#include "warp/warp.h"

namespace closet {

/// How the frames of a run came by their poses. A frame counts by its best pose, so the five add up
/// to the number of frames.
struct PoseCounts {
    std::int64_t measured = 0, interpolated = 0, held = 0, predicted = 0;
    std::int64_t missing = 0;  ///< frames with nobody on them
};

void count_poses(PoseCounts& counts, const std::vector<Pose>& poses);

/// Runs `inner`, a stage that puts out posed frames, counts what it puts out and shows it to a tap
/// where that is not empty: on the same thread, since counting is no stage's work. All are the
/// caller's.
template <class Inner>
class Tallied {
  public:
    using Input = typename Inner::Input;
    using Output = PosedFrame;
    static constexpr std::string_view kName = Inner::kName;

    Tallied(Inner& inner, PoseCounts& counts, const std::function<void(const PosedFrame&)>& tap)
        : inner_(inner), counts_(counts), tap_(tap) {}

    void process(Input input, const Emit<PosedFrame>& emit) {
        inner_.process(std::move(input), counting(emit));
    }
    void flush(const Emit<PosedFrame>& emit) { inner_.flush(counting(emit)); }

  private:
    Emit<PosedFrame> counting(const Emit<PosedFrame>& emit) {
        return [this, &emit](PosedFrame frame) {
            count_poses(counts_, frame.poses);
            if (tap_) {
                tap_(frame);
            }
            return emit(std::move(frame));
        };
    }

    Inner& inner_;
    PoseCounts& counts_;
    const std::function<void(const PosedFrame&)>& tap_;
};

/// Looks into a run, for those who measure it. Each is called once a frame, in the order of frames,
/// on the thread of the stage where it looks, so what it does counts as that stage's work. One that
/// throws ends the run. Empty ones cost nothing.
struct FitTaps {
    std::function<void(const Frame&)> frame_in;      ///< as the source hands it out
    std::function<void(const PosedFrame&)> posed;    ///< with its final poses, before the warp
    std::function<void(const MattedFrame&)> matted;  ///< painted; not with FitOutputs::matte
    std::function<void(const Frame&)> frame_out;     ///< painted, as the sink gets it
};

/// The stage behind WarpWithMatte that shows the mattes to a tap and drops them.
class ShowMattes {
  public:
    using Input = MattedFrame;
    using Output = Frame;
    static constexpr std::string_view kName = "show matte";

    /// The tap is the caller's.
    explicit ShowMattes(const std::function<void(const MattedFrame&)>& tap) : tap_(tap) {}

    void process(MattedFrame input, const Emit<Frame>& emit) {
        tap_(input);
        emit(std::move(input.frame));
    }
    void flush(const Emit<Frame>&) {}

  private:
    const std::function<void(const MattedFrame&)>& tap_;
};

/// Any sink of frames, behind a tap that may be empty. It has no type of the sink's, so that there
/// are no more kinds of pipelines than there have to be. Sink and tap are the caller's.
class AnySink {
  public:
    using Input = Frame;
    static constexpr std::string_view kName = "sink";

    template <class Sink>
    AnySink(Sink& sink, const std::function<void(const Frame&)>& tap)
        : consume_([&sink](Frame frame) { sink.consume(std::move(frame)); }),
          finish_([&sink] { sink.finish(); }),
          tap_(tap),
          name_(Sink::kName) {}

    void consume(Frame frame) {
        if (tap_) {
            tap_(frame);
        }
        consume_(std::move(frame));
    }
    void finish() { finish_(); }
    std::string_view name() const { return name_; }  ///< of the sink, in metrics

  private:
    std::function<void(Frame)> consume_;
    std::function<void()> finish_;
    const std::function<void(const Frame&)>& tap_;
    std::string_view name_;
};

/// Likewise, any stage that saves the poses of frames that pass.
class AnyPoseWriter {
  public:
    using Input = PosedFrame;
    using Output = PosedFrame;
    static constexpr std::string_view kName = "save poses";

    template <class Writer>
    explicit AnyPoseWriter(Writer& writer)
        : process_([&writer](PosedFrame frame, const Emit<PosedFrame>& emit) {
              writer.process(std::move(frame), emit);
          }),
          flush_([&writer](const Emit<PosedFrame>& emit) { writer.flush(emit); }) {}

    void process(PosedFrame frame, const Emit<PosedFrame>& emit) {
        process_(std::move(frame), emit);
    }
    void flush(const Emit<PosedFrame>& emit) { flush_(emit); }

  private:
    std::function<void(PosedFrame, const Emit<PosedFrame>&)> process_;
    std::function<void(const Emit<PosedFrame>&)> flush_;
};

}  // namespace closet
