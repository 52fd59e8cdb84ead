#pragma once

#include <string>
#include <vector>

#include "bench/result.h"

namespace closet::bench {

/// What plots call cases: their ids while all are short, else only the values, "4 · 0.5 · 0.04".
class ShortNames {
  public:
    explicit ShortNames(const Sweep& sweep);

    std::string of(const Case& measured) const;

    /// What a caption says of them, with a space in front; empty for ids.
    std::string legend() const;

  private:
    std::vector<std::string> axes_;
    bool use_ids_ = true;
};

}  // namespace closet::bench
