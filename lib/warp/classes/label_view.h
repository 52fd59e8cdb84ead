#pragma once

#include <array>
#include <cstddef>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>

#include "core/pose.h"
#include "warp/wearer.h"

namespace closet::classes {

/// Labels of one person on a grid. No plane is empty.
struct LabelView {
    cv::Size size;
    cv::Matx23d shown_from_view;                   ///< pixel of the planes (i, j, 1) -> shown pixel
    std::array<cv::Mat, kLabelCount> probability;  ///< indexed by Label: CV_8UC1, 255 = sure
    bool knows_skin = false;                       ///< a network told skin
    bool knows_hair = false;                       ///< a network told hair
    bool splits_clothes = false;                   ///< a network told upper from lower clothes

    const cv::Mat& of(Label label) const { return probability[static_cast<std::size_t>(label)]; }
    cv::Mat& of(Label label) { return probability[static_cast<std::size_t>(label)]; }
};

/// Whether labels may be read: at least one plane is there, all are CV_8UC1 and of one size, and
/// the matrix is finite. Null: false.
bool is_usable(const PersonLabels* labels);

/// Reads `labels` (usable) on the grid that `view.size` and `view.shown_from_view` tell. What no
/// network told is made up: body parts of the bones, skin of parts, the person of mask or clothes.
void read_labels(const PersonLabels& labels, const Wearer& wearer, LabelView& view);

}  // namespace closet::classes
