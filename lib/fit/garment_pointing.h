#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/option.h"
#include "core/pointing.h"
#include "warp/garment/garment_file.h"

namespace closet::flags {
inline constexpr const char* kPoint = "--point";
inline constexpr const char* kNotPoint = "--not-point";
inline constexpr const char* kBox = "--box";
}  // namespace closet::flags

namespace closet {

/// Where the garment is in a photo, as the command line has it.
struct PointingOptions {
    std::vector<std::string> points, not_points;  ///< "X,Y" each
    std::optional<std::string> box;               ///< "X,Y,W,H"

    bool empty() const { return points.empty() && not_points.empty() && !box; }
};

std::vector<Option> options_of(PointingOptions& options);

/// Throws ConfigError for texts that are not so many numbers, a box without an area, and where
/// nothing says what is meant, only what is not.
Pointing pointing_of(const PointingOptions& options);

/// Throws ConfigError for what lies outside a photo of this size; `name` is what it calls it.
void check_inside(const Pointing& pointing, cv::Size photo, const std::string& name);

/// How to cut out of a photo what is pointed at.
struct PointedCutting {
    PrepareOptions options;
    cv::Size photo;  ///< pixels
};

/// `cutter`: what --cutter says, kAutoCutter for the store's MobileSAM. Throws ConfigError as
/// check_inside does, for a cutter that cannot be pointed and for a photo with transparency;
/// ModelError where the network is missing; MediaError for a photo that cannot be read.
PointedCutting cut_out_pointed(const std::filesystem::path& photo, const Pointing& pointing,
                               std::string_view cutter);

}  // namespace closet
