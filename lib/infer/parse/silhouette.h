#pragma once

#include <memory>
#include <string_view>

#include "infer/parse/parser.h"
#include "infer/pose_model.h"

namespace closet {

// Networks that tell a person from the ground, for pose models that give no masks
// (PoseEstimate::mask): parsers of which only Label::kPerson counts.

/// What `--silhouette` chooses from, besides auto (the pose model's own masks, where it gives some;
/// none of these networks was measured to fit garments better than doing without, see
/// results/warp.md), none (not even these) and files.
std::span<const ParserEntry> silhouettes();

/// Throws ConfigError, with the names, unless `name` is what `--silhouette` takes.
void check_silhouette(std::string_view name);

/// `model`, and where InferOptions::masks asks for masks and InferOptions::silhouette names a
/// network, with that one's. Throws ModelError where its file or the device is missing,
/// or the file holds another network.
std::unique_ptr<PoseModel> with_silhouettes(std::unique_ptr<PoseModel> model,
                                            const InferOptions& options, WorkerPool& workers);

/// The same with a network that is loaded already.
std::unique_ptr<PoseModel> with_silhouettes(std::unique_ptr<PoseModel> model,
                                            std::unique_ptr<PersonParser> network);

}  // namespace closet
