#pragma once

#include <array>

#include <opencv2/core/mat.hpp>

#include "warp/occlusion/half_view.h"

namespace closet {

/// One factor for each of R, G and B.
using LightGains = std::array<float, 3>;

/// Color and brightness of a scene's light, as gains for a garment that was photographed in
/// neutral, bright light. They are estimated from the whole frame, hence the same for everybody on
/// it, and follow slowly, so that nothing flickers.
///
/// Note [Scene light]
/// Color: the mean of those pixels of a grid that are nearly gray, bright ones counting more (gray
/// points in place of the gray world: colored clothes and walls tell nothing of the light), half
/// of its deviation from gray, less where few pixels are gray. Brightness: the 95th percentile of
/// luma against that of a catalogue photo's white, half of the way. Each gain is limited to
/// 0.9 .. 1.1: more was judged too risky by the mesh study.
/// Darkness: where the brightest hundredth of the picture lies far below white, the whole scene was
/// dimmed, and a garment brighter than all of it would glow. All gains are dimmed then, so that
/// white becomes no brighter than that hundredth; from 4/5 of white on nothing is. It follows at
/// once, since fades from and to black do this too.
class SceneLight {
  public:
    static constexpr float kLeast = 0.9F, kMost = 1.1F;
    static constexpr double kSeconds = 2.0;      ///< time constant of the filter
    static constexpr double kDimSeconds = 0.15;  ///< of the one for darkness

    /// Takes a frame into account, before anything is painted on it; frames come in order.
    /// `scene_start` forgets what was before, as do times that go backwards or are not finite.
    /// Frames of formats that are not paintable leave the gains as they are.
    LightGains update(const occlusion::ShownPicture& picture, double seconds, bool scene_start);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(gains_, dim_, last_s_, started_);
    }

  private:
    LightGains gains_{1.0F, 1.0F, 1.0F};  ///< without darkness
    float dim_ = 1.0F;
    double last_s_ = 0.0;
    bool started_ = false;
};

/// What one frame alone says.
LightGains measure_light(const AVFrame& frame);

/// Multiplies colors by gains of 0 .. 2, rounded and limited to 255; alpha stays.
void apply_light(cv::Mat& rgba, const LightGains& gains);

/// The same for one row after the other.
class RowLight {
  public:
    explicit RowLight(const LightGains& gains);
    /// `n` pixels, R G B A.
    void apply(std::uint8_t* rgba, std::size_t n) const;

  private:
    std::array<std::int16_t, 4> gains_;  ///< as pixel_row::scale takes them
    bool changes_;
};

}  // namespace closet
