#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>
#include <opencv2/core/types.hpp>

#include "warp/by_person.h"
#include "warp/classes/class_priors.h"
#include "warp/classes/color_mixture.h"
#include "warp/classes/guided_filter.h"
#include "warp/classes/held_things.h"
#include "warp/classes/label_view.h"
#include "warp/classes/steady_classes.h"
#include "warp/occlusion/half_view.h"
#include "warp/wearer.h"

namespace closet {

/// What a pixel of a person's box shows.
enum class Surface : std::size_t { kGround, kSkin, kHair, kUpperClothes, kLowerClothes };
inline constexpr std::size_t kSurfaceCount = 5;

/// Each pixel of a person's box told apart, with edges that are those of the picture.
struct PersonClasses {
    cv::Rect where;  ///< shown pixels that the planes cover, even
    /// Indexed by Surface: CV_8UC1, 0..255, the five add up to about 255.
    std::array<cv::Mat, kSurfaceCount> probability;
    /// The labels on the same grid at half size, those that no network tells made of what is known.
    const classes::LabelView* labels = nullptr;
    /// CV_8UC1 of the planes' size: 255 where a hand holds a bag, which the planes call ground;
    /// empty: nowhere.
    cv::Mat held;
    const cv::Mat* colors = nullptr;  ///< CV_8UC3 of the planes' size: Y Cb Cr as read_colors gives
    cv::Matx23d classes_from_shown;   ///< shown pixel (x, y, 1) -> pixel of the planes

    const cv::Mat& of(Surface surface) const {
        return probability[static_cast<std::size_t>(surface)];
    }
};

/// The color step: from labels of parsing networks (Pose::labels), which are right about what is
/// where but several pixels off, to five classes with the picture's own edges.
///
/// Note [Color step]
/// The study of shared/parsing.md (1.1), on a grid of at most kLongest pixels:
/// 1. Priors from labels and pose (class_priors.h), at half of the grid's size.
/// 2. Models: the colors of pixels of whose class the labels are sure, a mixture of Gaussians a
///    class (color_mixture.h). They are learned where labels were measured, 5 times a second at
///    most, kept over time with the weight of the past falling by half in 0.7 s, and looked up in a
///    table.
/// 3. Prior and color give a posterior; a guided filter (guided_filter.h) moves its edges to those
///    of the picture; mixed again with both; then once more, at the grid's own size.
/// 4. Where the picture stands still they follow slowly (steady_classes.h).
class ClassFinder {
  public:
    static constexpr int kLongest = 448;  ///< pixels of the grid's long side

    /// See ByPerson.
    void begin_frame(double seconds, bool scene_start) {
        people_.begin_frame(seconds, scene_start);
    }

    /// The classes of a person; they belong to this object and stay valid until its next call.
    /// `frame` is the picture before anything was painted for this person. Null where the pose has
    /// no usable labels (all planes CV_8UC1 and of one size, the matrix finite) or no body, or the
    /// format is not paintable. `legs`: thighs whose knees are not seen are looked at as well.
    const PersonClasses* find(const Wearer& wearer, const occlusion::ShownPicture& frame,
                              bool legs = false);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(people_);
    }

  private:
    struct Remembered {
        std::array<classes::ColorMixture, kSurfaceCount> mixtures;
        classes::ColorTable table;
        classes::HeldThings held;
        classes::SteadyClasses steady;
        bool has_learned = false;
        double learned_s = 0;
        cv::Rect where;  ///< what the grid covered last; empty: nothing
        cv::Size shown;  ///< the picture's size then

        template <class Archive>
        void serialize(Archive& archive) {
            archive(mixtures, table, held, steady, has_learned, learned_s, where, shown);
        }
    };

    bool read_grid(const Wearer& wearer, const occlusion::ShownPicture& frame, bool legs,
                   Remembered& known);
    void look_up(classes::ColorTable& table);
    void sharpen(double unit);
    void set_held();

    ByPerson<Remembered> people_;

    PersonClasses classes_;
    cv::Mat held_;               ///< CV_8UC1, as HeldThings::find gives it, over time
    cv::Mat half_, colors_;      ///< CV_8UC3: at half of the frame's size; of the grid
    classes::LabelView labels_;  ///< half of the grid's size
    classes::Planes<4> prior_;   ///< log ratios to the ground
    classes::Planes<4> color_;   ///< the same, of colors
    classes::Planes<4> posterior_, filtered_;
    classes::Priors priors_;
    classes::Spans somebody_;
    classes::GuidedFilter filter_;
    std::vector<std::uint16_t> bins_;  ///< of colors_ in a table
    classes::Planes<4> row_;           ///< of one row
    std::vector<float> ground_row_;    ///< of the same row
};

}  // namespace closet
