#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "core/body_frame.h"
#include "core/curve.h"
#include "warp/by_person.h"
#include "warp/classes/person_classes.h"
#include "warp/wearer.h"

namespace closet {

/// Reads where a person's own clothes meet, and follows it over time.
///
/// Along the spine the class of upper clothes ends and that of lower clothes begins. In every
/// column of the trunk the level is sought that leaves the least of upper clothes below it and of
/// lower clothes above; columns that do not show both are filled from their neighbors. Levels are
/// smoothed over time with a time constant of kFollowS, in torso lengths: who sits down or bends is
/// seen shortened, and so is what he wears.
class OwnClothesFinder {
  public:
    static constexpr double kFollowS = 0.7;

    /// See ByPerson.
    void begin_frame(double seconds, bool scene_start) {
        people_.begin_frame(seconds, scene_start);
    }

    /// Nothing where the wearer has no body. OwnClothes::seen is 0 where no lower clothes were ever
    /// seen under upper ones (dresses, trousers of the shirt's color, a picture that ends above the
    /// waist): only sleeves and legs tell something then.
    std::optional<OwnClothes> find(const PersonClasses& classes, const Wearer& wearer);

    template <class Archive>
    void serialize(Archive& archive) {
        archive(people_);
    }

  private:
    struct Remembered {
        OwnClothes own;     ///< levels in torso lengths
        double torsos = 0;  ///< torso length, shoulder widths; steady

        template <class Archive>
        void serialize(Archive& archive) {
            archive(own, torsos);
        }
    };
    ByPerson<Remembered> people_;
};

}  // namespace closet
