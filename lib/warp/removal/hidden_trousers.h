#pragma once

#include <array>
#include <optional>

#include <opencv2/core/mat.hpp>

#include "warp/removal/garment_hem.h"
#include "warp/removal/grid_view.h"
#include "warp/removal/trouser_measures.h"

namespace closet::removal {

/// Trousers or a skirt that old upper clothes hid, continued up to the garment's hem.
///
/// Note [Hidden trousers]
/// The study's region a. Their outline goes straight from the ends of the garment's hem to their
/// own edges below the old hem; across the hips they keep the colors that they have right below it;
/// folds are mirrored at the old hem. Above their waist, where it is seen or where waists usually
/// are, the belly is bare. All that is measured is kept over time in shoulder widths from the hips,
/// so that nothing jumps.
class HiddenTrousers {
  public:
    struct Known {
        bool is_there = false;
        double unseen_s = 0;  ///< since the old hem was found last
        float strength = 0;   ///< 0..1, following slowly
        TrouserMeasures measures;
        /// The garment's hem: left, right and their rows, as `measures`' edges.
        std::optional<std::array<double, 4>> hem_ends;

        template <class Archive>
        void serialize(Archive& archive) {
            archive(is_there, unseen_s, strength, measures, hem_ends);
        }
    };

    /// Measures; `old` (CV_8UC1, not 0) is where the old clothes are. `passed_s` since the last
    /// call, `share` of what is known is replaced. False where there is nothing to go on.
    bool find(const GridView& view, const cv::Mat& old, const GarmentHem& hem, double passed_s,
              float share, Known& known);

    /// Of the old hem, as GarmentHem::along.
    double old_along() const { return now_.old_along; }
    /// Row below which all is as it was.
    double last_row(int x) const;
    /// 0..1: whether a pixel is within the trousers' outline, between garment and old hem.
    float inside(int x, int y) const;

    /// 0..1: whether a pixel is above the trousers' waist.
    float above_waist(const GridView& view, int x, int y) const;

    /// Y Cb Cr in `part` of the grid.
    void paint(const GridView& view, cv::Rect part, cv::Mat3f& colors, Sources& sources) const;

  private:
    struct Edges {
        double left, right;
    };
    Edges edges_at(double y) const;
    /// Where the trousers begin, shoulder widths below the shoulders.
    double waist_at(double aside) const;
    /// The color that goes on from below, `u` 0..1 from the left edge to the right one.
    cv::Vec3f color_at(double u) const;

    TrouserMeasures now_;  ///< in pixels of the grid: places are absolute
    float strength_ = 0;
    GarmentHem hem_;
    double hem_left_ = 0, hem_right_ = 0;  ///< columns at which the outline begins
    double hip_x_ = 0, unit_ = 1;
    std::optional<OwnClothes> own_;
    double usual_waist_ = 0;  ///< shoulder widths below the shoulders
    double belly_ = 0;        ///< 0..1: how far the belly reaches from the hem to the waist
};

}  // namespace closet::removal
