#pragma once

#include <span>

#include <opencv2/core/mat.hpp>

namespace closet {

/// The person's probability x 255, CV_8UC1 of `size` x `size`, from as many logits. Throws
/// ModelError where there are fewer.
cv::Mat person_probability(std::span<const float> logits, int size);

}  // namespace closet
