#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <ostream>
#include <string_view>
#include <vector>

#include "batch/key_frames.h"
#include "batch/scene_cut.h"
#include "batch/view.h"
#include "core/frame.h"
#include "core/frame_packer.h"
#include "core/option.h"
#include "core/pose.h"
#include "core/unit_clock.h"
#include "pipeline/concepts.h"
#include "pipeline/part_clock.h"

namespace closet::flags {
inline constexpr const char* kBatch = "--batch";
inline constexpr const char* kKeyFrames = "--key-frames";
inline constexpr const char* kInterval = "--interval";
}  // namespace closet::flags

namespace closet {

struct BatchOptions {
    /// Key frames that go through the network together, 1..256. 2: on two cores fastest and nearest
    /// to batch 1 (results/fit.md); a GPU wants more.
    int size = 2;

    /// Key frames where the motion needs them, at most one each `interval_s` (Note [Needed
    /// readings]); false, with `every` and where `interval_s` is 0: all of them.
    bool adaptive = false;

    /// Seconds of presentation time between key frames; 0: every frame is one. 0.1 s: at usual
    /// frame rates every third to sixth frame.
    double interval_s = 0.1;

    std::optional<int> every{};  ///< frames from key frame to key frame, in place of `interval_s`
    double scale = 0.5;          ///< view pixels per frame pixel along each side, 0.05..1

    /// Seconds after which a unit of the rendering may end, see Batch; 0: the clip is one unit.
    double unit_s = 0;
};
std::vector<Option> options_of(BatchOptions& options);

/// Chooses key frames, makes their views and collects frames into batches.
///
/// Key frames are the first frame, the first and the last of each scene, the last of the stream,
/// and one every interval between them, so that every other frame lies between two of its scene.
/// Where they are adaptive, those at kWideS and the last of each scene are marked
/// KeyNeed::kUnlessStill and those in between KeyNeed::kIfNeeded, and every batch ends with one of
/// the former: they are chosen among, and `size` counts all.
/// Every batch ends with a key frame; it is emitted when it holds `size` of them, and where a scene
/// ends. Neither a long interval nor large pictures let a batch grow without bound: where it would
/// exceed kMaxFrames or kMaxBytes, the frame in hand becomes a key frame and the batch is emitted.
///
/// Where memory is scarce frames leave packed (Note [Packed frames]).
///
/// The first frame of a batch may begin a unit of the rendering, see UnitClock.
class Batch {
  public:
    using Input = Frame;
    using Output = FrameBatch;
    static constexpr std::string_view kName = "batch";

    static constexpr double kWideS = 0.2;  ///< adaptive key frames are first read so far apart
    static constexpr std::size_t kMaxFrames = 120;
    static constexpr std::size_t kMaxBytes = 512U << 20U;  ///< of pixels in one batch

    /// Throws ConfigError.
    explicit Batch(const BatchOptions& options = {});

    void process(Frame frame, const Emit<FrameBatch>& emit);
    void flush(const Emit<FrameBatch>& emit);

    /// What was remembered just before the last frame that begins a unit: to be called while the
    /// batch that begins with it is emitted. See Note [State of a run].
    void save_state(std::ostream& to) const;
    /// Before the first frame, which is the one that begins the unit. Same options. Throws what
    /// cereal throws for a state that is cut short.
    void load_state(std::istream& from);

  private:
    /// What is remembered from batch to batch.
    struct Memory {
        KeyFrameClock clock, wide;
        SceneCutDetector cuts;
        UnitClock units;

        template <class Archive>
        void serialize(Archive& archive) {
            archive(clock, wide, cuts, units);
        }
    };

    bool ends_with_read_key() const;
    void end_with_key();
    void add_key(KeyNeed need);
    void pack_last();
    void send(const Emit<FrameBatch>& emit);

    std::size_t size_;
    bool adaptive_;
    Memory now_, at_unit_;  ///< the latter: before the frame that began the last unit
    ViewMaker views_;
    FramePacker packer_;
    FrameBatch pending_;
    std::size_t pending_bytes_ = 0;
    PartWait filling_{Part::kBatchWait};
};

}  // namespace closet
