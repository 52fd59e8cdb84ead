#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>

#include "warp/classes/planes.h"

namespace closet::classes {

/// The density of a surface's colors: a mixture of Gaussians of samples that are kept over time.
class ColorMixture {
  public:
    static constexpr std::size_t kMostParts = 5;
    static constexpr std::size_t kLeastSamples = 80;

    /// Takes in what is seen now, Y Cb Cr: `share` (0..1) of the kept samples are replaced, all of
    /// them where there were none, and the mixture is fitted. Fewer than kLeastSamples change
    /// nothing. `parts`: 1..kMostParts.
    void learn(const std::vector<cv::Vec3b>& seen, std::size_t parts, float share);

    /// False before the first samples.
    bool is_known() const { return !samples_.empty(); }

    struct Part {
        cv::Vec3f mean;         ///< units of CIELAB, as of_color gives them
        cv::Matx33f precision;  ///< lower triangle: d' L L' d is the squared distance
        float log_weight = 0;   ///< of the density at the mean

        template <class Archive>
        void serialize(Archive& archive) {
            archive(mean, precision, log_weight);
        }
    };
    const std::vector<Part>& parts() const { return parts_; }

    /// Of both mixtures' samples, how many more are likelier in their own than in the other, 0 (the
    /// same colors) .. 1 (none in common); 1 where one of them is not known.
    static float apart(const ColorMixture& a, const ColorMixture& b);

    /// A color in units of CIELAB, about: levels of luma / 2.55, of chroma / 1.3.
    static cv::Vec3f of_color(float luma, float blue, float red) {
        return {luma / 2.55F, blue / 1.3F, red / 1.3F};
    }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(samples_, parts_, random_);
    }

  private:
    float log_density_at(cv::Vec3f color) const;
    void start(std::size_t parts);
    void fit(int rounds);

    std::vector<cv::Vec3f> samples_;
    std::vector<Part> parts_;
    std::uint64_t random_ = 1;
};

/// How typical each color is of skin, hair, upper and lower clothes, against the ground: natural
/// logarithms of ratios of densities, looked up by Y Cb Cr. Found only of colors that are asked
/// for: a picture has few of all.
class ColorTable {
  public:
    /// How sure a color may be: densities are at least exp(-kSurest) of the highest one.
    static constexpr float kSurest = 5.0F;

    ColorTable();

    /// Made anew of the ground's mixture and the four others; unknown ones are everywhere unlikely.
    void make(const std::array<ColorMixture, 5>& mixtures);

    /// The place of a color in the table.
    std::uint16_t bin_of(cv::Vec3b color) const {
        return static_cast<std::uint16_t>(
            (color[0] / 8U * kChroma + chroma_bin_[color[1]]) * kChroma + chroma_bin_[color[2]]);
    }

    /// Finds what is not known yet of so many places.
    void find(const std::vector<std::uint16_t>& bins);

    /// The four log ratios of a place that was asked for, -kSurest .. kSurest.
    Four at(std::uint16_t bin) const { return ratios_[bin]; }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(parts_, alike_);
        is_found_.clear();
    }

  private:
    static constexpr std::size_t kLuma = 32, kChroma = 32;

    std::array<std::uint8_t, 256> chroma_bin_{};
    std::array<float, kChroma> chroma_of_{};                ///< the mean of a bin's levels
    std::array<std::vector<ColorMixture::Part>, 5> parts_;  ///< none where nothing is known
    float alike_ = 0;             ///< how the two clothes' colors are, to kAlike
    std::vector<bool> is_found_;  ///< empty: nothing is
    std::vector<Four> ratios_;
};

}  // namespace closet::classes
