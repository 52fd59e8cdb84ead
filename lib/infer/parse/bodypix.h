#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core/types.hpp>

#include "infer/parse/parser.h"
#include "infer/pose_model.h"
#include "infer/run/network_runner.h"

namespace closet {

/// What the network is shown: 257 pixels along the person's longer side, where the study found its
/// parts best and 353 no better (parsing.md, Cost), and a multiple of 8 and 1 along the other one,
/// nearest to the person's proportions. People stand upright, arms may be spread.
inline const std::array kBodyPixInputs{cv::Size(105, 257), cv::Size(129, 257), cv::Size(161, 257),
                                       cv::Size(193, 257), cv::Size(225, 257), cv::Size(257, 257),
                                       cv::Size(257, 193), cv::Size(257, 129)};

/// Tells kPerson and the seven parts of the body: the part's share among the best of each group's
/// logits (softmax), as parsing.md's prototype does it. Regions are stretched to the nearest of the
/// networks' sizes.
class BodyPix : public PersonParser {
  public:
    struct Sized {
        cv::Size input;                          ///< pixels, both sides 8 n + 1
        std::unique_ptr<NetworkRunner> network;  ///< gives `segments` and `part_heatmaps`
    };

    /// At least one network.
    BodyPix(std::string name, std::vector<Sized> networks);

    std::string name() const override { return name_; }
    std::vector<PersonLabels> look(std::span<const ParseInput> inputs) override;

  private:
    std::string name_;
    std::vector<Sized> networks_;
};

/// Finds the bodies in whole pictures with the same networks: what hangs together of cells that are
/// a person's and shows a torso, whether there is a head or not. People who overlap are one. For
/// people of half the picture's height and more: smaller ones are blurred into the ground.
class BodyPixDetector : public PersonDetector {
  public:
    explicit BodyPixDetector(std::vector<BodyPix::Sized> networks);

    std::vector<std::vector<PersonBox>> find(std::span<const cv::Mat> pictures) override;

  private:
    std::vector<BodyPix::Sized> networks_;
};

/// The people in a picture of `size` that was resized to `input`, best first, from the two outputs
/// of the network as read_bodypix takes them. Throws ModelError for another number of values.
std::vector<PersonBox> bodies_in_bodypix(std::span<const float> person,
                                         std::span<const float> parts, cv::Size input,
                                         cv::Size size);

/// The labels that the two outputs of the network say for a region that was resized to `input`:
/// logits, rows x columns (x 24), on a grid of 8 pixels whose corners are the picture's. Throws
/// ModelError for another number of values.
PersonLabels read_bodypix(std::span<const float> person, std::span<const float> parts,
                          cv::Size input, const cv::Rect& region);

}  // namespace closet
