#pragma once

#include <cstdint>

#include "encode/stream/live_output.h"

namespace closet {

/// The output "none": counts frames and drops them.
class DiscardOutput : public LiveOutput {
  public:
    void write(const Frame&) override { ++frames_; }
    void finish() override {}
    std::string describe() const override { return "none"; }
    std::int64_t frames() const { return frames_; }

  private:
    std::int64_t frames_ = 0;
};

}  // namespace closet
