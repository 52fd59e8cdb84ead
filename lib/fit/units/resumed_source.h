#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "decode/decode.h"
#include "fit/memory_clip.h"
#include "fit/units/unit_folder.h"

namespace closet {

/// A clip from the beginning of a unit on: frames have the numbers, times and marks that they have
/// in the whole clip, and `info` describes that one.
class ResumedSource final : public FrameSource {
  public:
    /// Throws as Decode does, and MediaError where the clip has no such frame.
    ResumedSource(const std::string& path, const DecodeOptions& options, const UnitBegin& begin);

    std::string_view name() const override { return Decode::kName; }
    const std::string& path() const override { return path_; }
    std::shared_ptr<const MediaInfo> info() const override { return info_; }
    std::int64_t passed() const override { return passed_; }
    std::optional<Frame> next() override;

  private:
    bool find(const UnitBegin& begin, bool by_number);

    std::string path_;
    std::shared_ptr<const MediaInfo> info_;
    std::optional<Decode> decode_;
    std::optional<Frame> first_;
    std::int64_t passed_;
    std::int64_t next_index_;
};

}  // namespace closet
