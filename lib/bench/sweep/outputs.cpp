#include "bench/sweep/outputs.h"

#include <exception>
#include <utility>

#include "bench/result/result_file.h"
#include "core/error.h"
#include "core/log.h"

namespace closet::bench {

RewrittenFile::RewrittenFile(std::filesystem::path path, TextOf text_of, const Clock& clock,
                             double pause_s)
    : claim_(std::move(path)), text_of_(std::move(text_of)), clock_(clock), pause_s_(pause_s) {}

void RewrittenFile::started(const Sweep& sweep) {
    write_early(sweep);
}
void RewrittenFile::sample_taken(const Sweep& /*sweep*/, const Case& /*measured*/) {}
void RewrittenFile::case_done(const Sweep& sweep, const Case& /*measured*/) {
    write_early(sweep);
}
void RewrittenFile::round_done(const Sweep& sweep) {
    write_early(sweep);
}
void RewrittenFile::finished(const Sweep& sweep) {
    claim_.write(text_of_(sweep));
    claim_.publish();
}

void RewrittenFile::write_early(const Sweep& sweep) {
    // A pipe cannot take back what it got: it is written to once, at the end.
    const double now_s = clock_.now_s();
    if (claim_.is_direct() || (written_at_s_ && now_s - *written_at_s_ < pause_s_)) {
        return;
    }
    written_at_s_ = now_s;
    replace_file(claim_.path(), text_of_(sweep), {.ending = ".new"});
}

void JsonLinesFile::started(const Sweep& sweep) {
    std::string lines = context_line(sweep);
    for (const Case& measured : sweep.cases) {
        lines += is_finished(measured) ? case_line(measured) : "";
    }
    file_.append(lines);
}

void JsonLinesFile::sample_taken(const Sweep& /*sweep*/, const Case& measured) {
    file_.append(sample_line(measured));
}

void JsonLinesFile::case_done(const Sweep& /*sweep*/, const Case& measured) {
    file_.append(case_line(measured));
}

void JsonLinesFile::round_done(const Sweep& /*sweep*/) {}

void JsonLinesFile::finished(const Sweep& /*sweep*/) {
    file_.append("");
}

void Outputs::add(std::unique_ptr<SweepSink> sink) {
    entries_.push_back({std::move(sink), {}});
}

void Outputs::started(const Sweep& sweep) {
    for_each([&](SweepSink& sink) { sink.started(sweep); });
}

void Outputs::sample_taken(const Sweep& sweep, const Case& measured) {
    for_each([&](SweepSink& sink) { sink.sample_taken(sweep, measured); });
}

void Outputs::case_done(const Sweep& sweep, const Case& measured) {
    for_each([&](SweepSink& sink) { sink.case_done(sweep, measured); });
}

void Outputs::round_done(const Sweep& sweep) {
    for_each([&](SweepSink& sink) { sink.round_done(sweep); });
}

void Outputs::finished(const Sweep& sweep) {
    for_each([&](SweepSink& sink) { sink.finished(sweep); });
}

void Outputs::for_each(const std::function<void(SweepSink&)>& event) {
    for (Entry& entry : entries_) {
        try {
            event(*entry.sink);
            entry.failure.clear();
        } catch (const std::exception& error) {
            entry.failure = sentence_of(error);
            if (!entry.told) {
                entry.told = true;
                log::warning("{}; the sweep goes on and tries again later", entry.failure);
            }
        }
    }
}

std::vector<std::string> Outputs::failures() const {
    std::vector<std::string> sentences;
    for (const Entry& entry : entries_) {
        if (!entry.failure.empty()) {
            sentences.push_back(entry.failure);
        }
    }
    return sentences;
}

}  // namespace closet::bench
