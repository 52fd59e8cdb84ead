#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "interpolate/pose_file.h"

namespace closet {

ReplayPoses::ReplayPoses(PoseReader reader, std::string clip, const std::string& clip_sha256,
                         const PersonRule& person)
    : reader_(std::move(reader)), clip_(std::move(clip)) {
    const std::string& made_from = reader_.info().clip_sha256;
    if (!made_from.empty() && !clip_sha256.empty() && made_from != clip_sha256) {
        throw Error(
            fmt::format("the poses in {} were made from another clip than {} (sha256 {} "
                        "against {}); run without --poses to measure them again",
                        reader_.path().string(), clip_, made_from, clip_sha256));
    }
    const auto& settings = reader_.info().settings;
    const auto chosen_by = settings.find(kPersonSetting);
    if (person.kind != PersonRule::Kind::kAll &&
        (chosen_by == settings.end() || chosen_by->second != to_string(person))) {
        pick_.emplace(person);
    }
}

void ReplayPoses::process(Frame frame, const Emit<PosedFrame>& emit) {
    const PoseFileInfo& info = reader_.info();
    const std::string file = reader_.path().string();
    if (frame.width() != info.width || frame.height() != info.height) {
        throw Error(fmt::format("the poses in {} are for frames of {}x{}, but {} has {}x{}", file,
                                info.width, info.height, clip_, frame.width(), frame.height()));
    }
    auto poses = reader_.next();
    if (!poses) {
        throw Error(
            fmt::format("the poses in {} end before frame {} of {}; run without --poses to "
                        "measure them again",
                        file, frame.index, clip_));
    }
    if (poses->index != frame.index || poses->pts != frame.pts ||
        av_cmp_q(info.time_base, frame.time_base) != 0) {
        throw Error(fmt::format(
            "the poses in {} do not fit {}: the file has frame {} at {} x {}/{} s where the clip "
            "has frame {} at {} x {}/{} s; use the clip, --start and --end that they were made "
            "with",
            file, clip_, poses->index, poses->pts, info.time_base.num, info.time_base.den,
            frame.index, frame.pts, frame.time_base.num, frame.time_base.den));
    }
    frame.scene_start = frame.scene_start || poses->scene_start;
    if (pick_) {
        pick_->keep_chosen(frame, poses->poses);
    }
    emit({std::move(frame), std::move(poses->poses)});
}

void ReplayPoses::flush(const Emit<PosedFrame>&) {}

}  // namespace closet
