#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <vector>

#include <opencv2/core/matx.hpp>

namespace closet::removal {

enum class LimbKind { kArm, kLeg };

/// How wide a limb of two bones is to either side of them. Places: `along` in bones, 0..2;
/// `across` in pixels, signed.
class LimbOutline {
  public:
    static constexpr std::size_t kStations = 22;  ///< at which bare skin tells its width
    static constexpr double kLookedAt = 0.30;     ///< shoulder widths to either side of the bones

    /// What is known from earlier frames: people's limbs do not change.
    struct Known {
        std::deque<cv::Vec2d> sizes;  ///< of the last frames: see `factor_`, `shift_` / unit
        /// Of the edges that are seen at stations, how much farther out they are than the fit's,
        /// shoulder widths, on both sides; and how sure that is, 0..1.
        std::array<std::array<float, kStations>, 2> off{};
        std::array<float, kStations> off_known{};
        double shift = 0;  ///< of the fit that they are beyond, shoulder widths

        template <class Archive>
        void serialize(Archive& archive) {
            archive(sizes, off, off_known, shift);
        }
    };

    enum class Part { kSkin, kGround, kOther };
    /// Where bare skin and ground are across the bones, at each station, and how many pixels were
    /// looked at.
    struct Seen {
        std::array<std::vector<float>, kStations> across, ground;
        std::array<int, kStations> looked_at{};

        void add(double along, float across_px, Part part);
    };

    LimbOutline() = default;
    /// As limbs usually are; `unit`: a shoulder width, pixels.
    LimbOutline(LimbKind kind, double unit) : kind_(kind), unit_(unit) {}

    /// Whether stations are there.
    static bool has_station(double along);

    /// Fits size and place; `share` (0..1) of what is known is replaced.
    void learn(Seen& seen, float share, Known& known);

    /// Half the width, pixels.
    double radius(double along) const;
    /// -1..1 from edge to edge; beyond them more.
    float across_in_radii(double along, double across) const;
    /// 0 outside .. 1 inside.
    float inside(double along, double across) const;

  private:
    struct Edges {
        double low, high;  ///< towards negative and positive `across`, pixels
    };
    using SeenEdges = std::array<Edges, kStations>;  ///< not `low < high`: not seen

    SeenEdges read_sizes(Seen& seen, Known& known);
    Edges fitted(double along) const;
    bool is_free(const Seen& seen, std::size_t station, double edge, double outwards) const;
    void learn_edges(const SeenEdges& seen, float share, Known& known);
    Edges edges_at(double along) const;

    LimbKind kind_ = LimbKind::kArm;
    double unit_ = 1;
    double factor_ = 1, shift_ = 0;  ///< of all radii; sideways, pixels
    static constexpr std::size_t kEdges = 65;
    std::array<Edges, kEdges> edges_{};  ///< from the first joint to the last
};

}  // namespace closet::removal
