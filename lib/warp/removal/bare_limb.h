#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <optional>

#include <opencv2/core/mat.hpp>

#include "warp/removal/grid_view.h"

namespace closet::removal {

/// How a limb's skin looks: levels of Y Cb Cr.
struct SkinTone {
    static constexpr std::size_t kAcross = 9;

    cv::Vec3f middle{0, 0, 0};
    std::array<float, kAcross> light{};  ///< luma added across the limb, from -0.9 to 0.9 radii
};

/// A limb of three joints as it looks bare: shoulder, elbow, wrist, or hip, knee, ankle.
class BareLimb {
  public:
    static constexpr std::size_t kStations = 22;  ///< at which bare skin tells its width

    /// What is known of a limb from earlier frames: people's limbs do not change.
    struct Known {
        std::deque<cv::Vec2d> sizes;  ///< of the last frames: see `factor_`, `shift_` / unit
        bool end_seen = false;        ///< a hand was, or the limb's size
        /// Of the edges that are seen at stations, how much farther out they are than the fit's,
        /// shoulder widths, on both sides; and how sure that is, 0..1.
        std::array<std::array<float, kStations>, 2> off{};
        std::array<float, kStations> off_known{};
        /// The share of the limb's shape that the parser calls such a limb, following; and whether
        /// that is enough: a pose may be wrong.
        double agreement = -1;
        bool is_trusted = false;
        std::optional<SkinTone> tone;
    };

    enum class Kind { kArm, kLeg };

    /// Nothing where the joints are not known.
    static std::optional<BareLimb> make(const GridView& view, Kind kind, std::size_t side);

    /// Fits size and place to the bare skin that is seen, and learns its tone: `share` (0..1) of
    /// what is known is replaced. `all_skin`: the tone of skin elsewhere, if any.
    void learn(const GridView& view, const std::optional<cv::Vec3f>& all_skin, float share,
               Known& known);

    /// Whether enough is known to paint it: a tone, its size, and that it is where it should be.
    bool is_known() const { return tone_.has_value() && has_size_ && is_trusted_; }

    cv::Point2d middle() const { return joint_[1]; }
    /// The bone's point, `along` in bones.
    cv::Point2d on_bone(double along) const {
        return along < 1 ? joint_[0] + (joint_[1] - joint_[0]) * along
                         : joint_[1] + (joint_[2] - joint_[1]) * (along - 1);
    }

    /// 0 outside .. 1 inside of the limb's shape, and how far from its bones, shoulder widths.
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
    float inside(const Place& place) const;
    /// The grid's pixels that the limb may cover.
    cv::Rect box() const { return box_; }

    /// Y Cb Cr of the skin in `part` of `box()`.
    void paint(const GridView& view, cv::Rect part, cv::Mat3f& colors) const;

  private:
    void find_box(const GridView& view);
    void measure_places();
    double radius(double along) const;
    void measure_agreement(const GridView& view, float share, Known& known) const;
    /// The outline towards negative and positive `across`, pixels.
    struct Edges {
        double low, high;
    };
    Edges edges_at(double along) const;
    float across_in_radii(const Place& place) const;

    Kind kind_ = Kind::kArm;
    std::array<cv::Point2d, 3> joint_;
    cv::Rect box_;
    cv::Mat3f places_;  ///< Place, of box_
    double unit_ = 1;
    double factor_ = 1, shift_ = 0;  ///< of all radii; sideways, pixels
    bool has_size_ = false, is_trusted_ = false;
    static constexpr std::size_t kEdges = 65;
    std::array<Edges, kEdges> edges_{};  ///< from the first joint to the last
    std::optional<SkinTone> tone_;
};

/// The median color of all skin that is seen, Y Cb Cr; nothing where there is hardly any.
std::optional<cv::Vec3f> tone_of_all_skin(const GridView& view);

}  // namespace closet::removal
