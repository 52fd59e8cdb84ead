#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/probe/case_player.h"
#include "bench/quality/clip_record.h"
#include "bench/result.h"

namespace closet {

/// Measures the quality of cases on an untimed pass over the same clip with the same settings,
/// against batch 1, scale 1, every frame, fp32. That the pass did the work of the timed ones is
/// checked by its poses.
class QualityJudge {
  public:
    /// Plays the reference. `labels`: a file; empty: none. Throws what the player throws, and
    /// ConfigError for labels.
    QualityJudge(std::shared_ptr<bench::CasePlayer> player, const bench::Context& context,
                 const std::string& labels, double level);

    /// Fills `measured.quality`. Throws Error where the case cannot be played or did not do the
    /// work of its samples.
    void judge(bench::Case& measured) const;

  private:
    bench::ClipRecord record(const std::vector<bench::Setting>& settings,
                             std::string* digest = nullptr) const;

    std::shared_ptr<bench::CasePlayer> player_;
    std::vector<std::int64_t> pictures_;
    std::optional<bench::ClipLabels> labels_;
    bench::QualityOptions options_;
    std::optional<bench::ClipRecord> reference_;
};

}  // namespace closet
