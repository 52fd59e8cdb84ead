#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/garment.h"
#include "core/option.h"
#include "core/try_on.h"
#include "warp/paint/patch.h"
#include "warp/wearer.h"

namespace closet {

class DrawingWarp;
struct PersonClasses;
namespace occlusion {
struct ShownPicture;
}  // namespace occlusion

/// How often try-on networks were asked, and by how much what they painted flickers.
struct TryOnCounts {
    std::int64_t asked = 0;
    std::int64_t compared = 0;  ///< with what they painted for the same person before
    double flicker_sum = 0;     ///< mean absolute differences of R, G and B, levels of 0..255

    /// Levels by which a pixel differs from one call to the next, on average; 0 without two calls.
    double flicker() const {
        return compared > 0 ? flicker_sum / static_cast<double>(compared) : 0.0;
    }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(asked, compared, flicker_sum);
    }
};

/// Lays one garment onto one person. A warp is made for a garment (make_warp), keeps what it
/// derived from it, and is called for one wearer after the other, from one thread at a time.
/// It places the garment only: protection of the face, opacity and blending come afterwards.
class GarmentWarp {
  public:
    virtual ~GarmentWarp() = default;

    /// Once before the people of a frame, in the order of time, for warps that remember people
    /// (ByPerson). Who is dressed without is new each time.
    virtual void begin_frame(double /*seconds*/, bool /*scene_start*/) {}

    /// Before `warp`, for warps that look at pixels: the frame before anything was painted for this
    /// person, and what its pixels show (null where nobody told). Both are valid during `warp`.
    virtual void look(const occlusion::ShownPicture& /*frame*/, const PersonClasses* /*classes*/) {}

    /// Before `warp`, with the gains of the scene's light (scene_light.h): whether the warp's
    /// patches are multiplied by them from now on. Else somebody else has to, each time.
    virtual bool take_light(const std::array<float, 3>& /*gains*/) { return false; }

    /// The garment as it lies on a picture of `picture` shown pixels (Note [Shown pixels] in
    /// core/picture_geometry.h), clipped to it; nothing where the pose does not tell where the
    /// garment belongs or the garment is out of the picture. Its pixels stay valid until the next
    /// call; the caller may change them.
    virtual std::optional<Patch> warp(const Wearer& wearer, cv::Size picture) = 0;

    /// Itself, where it can tell what it paints (mesh/drawing.h); else null.
    virtual DrawingWarp* drawing() { return nullptr; }

    /// Of warps that ask networks.
    virtual TryOnCounts counts() const { return {}; }

    /// What is remembered from frame to frame, written down and taken up by a warp that was made
    /// alike (Note [State of a run]); nothing where every frame stands alone. May throw
    /// cereal::Exception where it cannot be written, or is cut short.
    virtual void save_state(std::ostream& /*to*/) const {}
    virtual void load_state(std::istream& /*from*/) {}
};

namespace flags {
inline constexpr const char* kTuck = "--tuck";
}

/// Values of GarmentWarpOptions::tuck.
namespace tuck {
inline constexpr const char *kAuto = "auto", *kYes = "yes", *kNo = "no";
}

/// What warps can be told; each takes what it knows and keeps its constants in its own header.
struct GarmentWarpOptions {
    /// "yes": the garment ends at the waist, as if tucked in; "no": it hangs over it; "auto": as
    /// the wearer's own top (Wearer::own), over it where that is not known. Mesh only.
    std::string tuck = tuck::kAuto;
    /// The wearer's own top stays on: where it hangs over the waist, what is on the legs begins at
    /// its hem. Set by Warp; no option. Mesh only.
    bool under_own_top = false;
    /// Folder with the files of the networks of gmm, cp-vton or viton-hd; empty: see make_try_on.
    std::string try_on_models{};
    /// Those networks; null where none were loaded. No option. Learned warps only.
    std::shared_ptr<TryOn> try_on{};
};
std::vector<Option> options_of(GarmentWarpOptions& options);

/// How far a top is tucked in: 1: it ends at the waist .. 0: it hangs over it.
double tucked(const GarmentWarpOptions& options, const Wearer& wearer);

/// One line of the list: how a warp is called, what it does, how it is made.
struct WarpEntry {
    std::string_view name;
    std::string_view description;  ///< one line, for help texts
    std::unique_ptr<GarmentWarp> (*make)(std::shared_ptr<const Garment>, const GarmentWarpOptions&);
    bool uses_shape = false;  ///< looks at Pose::shape: somebody has to measure it
    /// Needs GarmentWarpOptions::try_on, which closet fit alone loads.
    bool asks_networks = false;
};

/// All warps, in the order in which help shows them.
std::span<const WarpEntry> warps();

/// The line of the warp called `name`. Throws ConfigError, which lists the names.
const WarpEntry& find_warp(std::string_view name);

/// The warp called `name` for a garment. Throws as `find_warp` does.
std::unique_ptr<GarmentWarp> make_warp(std::string_view name,
                                       std::shared_ptr<const Garment> garment,
                                       const GarmentWarpOptions& options = {});

}  // namespace closet
