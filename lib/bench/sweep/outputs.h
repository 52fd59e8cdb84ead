#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/sweep/runner.h"
#include "core/files.h"
#include "core/new_file.h"

namespace closet::bench {

/// The text of a file that is made anew from the whole sweep each time: JSON, a table, a page.
using TextOf = std::function<std::string(const Sweep&)>;

/// A file that always holds all of the sweep so far: made anew (Note [New files]) after each round
/// and each finished case (at most once in `pause_s`) and at the end. A killed sweep leaves a whole
/// file. Throws Error where the file cannot be written or another run writes it; checked at once in
/// the constructor.
class RewrittenFile : public SweepSink {
  public:
    RewrittenFile(std::filesystem::path path, TextOf text_of, const Clock& clock,
                  double pause_s = 1.0);

    void started(const Sweep& sweep) override;
    void sample_taken(const Sweep& sweep, const Case& measured) override;
    void case_done(const Sweep& sweep, const Case& measured) override;
    void round_done(const Sweep& sweep) override;
    void finished(const Sweep& sweep) override;

  private:
    void write_early(const Sweep& sweep);

    NewFile claim_;  ///< empty where the file can be replaced; it keeps other runs away
    TextOf text_of_;
    const Clock& clock_;
    double pause_s_;
    std::optional<double> written_at_s_;
};

/// JSON Lines: the context first, then a line for each sample as it is taken and one for each case
/// when it is done; see json_lines.h and LineFile. An existing file is replaced when the sweep
/// starts.
class JsonLinesFile : public SweepSink {
  public:
    /// Throws Error where the file cannot be written.
    explicit JsonLinesFile(std::filesystem::path path) : file_(std::move(path)) {}

    void started(const Sweep& sweep) override;
    void sample_taken(const Sweep& sweep, const Case& measured) override;
    void case_done(const Sweep& sweep, const Case& measured) override;
    void round_done(const Sweep& sweep) override;
    void finished(const Sweep& sweep) override;

  private:
    LineFile file_;
};

/// Several sinks of which one may fail while the others and the sweep go on. Each failing sink is
/// told of once as a warning in the log, and tried again at the next event.
class Outputs : public SweepSink {
  public:
    /// Sinks are told in the order in which they were added.
    void add(std::unique_ptr<SweepSink> sink);

    void started(const Sweep& sweep) override;
    void sample_taken(const Sweep& sweep, const Case& measured) override;
    void case_done(const Sweep& sweep, const Case& measured) override;
    void round_done(const Sweep& sweep) override;
    void finished(const Sweep& sweep) override;

    /// Sentences of the sinks whose last event failed: what they hold is not complete.
    std::vector<std::string> failures() const;

  private:
    struct Entry {
        std::unique_ptr<SweepSink> sink;
        std::string failure;  ///< of its last event; empty after a good one
        bool told = false;
    };
    void for_each(const std::function<void(SweepSink&)>& event);

    std::vector<Entry> entries_;
};

}  // namespace closet::bench
