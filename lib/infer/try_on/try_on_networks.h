#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "core/torch_part.h"
#include "core/try_on.h"
#include "infer/infer_options.h"

namespace closet {

/// Whether a warp of that name lays garments with networks: "gmm", "cp-vton" or "viton-hd".
constexpr bool is_try_on(std::string_view warp) {
    return warp == "gmm" || warp == "cp-vton" || warp == "viton-hd";
}

/// The networks of such a warp, of the files in a folder, .pth or .safetensors, under the names
/// that their authors give them: gmm_final and tom_final (CP-VTON), or seg_final, gmm_final and
/// alias_final (VITON-HD). An empty folder stands for "cp-vton" or "viton-hd" in models_folder(),
/// then for what was imported as cp-vton-gmm, viton-hd-seg and so on. Networks of one file are in
/// memory once.
/// Of `options` count device and allow_partial. Says so where weights are for non-commercial use
/// only. Throws ModelError where a file is missing or holds another network.
inline constinit TorchFunction<std::shared_ptr<TryOn>(
    std::string_view warp, const std::filesystem::path& folder, const InferOptions& options)>
    make_try_on;

}  // namespace closet
