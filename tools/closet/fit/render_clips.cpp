#include "closet/fit/render_clips.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "closet/console.h"
#include "closet/fit/fit_summary.h"
#include "closet/fit/unit_settings.h"
#include "closet/interrupt.h"
#include "closet/progress.h"
#include "core/error.h"
#include "core/log.h"

namespace closet {
namespace {

unsigned all_cores() {
    return std::max(1U, std::thread::hardware_concurrency());
}

/// The garments of looks, loaded by one thread at a time and kept while somebody wears them.
class Outfits {
  public:
    /// Loads those of the command line, which stay.
    explicit Outfits(const FitCommandOptions& options) : first_(worn_by(options)) {}

    std::shared_ptr<const Ensemble> worn_by(const FitCommandOptions& options) {
        const std::lock_guard lock(mutex_);
        std::weak_ptr<const Ensemble>& kept = outfits_[options.garments.garments];
        std::shared_ptr<const Ensemble> outfit = kept.lock();
        if (outfit == nullptr) {
            GarmentOptions garments = options.garments;
            choose_garments(garments, options.fit.infer);
            outfit = std::make_shared<const Ensemble>(load_outfit(
                outfit_of(garments), garments.cutter, options.fit.infer, garments.cached));
            kept = outfit;
        }
        return outfit;
    }

  private:
    std::mutex mutex_;
    std::map<std::vector<std::string>, std::weak_ptr<const Ensemble>> outfits_;
    std::shared_ptr<const Ensemble> first_;
};

/// No clip can be rendered with these settings.
struct SettingsFailed {
    std::exception_ptr cause;
};

/// Renders clips one after the other. What does not change from one to the next stays loaded;
/// weights of networks are shared with other renderers.
class ClipRenderer {
  public:
    ClipRenderer(const FitCommandOptions& options, Outfits& outfits, unsigned cores)
        : options_(options), outfits_(outfits), cores_(cores) {}

    FitReport render(const Job& job, const FitTick& tick) {
        dress_as(job.look);
        FitOutputs outputs{job.output, {}, options_.overwrite};
        if (!job.matte.empty()) {
            outputs.matte = job.matte;
        }
        return fit_->render(job.input, outputs, tick);
    }

  private:
    void dress_as(const Look& look) {
        if (fit_ && look.garments == look_.garments && look.person == look_.person) {
            return;
        }
        fit_.reset();
        FitCommandOptions own = settings_of(options_, look);
        own.fit.cores = cores_;
        own.fit.unit_settings = [own] {
            UnitSettings settings = own.fit.unit_settings();
            add_files(settings, own);
            return settings;
        };
        outfit_ = outfits_.worn_by(own);
        try {
            const InferOptions infer = Fit::infer_options(own.fit, *outfit_);
            if (!own.fit.poses && (!networks_ || !networks_->serve(infer, own.fit.serial))) {
                networks_ = std::make_shared<const FitNetworks>(infer, own.fit.serial, cores_);
            }
            fit_.emplace(own.fit, *outfit_, networks_);
        } catch (const std::exception&) {
            if (look.person) {  // it may be the face that only this clip asks for
                throw;
            }
            throw SettingsFailed{std::current_exception()};
        }
        look_ = look;
    }

    const FitCommandOptions& options_;
    Outfits& outfits_;
    unsigned cores_;
    std::shared_ptr<const FitNetworks> networks_;
    std::shared_ptr<const Ensemble> outfit_;
    Look look_;  ///< that `fit_` is for
    std::optional<Fit> fit_;
};

/// Hands out clips to threads until there are none, or the run ends early.
class Run {
  public:
    Run(const FitCommandOptions& options, const std::vector<Job>& jobs,
        std::vector<ClipOutcome>& outcomes, const std::function<void(std::size_t)>& told)
        : jobs_(jobs), outcomes_(outcomes), told_(told), outfits_(options) {
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            if (outcomes[i].state == ClipOutcome::State::kNotBegun) {
                waiting_.push_back(i);
            }
        }
        progress_.emplace(waiting_.size());
    }

    void work(const FitCommandOptions& options, unsigned cores) {
        ClipRenderer renderer(options, outfits_, cores);
        for (std::size_t next = next_++; next < waiting_.size() && goes_on(); next = next_++) {
            render(renderer, waiting_[next]);
        }
    }

