#pragma once

#include <string>
#include <vector>

#include "core/log.h"

namespace closet::test {

/// Collects messages while it lives, then puts silence back.
class LogCapture {
  public:
    LogCapture() {
        log::set_sink([this](log::Level level, std::string_view text) {
            if (level != log::Level::kDebug) {
                messages_.emplace_back(text);
            }
        });
    }
    ~LogCapture() { log::set_sink({}); }
    LogCapture(const LogCapture&) = delete;
    LogCapture& operator=(const LogCapture&) = delete;

    const std::vector<std::string>& messages() const { return messages_; }
    /// How many messages contain the text.
    int count(std::string_view text) const {
        int found = 0;
        for (const std::string& message : messages_) {
            found += message.find(text) != std::string::npos ? 1 : 0;
        }
        return found;
    }

  private:
    std::vector<std::string> messages_;
};

}  // namespace closet::test
