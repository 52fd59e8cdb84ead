#include "bench/result/result.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace closet::bench {
namespace {

/// Collects what is not alike.
class Differences {
  public:
    explicit Differences(Likeness likeness) : all_(likeness == Likeness::kOneResult) {}

    template <class Value>
    void compare(std::string name, const Value& there, const Value& here) {
        if (there != here) {
            found_.push_back({std::move(name), fmt::format("{}", there), fmt::format("{}", here)});
        }
    }

    void compare_texts(std::string_view prefix, const std::map<std::string, std::string>& there,
                       const std::map<std::string, std::string>& here) {
        std::set<std::string> names;
        for (const auto* texts : {&there, &here}) {
            for (const auto& [name, value] : *texts) {
                names.insert(name);
            }
        }
        for (const std::string& name : names) {
            const auto value_in = [&](const auto& texts) {
                const auto at = texts.find(name);
                return at == texts.end() ? std::string() : at->second;
            };
            compare(fmt::format("{}{}", prefix, name), value_in(there), value_in(here));
        }
    }

    /// These count for samples of one result only.
    template <class Value>
    void compare_detail(std::string name, const Value& there, const Value& here) {
        if (all_) {
            compare(std::move(name), there, here);
        }
    }
    void compare_details(std::string_view prefix, const std::map<std::string, std::string>& there,
                         const std::map<std::string, std::string>& here) {
        if (all_) {
            compare_texts(prefix, there, here);
        }
    }

    std::vector<Difference> take() { return std::move(found_); }

  private:
    bool all_;
    std::vector<Difference> found_;
};

std::string hashes_of(const std::vector<ClipFacts>& clips) {
    std::vector<std::string> hashes;
    for (const ClipFacts& clip : clips) {
        hashes.push_back(clip.sha256);
    }
    return fmt::format("{}", fmt::join(hashes, "+"));
}

std::int64_t frames_of(const std::vector<ClipFacts>& clips) {
    std::int64_t frames = 0;
    for (const ClipFacts& clip : clips) {
        frames += clip.frames;
    }
    return frames;
}

}  // namespace

const char* to_text(StopReason reason) {
    switch (reason) {
        case StopReason::kNarrow:
            return "narrow";
        case StopReason::kTime:
            return "time";
        case StopReason::kBudget:
            return "budget";
        case StopReason::kInterrupted:
            return "interrupted";
        case StopReason::kFailed:
            break;
    }
    return "failed";
}

std::optional<std::string> setting_of(const Case& measured, std::string_view axis) {
    for (const auto& [name, value] : measured.settings) {
        if (name == axis) {
            return value;
        }
    }
    return std::nullopt;
}

const Work* work_of(const Case& measured) {
    const auto good = std::find_if(measured.samples.begin(), measured.samples.end(),
                                   [](const Sample& sample) { return sample.counts(); });
    return good == measured.samples.end() ? nullptr : &good->work;
}

std::vector<double> speeds_by_round(const Case& measured) {
    std::vector<double> speeds;
    for (const Sample& sample : measured.samples) {
        if (!sample.warm_up) {
            const bool is_good = sample.counts() && sample.wall_s > 0;
            speeds.push_back(is_good ? static_cast<double>(sample.work.frames_out) / sample.wall_s
                                     : NAN);
        }
    }
    return speeds;
}

std::vector<double> speeds_of(const Case& measured) {
    std::vector<double> speeds = speeds_by_round(measured);
    std::erase_if(speeds, [](double speed) { return std::isnan(speed); });
    return speeds;
}

bool is_finished(const Case& measured) {
    return measured.failure.empty() &&
           (measured.stopped == StopReason::kNarrow || measured.stopped == StopReason::kTime) &&
           std::any_of(measured.samples.begin(), measured.samples.end(),
                       [](const Sample& sample) { return sample.counts(); });
}

