#pragma once

#include <string>
#include <vector>

#include "support/child.h"

namespace closet::test {

/// False, with a SKIPPED line, where what HiddenDisplay needs is not installed.
bool can_show_windows();

/// A display that nobody sees, 1600x1200, at a number that is free.
class HiddenDisplay {
  public:
    HiddenDisplay();

    /// For DISPLAY.
    const std::string& name() const { return name_; }

    /// What xdotool prints when run on this display.
    std::string xdotool(const std::vector<std::string>& arguments) const;

    /// The window of that title, waited for, with the keyboard in it; 0 when none came.
    unsigned focus_window(const std::string& title) const;

  private:
    Child server_;
    std::string name_;
};

}  // namespace closet::test
