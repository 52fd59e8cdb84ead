#include "fit/units/unit_run.h"

#include <fstream>

#include <fmt/format.h>

#include "core/error.h"
#include "core/sha256.h"

namespace closet {
namespace {

std::int64_t microseconds(std::int64_t time, AVRational time_base) {
    return av_rescale_q(time, time_base, AV_TIME_BASE_Q);
}

}  // namespace

UnitRun::UnitRun(const std::filesystem::path& output, double unit_s, const UnitSettings& settings,
                 UnitFolder::Claim claim, UnitTask task)
    : unit_s_(unit_s),
      task_(task),
      folder_(output, settings, claim,
              task.part == UnitTask::Part::kPoses ? unit_records::kPosed : unit_records::kDone) {
    if (task_.part == UnitTask::Part::kUnit) {
        posed_ = folder_.record_of(task_.unit, unit_records::kPosed);
        if (!posed_) {
            throw MediaError(fmt::format("cannot render unit {} of {}: its poses are not found yet",
                                         task_.unit, output.string()));
        }
        begin_at(task_.unit);
    } else if (!folder_.finished().empty()) {
        begin_at(folder_.is_whole() ? 0 : folder_.finished().size());
    }
}

UnitRun::~UnitRun() {
    const bool is_beside_others =
        task_.part == UnitTask::Part::kUnit || task_.part == UnitTask::Part::kJoin;
    if (folder_.finished().empty() && !is_beside_others) {
        folder_.remove();
    }
}

void UnitRun::begin_at(std::size_t unit) {
    const std::optional<UnitBegin> first = folder_.begin_of(0);
    const std::optional<UnitBegin> here = folder_.begin_of(unit);
    if (!first || !here) {
        throw MediaError(
            fmt::format("cannot go on with {}: it does not tell where unit {} begins; remove it to "
                        "begin anew",
                        folder_.path().string(), first ? unit : 0));
    }
    first_us_ = microseconds(first->pts, first->time_base);
    if (unit > 0) {
        begin_ = here;
        memory_.load(folder_.state_of(unit));
    }
}

UnitPlaces UnitRun::places(std::string_view kind) {
    const bool is_one = task_.part == UnitTask::Part::kUnit;
    const auto unit =
        std::make_shared<std::size_t>(is_one ? task_.unit : folder_.finished().size());
    const bool completes =
        kind == (task_.part == UnitTask::Part::kPoses ? unit_files::kPassed : unit_files::kVideo);
    return {.file_of =
                [this, kind, unit, completes, is_one](const Frame& first) {
                    if (completes && first.index == 0 && !is_one) {
                        first_us_ = microseconds(first.pts, first.time_base);
                        folder_.write_begin(0, unit_begin(first), {});
                    }
                    return folder_.file(*unit, kind);
                },
            .ended =
                [this, kind, unit, completes](UnitDone done, const Frame* next) {
                    {
                        const std::lock_guard lock(mutex_);
                        if (!done.sha256.empty()) {
                            sha256_[*unit][std::string(kind)] = done.sha256;
                        }
                    }
                    if (completes) {
                        end_unit(*unit, std::move(done), next);
                    }
                    ++*unit;
                },
            .first_us = first_us_,
            .like = kind == unit_files::kVideo ? like_ : nullptr,
            .working_ending = folder_.working_ending()};
}

void UnitRun::end_unit(std::size_t unit, const UnitDone& done, const Frame* next) {
    FinishedUnit finished{
        .frames = done.frames, .end_us = done.end_us, .is_last = next == nullptr, .sha256 = {}};
    {
        const std::lock_guard lock(mutex_);
        finished.sha256 = std::exchange(sha256_[unit], {});
    }
    if (posed_) {
        if (is_cut_short_ || posed_->frames != finished.frames) {
            return;
        }
        finished.is_last = posed_->is_last;
        finished.sha256.insert(posed_->sha256.begin(), posed_->sha256.end());
    }
    if (!tail_.empty() || is_cut_short_) {
        // What a stage looks ahead for never came: these frames are not those of the whole clip.
        tail_.push_back(std::move(finished));
        return;
    }
    if (next != nullptr) {
        folder_.write_begin(unit + 1, unit_begin(*next), memory_.take(next->index));
    }
    folder_.write_finished(unit, finished);
    if (task_.part == UnitTask::Part::kAll) {
        folder_.forget_state(unit);
    }
}

std::vector<UnitToJoin> UnitRun::to_join(std::string_view kind) const {
    std::vector<UnitToJoin> units;
    const auto add = [&](const FinishedUnit& unit) {
        const auto hash = unit.sha256.find(std::string(kind));
        if (hash != unit.sha256.end()) {
            units.push_back({folder_.file(units.size(), kind), hash->second});
        }
    };
    for (const FinishedUnit& unit : folder_.finished()) {
        add(unit);
    }
    for (const FinishedUnit& unit : tail_) {
        add(unit);
    }
    return units;
}

std::int64_t UnitRun::first_us() const {
    return first_us_.value_or(0);
}

std::int64_t UnitRun::end_us() const {
    return !tail_.empty() ? tail_.back().end_us : folder_.finished().back().end_us;
}

void PassedUnits::consume(const Frame& frame) {
    if (done_.frames == 0) {
        places_.file_of(frame);
    } else if (frame.unit_start) {
        places_.ended(std::exchange(done_, {}), &frame);
    }
    ++frames_;
    ++done_.frames;
    done_.end_us = microseconds(frame.pts + frame.duration, frame.time_base);
}

void PoseUnits::process(PosedFrame frame, const Emit<PosedFrame>& emit) {
    if (frame.frame.unit_start && writer_) {
        end_unit(&frame.frame);
    }
    if (!writer_) {
        writer_.emplace(places_.file_of(frame.frame), info_);
    }
    ++frames_;
    writer_->process(std::move(frame), emit);
}

void PoseUnits::end_unit(const Frame* next) {
    if (!writer_) {
        return;
    }
    writer_->flush({});
    NewFile& file = writer_->file();
    file.publish();
    places_.ended({.frames = frames_, .sha256 = sha256_of_file(file.path())}, next);
    frames_ = 0;
    writer_.reset();
}

void join_poses(NewFile& file, const std::vector<UnitToJoin>& units) {
    bool is_first = true;
    for (const UnitToJoin& unit : units) {
        std::ifstream lines(unit.file);
        Sha256 hash;
        bool is_header = true;
        for (std::string line; std::getline(lines, line); is_header = false) {
            line += '\n';
            hash.add(line.data(), line.size());
            if (!is_header || is_first) {
                file.write(line);
            }
        }
        if (hash.hex() != unit.sha256) {
            fail_as_changed(unit.file);
        }
        is_first = false;
    }
    file.complete();
}

}  // namespace closet
