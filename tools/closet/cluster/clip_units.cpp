#include "closet/cluster/clip_units.h"

#include <algorithm>
#include <filesystem>

#include "fit/units/unit_folder.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

UnitFolder folder_of(const PlanClip& clip) {
    return {clip.output, {}, UnitFolder::Claim::kLook};
}

}  // namespace

ClipUnits::ClipUnits(const PlanClip& clip) : clip_(clip) {
    const UnitFolder folder = folder_of(clip);
    std::error_code ignored;
    is_joined_ = fs::exists(clip.output, ignored) && !fs::exists(folder.path(), ignored);
    std::optional<double> first_s;
    for (std::size_t unit = 0; !is_posed_; ++unit) {
        const auto posed = folder.record_of(unit, unit_records::kPosed);
        const auto begin = folder.begin_of(unit);
        if (!posed || !begin) {
            return;
        }
        const double at_s = static_cast<double>(begin->pts) * av_q2d(begin->time_base);
        first_s = first_s.value_or(at_s);
        begins_s_.push_back(at_s - *first_s);
        is_posed_ = posed->is_last;
    }
}

std::optional<std::vector<std::size_t>> ClipUnits::units_of(std::size_t i) const {
    const PlanWindow& window = clip_.windows.at(i);
    const bool is_known =
        is_posed_ || (window.to_s && !begins_s_.empty() && begins_s_.back() >= *window.to_s);
    if (!is_known) {
        return std::nullopt;
    }
    std::vector<std::size_t> units;
    for (std::size_t unit = 0; unit < begins_s_.size(); ++unit) {
        if (begins_s_[unit] >= window.from_s && !(window.to_s && begins_s_[unit] >= *window.to_s)) {
            units.push_back(unit);
        }
    }
    return units;
}

bool ClipUnits::is_rendered(std::size_t unit) const {
    const UnitFolder folder = folder_of(clip_);
    const auto done = folder.record_of(unit, unit_records::kDone);
    return done && std::all_of(done->sha256.begin(), done->sha256.end(), [&](const auto& file) {
               std::error_code ignored;
               return fs::exists(folder.file(unit, file.first), ignored);
           });
}

bool ClipUnits::is_done(std::size_t work) const {
    if (is_joined_) {
        return true;
    }
    if (work == clip_.first) {
        return is_posed_;
    }
    const auto units = units_of(work - clip_.first - 1);
    return units && std::all_of(units->begin(), units->end(),
                                [this](std::size_t unit) { return is_rendered(unit); });
}

std::vector<std::size_t> ClipUnits::missing() const {
    std::vector<std::size_t> works;
    for (std::size_t work = clip_.first; work <= clip_.last(); ++work) {
        if (!is_done(work)) {
            works.push_back(work);
        }
    }
    return works;
}

}  // namespace closet
