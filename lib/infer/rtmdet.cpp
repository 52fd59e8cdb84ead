#include "infer/rtmdet.h"

#include <utility>

#include "infer/nms.h"
#include "infer/rtmdet_decode.h"

namespace closet {
namespace {

constexpr float kLeastBoxScore = 0.3F;   // bbox_thr
constexpr double kMostBoxOverlap = 0.3;  // nms_thr
constexpr double kPixel = 1.0;           // MMPose's nms takes areas with it

}  // namespace

Normalisation rtmdet_normalisation() {
    return standard_normalisation({103.53, 116.28, 123.675}, {57.375, 57.12, 58.395});
}

std::vector<PersonBox> people_in_picture(std::vector<PersonBox> boxes, const Letterbox& letterbox) {
    std::erase_if(boxes, [](const PersonBox& person) { return !(person.score > kLeastBoxScore); });
    for (PersonBox& person : boxes) {
        Box& box = person.box;
        box.x = static_cast<float>(box.x / letterbox.scale_x);
        box.y = static_cast<float>(box.y / letterbox.scale_y);
        box.width = static_cast<float>(box.width / letterbox.scale_x);
        box.height = static_cast<float>(box.height / letterbox.scale_y);
    }
    return suppress_overlapping(std::move(boxes), kMostBoxOverlap, kPixel);
}

RtmDet::RtmDet(std::unique_ptr<NetworkRunner> network, cv::Size input, bool exponential)
    : network_(std::move(network)), input_(input), exponential_(exponential) {}

std::vector<std::vector<PersonBox>> RtmDet::find(std::span<const cv::Mat> pictures) {
    std::vector<std::vector<PersonBox>> people(pictures.size());
    network_->run(
        pictures.size(),
        [&](std::size_t i, cv::Mat& input) {
            fill_letterbox(pictures[i], fit_letterbox(pictures[i].size(), input_), input);
        },
        [&](std::size_t i, Outputs outputs) {
            std::array<RtmdetLevel, kRtmdetStrides.size()> levels;
            for (std::size_t level = 0; level < levels.size(); ++level) {
                levels[level] = {.stride = kRtmdetStrides[level],
                                 .logits = outputs[level],
                                 .distances = outputs[levels.size() + level]};
            }
            people[i] = people_in_picture(decode_rtmdet(levels, input_, exponential_),
                                          fit_letterbox(pictures[i].size(), input_));
        });
    return people;
}

}  // namespace closet
