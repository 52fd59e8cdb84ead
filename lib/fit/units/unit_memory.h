#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "batch/batch.h"
#include "core/frame.h"
#include "core/pose.h"
#include "pipeline/concepts.h"
#include "warp/warp.h"

namespace closet {

/// What the stages of a run remember where units begin (Note [State of a run]). Each stage tells
/// when the frame comes to it, so a moment is complete once the frame has passed all of them. Safe
/// from several threads.
class UnitMemory {
  public:
    /// What `stage` remembers before it takes in that frame.
    void put(std::int64_t frame, std::string_view stage, std::string state);
    /// What all stages remember before that frame, as one text; forgets earlier moments.
    std::string take(std::int64_t frame);

    /// From now on `recall` gives what that text says. Throws MediaError where it is none.
    void load(const std::string& text);
    /// What a stage is to take up; null where it begins with nothing.
    const std::string* recall(std::string_view stage) const;

  private:
    using Moment = std::map<std::string, std::string, std::less<>>;  ///< by stage

    std::mutex mutex_;
    std::map<std::int64_t, Moment> moments_;  ///< by frame
    Moment recalled_;
};

/// Puts what `stage` remembers into the memory, and takes it up.
template <class Stage>
std::string state_of(const Stage& stage) {
    std::ostringstream text;
    stage.save_state(text);
    return std::move(text).str();
}
template <class Stage>
void recall(const UnitMemory& memory, std::string_view name, Stage& stage) {
    if (const std::string* state = memory.recall(name)) {
        std::istringstream text(*state);
        stage.load_state(text);
    }
}

inline const Frame& first_frame(const Frame& frame) {
    return frame;
}
inline const Frame& first_frame(const FrameBatch& batch) {
    return batch.frames.front();
}
inline const Frame& first_frame(const PosedBatch& batch) {
    return batch.frames.front();
}
inline const Frame& first_frame(const PosedFrame& posed) {
    return posed.frame;
}
inline const Frame& first_frame(const MattedFrame& matted) {
    return matted.frame;
}

/// Runs Batch, which tells what it remembered before a unit when it hands out the unit's first
/// batch. As Remembering otherwise.
class RememberingBatch {
  public:
    using Input = Batch::Input;
    using Output = Batch::Output;
    static constexpr std::string_view kName = Batch::kName;

    RememberingBatch(Batch& inner, UnitMemory* memory) : inner_(inner), memory_(memory) {
        if (memory_ != nullptr) {
            recall(*memory_, kName, inner_);
        }
    }

    void process(Frame frame, const Emit<FrameBatch>& emit) {
        inner_.process(std::move(frame), remembering(emit));
    }
    void flush(const Emit<FrameBatch>& emit) { inner_.flush(remembering(emit)); }

  private:
    Emit<FrameBatch> remembering(const Emit<FrameBatch>& emit) {
        return [this, &emit](FrameBatch batch) {
            if (memory_ != nullptr && first_frame(batch).unit_start) {
                memory_->put(first_frame(batch).index, kName, state_of(inner_));
            }
            return emit(std::move(batch));
        };
    }

    Batch& inner_;
    UnitMemory* memory_;
};

/// Runs the stage `inner`, and puts down what it remembers where a unit begins. `memory`: null
/// where the run has no units; else the stage takes up what it recalls. Placeholders that it hands
/// out came out of the stage in the run before: they are dropped. All are the caller's.
template <class Inner>
class Remembering {
  public:
    using Input = typename Inner::Input;
    using Output = typename Inner::Output;
    static constexpr std::string_view kName = Inner::kName;

    Remembering(Inner& inner, UnitMemory* memory) : inner_(inner), memory_(memory) {
        if (memory_ != nullptr) {
            recall(*memory_, kName, inner_);
        }
    }

    void process(Input input, const Emit<Output>& emit) {
        if (memory_ != nullptr && first_frame(input).unit_start) {
            memory_->put(first_frame(input).index, kName, state_of(inner_));
        }
        inner_.process(std::move(input), without_placeholders(emit));
    }
    void flush(const Emit<Output>& emit) { inner_.flush(without_placeholders(emit)); }

  private:
    static Emit<Output> without_placeholders(const Emit<Output>& emit) {
        return [&emit](Output output) {
            return is_placeholder(first_frame(output)) || emit(std::move(output));
        };
    }

    Inner& inner_;
    UnitMemory* memory_;
};

}  // namespace closet
