#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/option.h"

namespace closet::flags {
inline constexpr const char* kLpipsModel = "--lpips-model";
}  // namespace closet::flags

namespace closet {

class Checkpoint;

/// The models of --lpips-model, names or files; empty: the one that the store calls "lpips".
Option lpips_model_option(std::vector<std::string>& models);

/// The files that these names mean, with those that they need. Throws ModelError where a model is
/// not fetched, ConfigError for an unknown name.
std::vector<std::filesystem::path> find_lpips_files(const std::vector<std::string>& models);

/// How unlike two pictures look, and where that comes from.
struct LpipsDistance {
    double total = 0;          ///< 0 for the same pictures; about 1 for any two
    std::vector<double> taps;  ///< its summands, one a tap
};

/// LPIPS (models/networks/lpips): the activations of a backbone at its taps, each divided by its
/// length over the channels + 1e-10; their squared difference, weighted by a head, as the mean over
/// the pixels; the sum over the taps. lpips/lpips.py, LPIPS.forward.
///
/// Runs on the CPU in float32. Safe to use from several threads at once. The network is laid down
/// for each size of picture anew (a few milliseconds); the last few are kept.
class Lpips {
  public:
    /// One file with backbone and heads, or two with one of them each, in any order. Throws
    /// ModelError that says what is missing or wrong in which file.
    explicit Lpips(const std::vector<std::filesystem::path>& files);
    explicit Lpips(std::vector<std::shared_ptr<const Checkpoint>> checkpoints);
    ~Lpips();
    Lpips(const Lpips&) = delete;
    Lpips& operator=(const Lpips&) = delete;
    Lpips(Lpips&&) = delete;
    Lpips& operator=(Lpips&&) = delete;

    /// "lpips-alex v0.1"
    std::string name() const;
    /// The least width and height of a picture, pixels.
    int least_side() const;

    /// `a`, `b`: RGB, CV_8UC3, of one size. Throws ModelError where they are not, or too small.
    LpipsDistance distance(const cv::Mat& a, const cv::Mat& b) const;

    /// The same for each pixel in place of the mean: the weighted differences of each tap, enlarged
    /// bilinearly to the picture's size, and summed.
    cv::Mat1f map(const cv::Mat& a, const cv::Mat& b) const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace closet
