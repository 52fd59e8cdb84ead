#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "warp/occlusion/half_view.h"
#include "warp/wearer.h"

namespace closet::old_clothes {

/// What a sample of color was taken from.
enum class Part : std::size_t { kCloth, kSkin, kTrousers };
inline constexpr std::size_t kParts = 3;

/// What a color of clothes must be besides more typical of them than of skin.
struct Certainty {
    bool from_trousers = false;   ///< more typical of them than of trousers, too
    bool surely_no_skin = false;  ///< several times more typical than of skin: where arms are
};

/// Tells the wearer's upper clothes from skin and from trousers or skirt by color: histograms of
/// Y Cb Cr (full range), kept over the frames of a scene. Hair and ground are not told apart: they
/// would only make black shirts under black hair and white ones before a white wall unknown, and
/// outline and mask exclude them.
///
/// Samples may be polluted, an arm before the chest say: what counts is of which part a color is
/// more typical. Parts count alike however many samples they have.
class ClothColors {
  public:
    /// One more sample (Y Cb Cr, full range) for the next `learn`.
    void add(Part part, cv::Vec3b color) {
        samples_[static_cast<std::size_t>(part)].push_back(color);
    }

    /// Mixes the samples since the last call into what is known, with the weight `share` 0..1, and
    /// forgets them. Parts with fewer than `kLeastSamples` samples are left out.
    void learn(float share);

    /// Whether most of the clothes' own samples are told from skin: false for a bare chest, and
    /// before `learn` has seen clothes and skin.
    bool tells_clothes() const { return own_share_ >= kToldApart; }

    /// Whether a color is more typical of the clothes than of skin, and what else is asked.
    bool is_cloth(cv::Vec3b color, Certainty certainty = {}) const {
        const int asked = kFromSkin | (certainty.from_trousers ? kFromTrousers : 0) |
                          (certainty.surely_no_skin ? kNoSkin : 0);
        return (told_[bin(color)] & asked) == asked;
    }

    static constexpr std::size_t kLeastSamples = 24;

    /// Between a `learn` and the next `add`: without samples.
    template <class Archive>
    void serialize(Archive& archive) {
        archive(histograms_, told_, own_share_);
    }

  private:
    static constexpr std::size_t kLumaBins = 16, kChromaBins = 32;
    static constexpr std::size_t kBins = kLumaBins * kChromaBins * kChromaBins;
    static constexpr float kToldApart = 0.6F;

    const std::vector<cv::Vec3b>& samples(Part part) const {
        return samples_[static_cast<std::size_t>(part)];
    }
    static std::size_t bin(cv::Vec3b color);
    static void blur(std::vector<float>& histogram);

    std::array<std::vector<cv::Vec3b>, kParts> samples_;
    static constexpr std::uint8_t kFromSkin = 1, kFromTrousers = 2, kNoSkin = 4;
    std::array<std::vector<float>, kParts> histograms_;  ///< kBins; empty before the first samples
    std::vector<std::uint8_t> told_ = std::vector<std::uint8_t>(kBins, 0);
    float own_share_ = 0;  ///< of the clothes' samples that are told from the rest
};

/// The view's pixel at a shown point; nothing beyond the view.
std::optional<cv::Point> pixel_at(const occlusion::HalfView& view, cv::Point2d p);

/// Adds samples of chest and old sleeves, of face and bare arms, and of the thighs to `colors`.
/// False, with none added, where body or face are not known.
bool sample_clothes(const occlusion::HalfView& view, const Wearer& wearer, ClothColors& colors);

}  // namespace closet::old_clothes
