#include "warp/tensor/atlas.h"

#include <ATen/ATen.h>

#include "warp/tensor/upload.h"

namespace closet::tensor {

Atlas::Atlas(c10::Device device)
    : pixels_(at::empty({0, 4}, at::TensorOptions(at::kByte).device(device))) {}

Atlas::Place Atlas::place(const mesh::Texture& texture, std::size_t level) {
    std::vector<Place>& places = places_[&texture];
    if (places.empty()) {
        std::vector<at::Tensor> all{pixels_};
        std::int64_t first = pixels_.size(0);
        for (const cv::Mat& picture : texture.level) {
            places.push_back({first, picture.cols});
            all.push_back(upload(picture, device()).view({-1, 4}));
            first += all.back().size(0);
        }
        pixels_ = at::cat(all);
    }
    return places.at(level);
}

}  // namespace closet::tensor
