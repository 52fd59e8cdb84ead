#include "fit/fit_writers.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/new_file.h"
#include "decode/demux.h"
#include "encode/join_units.h"
#include "fit/matte_writer.h"

namespace closet {
namespace {

/// All files of a rendering get their names, or all keep their working ones.
void end_files(std::span<NewFile* const> files, bool interrupted) {
    if (!interrupted) {
        NewFile::publish_all(files);
        return;
    }
    for (NewFile* file : files) {
        file->keep();
    }
}

}  // namespace

FitWriters::FitWriters(const FitOptions& options, const FitOutputs& outputs,
                       std::shared_ptr<const MediaInfo> media, const PoseFileInfo& poses,
                       UnitRun* units, const std::function<void(const Frame&)>& tap)
    : options_(options), outputs_(outputs), media_(std::move(media)), units_(units), tap_(tap) {
    units_ != nullptr ? open_units(poses) : open_pieces(poses);
}

void FitWriters::open_pieces(const PoseFileInfo& poses) {
    if (options_.save_poses) {
        poses_.emplace(pose_file_.emplace(*options_.save_poses, poses));
        files_.push_back(&pose_file_->file());
    }
    if (outputs_.matte) {
        matte_.emplace(matte_file_.emplace(*outputs_.matte, matte_info(*media_),
                                           matte_options(*outputs_.matte, options_.encode.threads)),
                       no_tap_);
        files_.push_back(&matte_file_->file());
    }
    if (options_.discard) {
        set_sink(discard_.emplace());
    } else {
        set_sink(video_file_.emplace(outputs_.video, media_, options_.encode));
        files_.push_back(&video_file_->file());
    }
    check_still_new();
}

void FitWriters::open_units(const PoseFileInfo& poses) {
    const bool only_poses = units_->part() == UnitTask::Part::kPoses;
    const bool is_alone = units_->part() == UnitTask::Part::kAll;
    if (only_poses || (options_.save_poses && is_alone)) {
        poses_.emplace(pose_units_.emplace(poses, units_->places(unit_files::kPoses)));
    }
    if (outputs_.matte && !only_poses) {
        matte_.emplace(matte_units_.emplace(*outputs_.matte, matte_info(*media_),
                                            matte_options(*outputs_.matte, options_.encode.threads),
                                            units_->places(unit_files::kMatte)),
                       no_tap_);
    }
    if (only_poses) {
        set_sink(passed_.emplace(units_->places(unit_files::kPassed)));
    } else {
        set_sink(video_units_.emplace(outputs_.video, media_, options_.encode,
                                      units_->places(unit_files::kVideo)));
    }
}

/// Throws where a file came into being since the user was asked; its working name is locked now.
void FitWriters::check_still_new() const {
    std::error_code ignored;
    for (const NewFile* file : files_) {
        const bool asked = file->path() == outputs_.video || file->path() == outputs_.matte;
        if (asked && !outputs_.overwrite && !file->is_direct() &&
            std::filesystem::exists(file->path(), ignored)) {
            throw ConfigError(
                fmt::format("cannot write {}: the file exists; give -y to overwrite it",
                            file->path().string()));
        }
    }
}

void FitWriters::end(FitReport& report) {
    if (units_ != nullptr) {
        const UnitTask::Part part = units_->part();
        if (part == UnitTask::Part::kAll && !report.lacks_face()) {
            join_units_of(options_, outputs_, media_, *units_, report);
        } else if (part == UnitTask::Part::kPoses && report.lacks_face()) {
            units_->remove();  // nobody renders from them
        }
        return;
    }
    if (report.lacks_face()) {
        return;
    }
    end_files(files_, report.interrupted);
    report.poses_file = pose_file_ ? pose_file_->file().where() : std::filesystem::path();
    report.matte = matte_file_ ? matte_file_->file().where() : std::filesystem::path();
    report.written = video_file_ ? video_file_->file().where() : std::filesystem::path();
}

void join_units_of(const FitOptions& options, const FitOutputs& outputs,
                   const std::shared_ptr<const MediaInfo>& media, UnitRun& units,
                   FitReport& report) {
    std::vector<NewFile*> files;
    std::optional<NewFile> poses;
    if (options.save_poses) {
        files.push_back(&poses.emplace(*options.save_poses));
        join_poses(*poses, units.to_join(unit_files::kPoses));
    }
    std::optional<Mux> matte;
    if (outputs.matte) {
        const std::shared_ptr<const MediaInfo> info = matte_info(*media);
        files.push_back(matte.emplace(*outputs.matte, info).file());
        join_units(*matte, *info, matte_options(*outputs.matte, options.encode.threads),
                   units.first_us(), units.to_join(unit_files::kMatte), {});
    }
    Mux video(outputs.video, media);
    files.push_back(video.file());
    Demux packets(media->path, {options.decode.start_s, options.decode.end_s});
    ClipPackets others{.next = [&] { return packets.read(); }};
    if (report.interrupted || options.max_frames) {
        others.until_us = units.end_us();
    }
    join_units(video, *media, options.encode, units.first_us(), units.to_join(unit_files::kVideo),
               others);
    end_files(files, report.interrupted);
    report.written = video.file()->where();
    report.matte = matte ? matte->file()->where() : std::filesystem::path();
    report.poses_file = poses ? poses->where() : std::filesystem::path();
    if (report.interrupted) {
        report.units_kept = units.folder().finished().size();
    } else {
        units.remove();
    }
}

}  // namespace closet