    void rethrow() const {
        if (failed_) {
            std::rethrow_exception(failed_);
        }
    }

  private:
    bool goes_on() const { return !interrupt::requested() && !is_over_; }

    void render(ClipRenderer& renderer, std::size_t index) {
        const Job& job = jobs_[index];
        ClipOutcome& outcome = outcomes_[index];
        const std::string name = std::filesystem::path(job.input).filename().string();
        try {
            outcome.report = renderer.render(job, [&](std::int64_t done, std::int64_t expected) {
                progress_->update(index, name, done, expected);
                return goes_on();
            });
            judge(outcome, job);
        } catch (const SettingsFailed& failure) {
            const std::lock_guard lock(mutex_);
            failed_ = failed_ ? failed_ : failure.cause;
            is_over_ = true;
            return;
        } catch (const std::exception& error) {
            if (jobs_.size() == 1) {
                const std::lock_guard lock(mutex_);
                failed_ = std::current_exception();
                return;
            }
            outcome.state = ClipOutcome::State::kFailed;
            outcome.failure = sentence_of(error);
            if (const std::string details = details_of(error); !details.empty()) {
                log::debug("{}", details);
            }
        }
        progress_->end(index);
        outcome.lost = console::losses_about({job.input, job.output.string(), job.matte.string()});
        const std::lock_guard lock(mutex_);
        told_(index);
    }

    static void judge(ClipOutcome& outcome, const Job& job) {
        const FitReport& report = *outcome.report;
        outcome.state =
            report.interrupted ? ClipOutcome::State::kInterrupted : ClipOutcome::State::kDone;
        if (report.lacks_face()) {
            outcome.state = ClipOutcome::State::kFailed;
            outcome.failure =
                fmt::format("{}: no face in it is like that of {}, so nothing was written: {}",
                            job.input, report.face->photo, to_text(*report.face));
        }
    }

    const std::vector<Job>& jobs_;
    std::vector<ClipOutcome>& outcomes_;
    const std::function<void(std::size_t)>& told_;
    Outfits outfits_;
    std::vector<std::size_t> waiting_;
    std::optional<ClipsProgress> progress_;
    std::atomic<std::size_t> next_{0};
    std::atomic<bool> is_over_{false};
    std::mutex mutex_;  ///< guards `failed_` and calls of `told_`
    std::exception_ptr failed_;
};

}  // namespace

const char* to_string(ClipOutcome::State state) {
    switch (state) {
        case ClipOutcome::State::kDone:
            return "done";
        case ClipOutcome::State::kInterrupted:
            return "interrupted";
        case ClipOutcome::State::kSkipped:
            return "skipped";
        case ClipOutcome::State::kFailed:
            return "failed";
        case ClipOutcome::State::kNotBegun:
            break;
    }
    return "not begun";
}

// Measured on two cores: two clips of 720x720 take 0.72 of the time of one after the other, three
// no less; 1080p at 60 frames a second takes 1 GB (results/fit.md).
std::size_t clips_at_a_time(std::size_t asked, std::size_t clips) {
    if (asked == 0) {
        constexpr double kBytesEach = 2e9;
        const double memory = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                              static_cast<double>(::sysconf(_SC_PAGESIZE));
        asked =
            std::clamp<std::size_t>(static_cast<std::size_t>(memory / kBytesEach), 1, all_cores());
    }
    return std::min(asked, clips);
}

FitCommandOptions settings_of(const FitCommandOptions& options, const Look& look) {
    FitCommandOptions own = options;
    if (!look.garments.empty()) {
        own.garments.garments = look.garments;
        own.garments.kinds.clear();  // are those of -g
    }
    if (look.person) {
        own.people.person = look.person;
    }
    resolve_fit_options(own);
    return own;
}

void render_clips(const FitCommandOptions& options, const std::vector<Job>& jobs,
                  std::vector<ClipOutcome>& outcomes, std::size_t slots,
                  const std::function<void(std::size_t)>& told) {
    Run run(options, jobs, outcomes, told);
    const unsigned cores = slots > 1 ? std::max(1U, all_cores() / static_cast<unsigned>(slots))
                                     : 0;  // as codecs choose
    {
        std::vector<std::jthread> others;
        for (std::size_t i = 1; i < slots; ++i) {
            others.emplace_back([&] { run.work(options, cores); });
        }
        run.work(options, cores);
    }
    run.rethrow();
}

}  // namespace closet
