#include "live/output_end.h"

#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {

OutputEnd::OutputEnd(const LiveOutputOptions& options, Tell tell)
    : options_(options), tell_(std::move(tell)), output_(open_live_output(options)) {}

void OutputEnd::put(const Frame& frame) {
    follow_wish();
    try {
        output_->write(frame);
    } catch (const Error&) {
        if (recorder_) {
            end_recording();  // what was recorded is worth keeping
        }
        throw;
    }
    if (recorder_) {
        record_frame(frame);
    }
}

void OutputEnd::finish() {
    if (recorder_) {
        end_recording();
    }
    output_->finish();
}

void OutputEnd::record(const std::string& path) {
    const std::lock_guard lock(mutex_);
    wish_ = path;
}

std::string OutputEnd::recording() const {
    const std::lock_guard lock(mutex_);
    return recording_;
}

void OutputEnd::follow_wish() {
    std::optional<std::string> wish;
    {
        const std::lock_guard lock(mutex_);
        wish = std::exchange(wish_, std::nullopt);
    }
    if (!wish) {
        return;
    }
    if (recorder_) {
        end_recording();
    }
    if (wish->empty()) {
        return;
    }
    try {
        LiveOutputOptions options = options_;
        options.target = *wish;
        options.format.clear();
        recorder_ = open_live_output(options);
    } catch (const Error& error) {
        tell_(error.what());
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        recording_ = *wish;
    }
    tell_(fmt::format("recording to {}", *wish));
}

void OutputEnd::record_frame(const Frame& frame) {
    try {
        recorder_->write(frame);
    } catch (const Error& error) {
        recorder_.reset();
        tell_(fmt::format("the recording ended: {}", error.what()));
        const std::lock_guard lock(mutex_);
        recording_.clear();
    }
}

void OutputEnd::end_recording() {
    std::string path;
    {
        const std::lock_guard lock(mutex_);
        path = std::exchange(recording_, {});
    }
    try {
        recorder_->finish();
        tell_(fmt::format("recorded {}", path));
    } catch (const Error& error) {
        tell_(error.what());
    }
    recorder_.reset();
}

}  // namespace closet
