#pragma once

#include <map>
#include <string>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

/// The silhouette of a garment whose fronts hang apart (CV_8UC1, 255 inside) with what is between
/// them filled, the neckline above included: in each row the widest gap near the middle that has
/// garment on both sides and is no wider than fronts part. Sleeves that hang below the hem stay
/// apart.
cv::Mat with_fronts_joined(const cv::Mat& silhouette);

/// Whether a silhouette (CV_8UC1, 255 inside) is the two fronts of something with long sleeves,
/// side by side without a back between them.
bool is_two_fronts(const cv::Mat& silhouette);

/// Makes what is seen between two fronts in a photo, the inside of the back, transparent: a strip
/// from the collar to the hem, of another color than the cloth on both sides of it. `rgba` is
/// CV_8UC4, straight alpha; `anchors` are those of something with sleeves, in its pixels. Where it
/// is not `known` to be open the strip's hem has to be another than that of the fronts: a stripe
/// ends with them. Returns whether there was one; else nothing is changed.
bool remove_back_inside(cv::Mat& rgba, const std::map<std::string, cv::Point2f>& anchors,
                        bool known);

}  // namespace closet