std::string find_fault(const Sample& sample, const Work* reference, std::int64_t frames) {
    const Work& work = sample.work;
    if (work.frames_in <= 0) {
        return "no frame was taken in";
    }
    if (work.frames_in != work.frames_out) {
        return fmt::format("{} frames were taken in and {} given out", work.frames_in,
                           work.frames_out);
    }
    if (work.key_frames <= 0 || work.key_frames > work.frames_in) {
        return fmt::format("{} key frames of {} frames were inferred", work.key_frames,
                           work.frames_in);
    }
    if (work.poses < 0 || work.poses > work.frames_out) {
        return fmt::format("{} of {} frames have poses", work.poses, work.frames_out);
    }
    if (frames > 0 && work.frames_in != frames) {
        return fmt::format("{} frames were taken in where other cases took in {}", work.frames_in,
                           frames);
    }
    if (!std::isfinite(sample.wall_s) || sample.wall_s <= 0) {
        return fmt::format("it claims to have taken {} s", sample.wall_s);
    }
    if (!sample.latency_ms.empty() &&
        sample.latency_ms.size() != static_cast<std::size_t>(work.frames_out)) {
        return fmt::format("latencies of {} frames were taken where {} were given out",
                           sample.latency_ms.size(), work.frames_out);
    }
    if (reference == nullptr || work == *reference) {
        return {};
    }
    if (work.key_frames != reference->key_frames) {
        return fmt::format("{} key frames were inferred where the case's first good pass had {}",
                           work.key_frames, reference->key_frames);
    }
    if (work.frames_in != reference->frames_in) {
        return fmt::format("{} frames were taken in where the case's first good pass took in {}",
                           work.frames_in, reference->frames_in);
    }
    if (work.poses != reference->poses) {
        return fmt::format("{} frames have poses where the case's first good pass had {}",
                           work.poses, reference->poses);
    }
    return "its poses differ from those of the case's first good pass";
}

std::vector<std::string> varying_axes(const Sweep& sweep) {
    std::vector<std::string> axes;
    for (const std::string& axis : sweep.axes) {
        std::set<std::string> values;
        for (const Case& measured : sweep.cases) {
            values.insert(setting_of(measured, axis).value_or(""));
        }
        if (values.size() > 1) {
            axes.push_back(axis);
        }
    }
    return axes;
}

const Case* find_case(const Sweep& sweep, std::string_view id) {
    const auto found = std::find_if(sweep.cases.begin(), sweep.cases.end(),
                                    [&](const Case& measured) { return measured.id == id; });
    return found == sweep.cases.end() ? nullptr : &*found;
}

std::vector<std::vector<double>> speeds_by_clip(const Case& measured, const Context& context) {
    std::vector<std::vector<double>> speeds(context.clips.size());
    for (const Sample& sample : measured.samples) {
        if (!sample.counts() || sample.clip_wall_s.size() != speeds.size()) {
            continue;
        }
        for (std::size_t i = 0; i < speeds.size(); ++i) {
            const auto frames = static_cast<double>(context.clips[i].frames);
            if (sample.clip_wall_s[i] > 0 && frames > 0) {
                speeds[i].push_back(frames / sample.clip_wall_s[i]);
            }
        }
    }
    return speeds;
}

std::vector<Difference> find_differences(const Context& there, const Context& here,
                                         Likeness likeness) {
    Differences differences(likeness);
    differences.compare(std::max(there.clips.size(), here.clips.size()) > 1 ? "clips" : "clip",
                        hashes_of(there.clips), hashes_of(here.clips));
    differences.compare("frames", frames_of(there.clips), frames_of(here.clips));
    differences.compare("garment", there.garment_sha256, here.garment_sha256);
    differences.compare("measured time", there.contains, here.contains);
    differences.compare_texts("--", there.settings, here.settings);
    differences.compare_detail("version", there.closet_version, here.closet_version);
    differences.compare_detail("revision", there.revision, here.revision);
    differences.compare("build type", there.build_type, here.build_type);
    differences.compare_detail("compiler", there.compiler, here.compiler);
    differences.compare_details("library ", there.libraries, here.libraries);
    differences.compare("processor", there.cpu, here.cpu);
    differences.compare_detail("instructions", there.cpu_path, here.cpu_path);
    differences.compare("cores", there.cores, here.cores);
    differences.compare_detail("memory", there.memory_bytes, here.memory_bytes);
    differences.compare("GPU", there.gpu, here.gpu);
    differences.compare_detail("system", there.system, here.system);
    return differences.take();
}

}  // namespace closet::bench
