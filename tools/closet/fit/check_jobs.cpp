#include "closet/fit/check_jobs.h"

#include <fmt/format.h>

#include "core/error.h"
#include "core/files.h"
#include "warp/garment/anchors_file.h"

namespace closet {

void check_files(const FitCommandOptions& options, const OutfitChoice& outfit,
                 const std::vector<Job>& jobs) {
    std::vector<NamedFile> reads = files_read(options, outfit);
    reads.push_back({"the file of --config", options.config});
    for (const std::vector<std::string>& lists : {options.request.lists, options.request.looks}) {
        for (const std::string& list : lists) {
            reads.push_back({"a list of inputs", list});
        }
    }
    std::vector<NamedFile> writes;
    for (const Job& job : jobs) {
        reads.push_back({"the input", job.input});
        for (const std::string& garment : job.look.garments) {
            reads.push_back({"a garment", garment});
            reads.push_back({"a garment's anchors file", anchors_file_of(garment)});
        }
        if (job.look.person) {
            reads.push_back({"a photo of a face", job.look.person->photo});
        }
        writes.push_back({"-o", job.output});
        writes.push_back({"--matte", job.matte});
    }
    writes.push_back({"--save-poses", options.fit.save_poses.value_or("")});
    writes.push_back({"--summary", options.summary});
    check_names(reads, writes);
}

void check_work(const FitCommandOptions& options, const OutfitChoice& outfit,
                const std::vector<Job>& jobs) {
    if (jobs.size() > 1 && (options.fit.poses || options.fit.save_poses)) {
        throw ConfigError(fmt::format("{} and {} belong to one clip; render several inputs apart",
                                      flags::kPoses, flags::kSavePoses));
    }
    if (!outfit.empty() || options.fit.warp.skeleton || options.fit.save_poses ||
        options.fit.restore.is_on()) {
        return;
    }
    for (const Job& job : jobs) {
        if (job.look.garments.empty()) {
            throw ConfigError(
                fmt::format("nothing to do{}: give a garment (-g FILE), --skeleton, --restore-face "
                            "auto or --save-poses FILE",
                            jobs.size() > 1 ? " for " + job.input : ""));
        }
    }
}

}  // namespace closet
