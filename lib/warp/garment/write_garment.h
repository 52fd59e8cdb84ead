#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <opencv2/core.hpp>
#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "core/garment.h"
#include "core/pointing.h"

namespace closet {

/// A picture (CV_8UC3, R G B) and where it goes, in the format of the path's ending.
struct GarmentPreview {
    std::filesystem::path path;
    cv::Mat rgb;
};

/// Writes a garment as `picture` (PNG, R G B A) with its anchors file beside it, and a preview.
/// They get their names together, when all are complete (Note [New files]). Throws MediaError.
void write_garment(const Garment& garment, const std::filesystem::path& picture,
                   const std::optional<GarmentPreview>& preview = {});

/// A picture to check a garment by: `rgba` (CV_8UC4, straight alpha) over a magenta checker, on
/// which leaks, halos and holes show, with the anchors drawn in their places, joined along the
/// garment's lines and named. Returns RGB (CV_8UC3), enlarged to at least 900 px on the longer side
/// so that the names can be read. What was pointed at, in pixels of `rgba`, is drawn too: rings on
/// the garment, crosses beside it, the box.
cv::Mat draw_anchors(const cv::Mat& rgba, const std::map<std::string, cv::Point2f>& anchors,
                     const Pointing& pointing = {});

}  // namespace closet
