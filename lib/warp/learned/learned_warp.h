#pragma once

#include <memory>
#include <optional>

#include <opencv2/core/matx.hpp>

#include "core/try_on.h"
#include "warp/by_person.h"
#include "warp/warps.h"

namespace closet {

/// A garment laid or painted by try-on networks (GarmentWarpOptions::try_on): `gmm`, `cp-vton` and
/// `viton-hd`.
///
/// Networks are asked on frames whose pose was measured (key frames; all with `--every 1`). What
/// they painted there follows the shoulders on the frames between. It is painted inside of the
/// networks' own region only; the rest of their picture is dropped.
class LearnedWarp final : public GarmentWarp {
  public:
    /// Throws ConfigError where there are no networks, or the garment is none for the torso alone:
    /// they were trained on tops.
    LearnedWarp(std::shared_ptr<const Garment> garment, const GarmentWarpOptions& options);

    void begin_frame(double seconds, bool scene_start) override {
        people_.begin_frame(seconds, scene_start);
    }

    void look(const occlusion::ShownPicture& frame, const PersonClasses* classes) override {
        frame_ = &frame;
        classes_ = classes;
    }

    /// Nothing, too, where no parser told the person's labels.
    std::optional<Patch> warp(const Wearer& wearer, cv::Size picture) override;

    TryOnCounts counts() const override { return counts_; }

    void save_state(std::ostream& to) const override;
    void load_state(std::istream& from) override;

  private:
    /// What the networks painted over a person's picture.
    struct Painted {
        cv::Mat rgba;  ///< CV_8UC4, premultiplied

        template <class Archive>
        void serialize(Archive& archive) {
            archive(rgba);
        }
    };

    void paint(const Wearer& wearer, const cv::Matx23d& shown_from_picture, Painted& painted);
    void compare(const cv::Mat& before, const cv::Mat& now);

    std::shared_ptr<TryOn> networks_;
    TryOnGarment photo_;
    ByPerson<Painted> people_;
    const occlusion::ShownPicture* frame_ = nullptr;  ///< of the person who is dressed
    const PersonClasses* classes_ = nullptr;
    TryOnCounts counts_;
    bool told_ = false;  ///< that somebody has no labels
    cv::Mat canvas_;     ///< pixels of the last patch
};

}  // namespace closet
