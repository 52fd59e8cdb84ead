#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/pointing.h"
#include "core/torch_part.h"

namespace closet {

struct MobileSamNetwork;

/// What the store calls the network that cuts out what is pointed at.
inline constexpr std::string_view kPointedCutter = "mobile-sam";

/// Cuts out of a photo what somebody points at: MobileSAM. Pictures go in and masks come out as its
/// own predictor does it (ChaoningZhang/MobileSAM, predictor.py, 34bbbfd).
///
/// What the network sees in a picture is kept, in memory for the last one and in files for a few
/// (kept_embedding.h): to point again costs a twentieth of the first time.
///
/// Its methods are virtual because they lie in the part with LibTorch.
class PointedCutter {
  public:
    /// `name` is for messages; `source` changes with the weights (file_source).
    PointedCutter(std::shared_ptr<const MobileSamNetwork> network, std::string name,
                  std::string source);
    virtual ~PointedCutter() = default;
    PointedCutter(const PointedCutter&) = delete;
    PointedCutter& operator=(const PointedCutter&) = delete;
    PointedCutter(PointedCutter&&) = delete;
    PointedCutter& operator=(PointedCutter&&) = delete;

    const std::string& name() const { return name_; }

    /// What is pointed at: logits at the photo's size (CV_32FC1), above 0 inside. `rgb`: CV_8UC3,
    /// R G B, of any size. `pointing` lies in it and has a point inside or a box. Of a single point
    /// the best of three masks is taken. Throws ModelError for pointing without either.
    virtual cv::Mat logits(const cv::Mat& rgb, const Pointing& pointing);

    /// The same as CV_8UC1: 128 and more is inside, near 0 surely outside.
    virtual cv::Mat alpha(const cv::Mat& rgb, const Pointing& pointing);

    /// How many pictures the encoder looked at: those of which nothing was kept.
    std::size_t encoded() const { return encoded_; }

  private:
    void see(const cv::Mat& resized);

    std::shared_ptr<const MobileSamNetwork> network_;
    std::string name_, source_;
    std::string seen_;              ///< what `embedding_` is of
    std::vector<float> embedding_;  ///< 1 x channels x 64 x 64
    std::size_t encoded_ = 0;
};

/// The one of a file, or of the store for kPointedCutter or a name that was imported. Throws
/// ModelError where it is missing or no MobileSAM.
inline constinit TorchFunction<std::unique_ptr<PointedCutter>(std::string_view name_or_path)>
    make_pointed_cutter;

}  // namespace closet
