#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/checkpoint/checkpoint.h"

namespace closet {

/// The tensors of a checkpoint under the names that OpenMMLab's code gives them
/// ("backbone.stem.0.conv.weight"): without what a wrapper put before all names (DataParallel's
/// "module.", say), and without what no network reads. Refers to the checkpoint, which must outlive
/// it.
///
/// Left aside: the step counters of batch normalisation (`num_batches_tracked`), a second set of
/// weights (`ema_state_dict.*`, `teacher.*`) and the picture's mean and deviation
/// (`data_preprocessor.*`), which are known.
class StateDict {
  public:
    explicit StateDict(std::span<const TensorEntry> tensors);

    /// Null where there is none.
    const TensorEntry* find(std::string_view key) const;

    /// Sorted by key.
    const std::map<std::string, const TensorEntry*, std::less<>>& tensors() const {
        return tensors_;
    }
    const std::string& prefix() const { return prefix_; }  ///< stripped: "module.", mostly empty
    std::size_t left_aside() const { return left_aside_; }

    /// Keys outside of the prefix that are none of the above.
    const std::vector<std::string>& strangers() const { return strangers_; }

  private:
    std::string prefix_;
    std::map<std::string, const TensorEntry*, std::less<>> tensors_;
    std::size_t left_aside_ = 0;
    std::vector<std::string> strangers_;
};

}  // namespace closet
