#pragma once

#include <opencv2/core/mat.hpp>

namespace closet {

/// What tells a worn garment from one laid flat, as shares of 0..1.
struct PersonSigns {
    float head_height = 0;  ///< of the silhouette's height: what is narrower than half of it on top
    float head_skin = 0;    ///< skin-coloured share of that
    float neck_skin = 0;    ///< skin-coloured share of the top tenth's middle
    float body_skin = 0;    ///< skin-coloured share of the silhouette's middle: the garment itself
    float unlike_body = 0;  ///< distance in Lab between the head's skin and the middle
    float left_skin = 0;    ///< of the silhouette's area: skin-coloured parts beside the middle
    float right_skin = 0;
};

/// Measures a photo (CV_8UC3, RGB) inside a silhouette (CV_8UC1, 255 inside, not empty).
PersonSigns person_signs(const cv::Mat& rgb, const cv::Mat& silhouette);

/// Whether that is a person: skin where head and neck are, or on both arms and at the neck, on
/// something that is not skin-coloured itself (a pink blouse is no person).
bool is_person(const PersonSigns& signs);

}  // namespace closet
