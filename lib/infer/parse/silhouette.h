#pragma once

#include <memory>
#include <string_view>

#include "infer/parse/parser.h"
#include "infer/pose_model.h"

namespace closet {

// Networks that tell a person from the ground, for pose models that give no masks
// (PoseEstimate::mask): parsers of which only Label::kPerson counts.

/// What `--silhouette` chooses from, besides auto (the pose model's own masks, else those of
/// bodypix where it is fetched), none (the pose model's own at most) and files.
std::span<const ParserEntry> silhouettes();

/// Throws ConfigError, with the names, unless `name` is what `--silhouette` takes.
void check_silhouette(std::string_view name);

/// Whether a network is asked for by name or file, whose masks then replace the pose model's own.
bool names_silhouette(std::string_view name);

/// `model`, and where InferOptions::masks asks for masks that it does not give, with those of the
/// network of InferOptions::silhouette. Throws ModelError where its file or the device is missing,
/// or the file holds another network.
std::unique_ptr<PoseModel> with_silhouettes(std::unique_ptr<PoseModel> model,
                                            const InferOptions& options, WorkerPool& workers);

/// The same with a network that is loaded already.
std::unique_ptr<PoseModel> with_silhouettes(std::unique_ptr<PoseModel> model,
                                            std::unique_ptr<PersonParser> network);

}  // namespace closet
