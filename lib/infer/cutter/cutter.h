#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <opencv2/core/mat.hpp>

namespace closet {

class Network;

/// What a network takes for the thing of a picture.
struct SalientMask {
    cv::Mat mask;    ///< CV_8UC1 at the network's size: 255 where it is most sure, 0 where least
    float peak = 0;  ///< 0..1, how sure it is where it is most sure; small where nothing is seen
};

/// Tells the thing that a photo shows from its ground, whatever that is: U-2-Net, u2netp or IS-Net.
/// Pictures go in and masks come out as rembg does it (rembg/sessions/base.py, u2net.py and
/// dis_general_use.py, 684f8e9), so that masks are the ones that users know.
class Cutter {
  public:
    /// `network` gives a map of 0..1 as its first output. What it wants is told by its size: IS-Net
    /// the one of 1024 x 1024, U-2-Net every other. `name` is for messages. Throws ModelError where
    /// the network gives no map.
    Cutter(std::shared_ptr<const Network> network, std::string name);

    const std::string& name() const { return name_; }

    /// Pixels on the longer side of what the network sees: finer detail than a pixel of that is
    /// guessed.
    int side() const;

    /// `rgb`: CV_8UC3, R G B, of any size. Takes one core seconds.
    SalientMask find(const cv::Mat& rgb) const;

    /// The mask at the photo's size (CV_8UC1); all 0 where nothing stands out.
    cv::Mat alpha(const cv::Mat& rgb) const;

  private:
    std::shared_ptr<const Network> network_;
    std::string name_;
};

/// One line of the list that `--cutter` chooses from.
struct CutterEntry {
    std::string_view name;     ///< what `--cutter` and the store call it
    std::string_view purpose;  ///< for lists
};

/// The best one first.
std::span<const CutterEntry> cutters();

/// The cutter of a name, or of a file: .pth or .safetensors (U-2-Net) or .onnx. Throws ModelError
/// where it is missing or no such network, ConfigError for a name that is none of cutters().
std::unique_ptr<Cutter> make_cutter(std::string_view name_or_path);

/// The first of cutters() whose file the store has; null where it has none.
std::unique_ptr<Cutter> make_best_cutter();

}  // namespace closet
