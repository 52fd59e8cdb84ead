#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include <opencv2/core/mat.hpp>

#include "warp/removal/grid_view.h"
#include "warp/removal/limb_outline.h"
#include "warp/removal/skin_grain.h"
#include "warp/removal/skin_tone.h"

namespace closet::removal {

/// A limb of three joints as it looks bare: shoulder, elbow, wrist, or hip, knee, ankle.
class BareLimb {
  public:
    /// What is known of a limb from earlier frames: people's limbs do not change.
    struct Known {
        LimbOutline::Known outline;
        bool end_seen = false;  ///< a hand was, or the limb's size
        /// The share of the limb's shape that the parser calls such a limb, following; and whether
        /// that is enough: a pose may be wrong.
        double agreement = -1;
        bool is_trusted = false;
        bool is_sure = false;  ///< by Pose::arms_agree
        std::optional<SkinTone> tone;
        /// Where its joints were seen last, from between the shoulders, shoulder widths.
        std::optional<std::array<cv::Point2d, 3>> joints;
        double unseen_s = 0;
        std::optional<std::array<cv::Point2d, 3>> steady;  ///< the same, shown pixels
        double steady_unit = 0;                            ///< a shoulder width, shown pixels
        /// Where a hand begins beyond the wrist: along the forearm and aside, shoulder widths.
        std::optional<cv::Point2d> past_wrist{};

        template <class Archive>
        void serialize(Archive& archive) {
            archive(outline, end_seen, agreement, is_trusted, is_sure, tone, joints, unseen_s,
                    steady, steady_unit, past_wrist);
        }
    };

    /// Nothing where the joints were not seen for a while; `passed_s` since the last frame.
    static std::optional<BareLimb> make(const GridView& view, LimbKind kind, std::size_t side,
                                        double passed_s, Known& known);

    /// Fits size and place to the bare skin that is seen: `share` (0..1) of what is known is
    /// replaced. `agreement`: as in Pose::arms_agree.
    void learn(const GridView& view, float agreement, float share, Known& known);
    /// As `read_tone`; nothing where the pose is not believed.
    std::optional<SkinTone> tone_now(const GridView& view, const std::optional<cv::Vec3f>& all_skin,
                                     const SkinTone* other) const;
    void learn_tone(const std::optional<SkinTone>& now, float share, Known& known);

    /// Whether enough is known to paint it: a tone and its size.
    bool is_known() const { return tone_.has_value() && has_size_; }
    /// Whether it is where it should be.
    bool is_trusted() const { return is_trusted_; }
    /// Whether that is known from what comes, too, and need not prove true over time.
    bool is_sure() const { return is_sure_; }

    /// Whether a color, Y Cb Cr, is its skin's in some light; it must be known.
    bool has_tone(const cv::Vec3b& color) const { return tone_->is_of(color); }
    /// Whether cloth hid the wrist and the limb goes on to the hand.
    bool ends_in_cuff() const { return ends_in_cuff_; }

    cv::Point2d middle() const { return joint_[1]; }
    /// The bone's point, `along` in bones.
    cv::Point2d on_bone(double along) const {
        return along < 1 ? joint_[0] + (joint_[1] - joint_[0]) * along
                         : joint_[1] + (joint_[2] - joint_[1]) * (along - 1);
    }

    struct Place {
        float along = 0;   ///< in bones, 0..2
        float across = 0;  ///< pixels, signed
        float distance = 0;
    };
    /// Of a pixel of `box`.
    Place at(int x, int y) const {
        const cv::Vec3f& place = places_(y - box_.y, x - box_.x);
        return {place[0], place[1], place[2]};
    }
    /// 0 outside .. 1 inside of the limb's shape.
    float inside(const Place& place) const {
        return outline_.inside(static_cast<double>(place.along), static_cast<double>(place.across));
    }
    /// The grid's pixels that the limb may cover.
    cv::Rect box() const { return box_; }

    /// Y Cb Cr of the skin in `part` of `box()` where it is `wanted` (CV_8UC1 of the grid, not 0).
    void paint(const GridView& view, cv::Rect part, const cv::Mat& wanted, const SkinGrain& grain,
               cv::Mat3f& colors, Sources& sources) const;

  private:
    /// What hides it.
    Surface cloth() const {
        return kind_ == LimbKind::kArm ? Surface::kUpperClothes : Surface::kLowerClothes;
    }
    void hold_still(const GridView& view, Known& known);
    void find_box(const GridView& view);
    void measure_places();
    bool agrees(const GridView& view, float share, Known& known) const;
    void learn_shape(const GridView& view, float share, Known& known);
    LimbPart part_of(cv::Rect part) const;

    LimbKind kind_ = LimbKind::kArm;
    std::array<cv::Point2d, 3> joint_;
    cv::Rect box_;
    cv::Mat3f places_;  ///< Place, of box_
    double unit_ = 1;
    LimbOutline outline_;
    bool has_size_ = false, is_trusted_ = false, is_sure_ = false, ends_in_cuff_ = false;
    std::optional<SkinTone> tone_;
};

}  // namespace closet::removal
