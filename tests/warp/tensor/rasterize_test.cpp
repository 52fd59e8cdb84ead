#include "warp/tensor/rasterize.h"

#include "support/doctest_with_torch.h"

#include <random>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "warp/mesh/mesh_fixtures.h"
#include "warp/mesh/mesh_warp.h"

namespace {

using namespace closet;
using namespace closet::test;

/// A layer's picture as the kernels paint it.
cv::Mat by_kernels(const mesh::DrawnLayer& layer, cv::Size size) {
    cv::Mat canvas(size, CV_8UC4, cv::Scalar::all(0));
    mesh::rasterize(layer.corners, layer.triangles, layer.texture->level[layer.level], canvas);
    return canvas;
}

cv::Mat of_tensor(const at::Tensor& picture) {
    const at::Tensor bytes = picture.permute({1, 2, 0}).to(at::kByte).contiguous();
    return cv::Mat(static_cast<int>(bytes.size(0)), static_cast<int>(bytes.size(1)), CV_8UC4,
                   bytes.data_ptr())
        .clone();
}

int pixels_apart(const cv::Mat& a, const cv::Mat& b) {
    cv::Mat off;
    cv::absdiff(a, b, off);
    int count = 0;
    for (const cv::Vec4b& pixel : cv::Mat_<cv::Vec4b>(off)) {
        count += pixel != cv::Vec4b::all(0) ? 1 : 0;
    }
    return count;
}

/// A grid of cells, moved by up to `jitter` of a cell, that shows a texture of noise.
struct NoiseMesh {
    mesh::Texture texture;
    std::vector<mesh::Triangle> triangles;
    mesh::DrawnLayer layer;

    NoiseMesh(cv::Size cells, cv::Rect2d place, double jitter, unsigned seed) {
        std::mt19937 random(seed);
        const auto share = [&] { return std::uniform_real_distribution(-jitter, jitter)(random); };
        cv::Mat rgba(cells.height * 9, cells.width * 9, CV_8UC4);
        for (cv::Vec4b& pixel : cv::Mat_<cv::Vec4b>(rgba)) {
            for (int c = 0; c < 4; ++c) {
                pixel[c] = static_cast<std::uint8_t>(random());
            }
        }
        texture = mesh::make_texture(rgba, cv::Mat(rgba.size(), CV_8UC1, cv::Scalar(255)),
                                     {{0, 0}, rgba.size()});
        layer.texture = &texture;
        const int columns = cells.width + 1;
        for (int j = 0; j <= cells.height; ++j) {
            for (int i = 0; i < columns; ++i) {
                const cv::Point2d at(place.x + place.width * (i + share()) / cells.width,
                                     place.y + place.height * (j + share()) / cells.height);
                layer.corners.push_back(
                    {at, texture.position(cv::Point2d(9.0 * i - 0.5, 9.0 * j - 0.5), 0)});
                if (i < cells.width && j < cells.height) {
                    const auto a = static_cast<std::uint32_t>(j * columns + i);
                    const auto below = a + static_cast<std::uint32_t>(columns);
                    triangles.push_back({a, a + 1, below + 1});
                    triangles.push_back({a, below + 1, below});
                }
            }
        }
        layer.triangles = triangles;
    }
    NoiseMesh(const NoiseMesh&) = delete;
    NoiseMesh& operator=(const NoiseMesh&) = delete;
};

}  // namespace

TEST_CASE("a mesh without folds is rasterized as the kernels do to the bit") {
    const cv::Size size(150, 110);
    at::set_num_threads(1);
    tensor::Atlas atlas{at::kCPU};
    const NoiseMesh inside({10, 8}, {11.3, 7.7, 120, 90}, 0.3, 1);
    const NoiseMesh across({6, 9}, {-40.5, -30.2, 260, 200}, 0.3, 2);
    const NoiseMesh mirrored({7, 7}, {140, 100, -130, -95}, 0.2, 3);
    const NoiseMesh tiny({30, 30}, {50, 50, 20, 13}, 0.3, 4);
    const NoiseMesh outside({5, 5}, {-300, -300, 100, 100}, 0.2, 5);
    const std::vector<const mesh::DrawnLayer*> layers{&inside.layer, &across.layer, &mirrored.layer,
                                                      &tiny.layer, &outside.layer};
    const at::Tensor pictures = tensor::rasterize(layers, size, atlas);
    REQUIRE(pictures.size(0) == 5);
    for (std::size_t i = 0; i < layers.size(); ++i) {
        CAPTURE(i);
        const cv::Mat expected = by_kernels(*layers[i], size);
        CHECK(pixels_apart(expected, of_tensor(pictures[static_cast<std::int64_t>(i)])) == 0);
        CHECK((cv::countNonZero(expected.reshape(1)) > 0) == (i != 4));
    }
}

TEST_CASE("garments on bodies are rasterized as the kernels do but for deep creases") {
    at::set_num_threads(1);
    const cv::Size size(800, 900);
    for (const bool long_sleeves : {false, true}) {
        MeshWarp warp(tee(long_sleeves), {});
        tensor::Atlas atlas{at::kCPU};
        for (const double raise : {0.1, 0.7, 1.4, 2.6}) {
            CAPTURE(long_sleeves);
            CAPTURE(raise);
            Pose pose = standing_pose({400, 250}, 200, 0.1);
            set_arms(pose, raise, 0.6);
            const auto drawing = warp.draw(pose, size);
            REQUIRE(drawing);
            std::vector<const mesh::DrawnLayer*> layers;
            for (const mesh::DrawnLayer& layer : drawing->sides.at(0).layers) {
                layers.push_back(&layer);
            }
            const at::Tensor pictures = tensor::rasterize(layers, drawing->where.size(), atlas);
            for (std::size_t i = 0; i < layers.size(); ++i) {
                CAPTURE(i);
                const cv::Mat expected = by_kernels(*layers[i], drawing->where.size());
                const int apart =
                    pixels_apart(expected, of_tensor(pictures[static_cast<std::int64_t>(i)]));
                CHECK(apart <= (raise < 2 ? 0 : 5));  // creases on the shoulder, more than two deep
            }
        }
    }
}

TEST_CASE("where a mesh lies on itself many times the shape that is painted last is seen") {
    NoiseMesh folded({8, 8}, {10, 10, 100, 100}, 1.4, 6);
    for (cv::Mat& level : folded.texture.level) {
        level.setTo(cv::Scalar::all(255));  // opaque: what is below does not show
    }
    tensor::Atlas atlas{at::kCPU};
    const std::vector<const mesh::DrawnLayer*> layers{&folded.layer};
    const cv::Size size(120, 120);
    const cv::Mat picture = of_tensor(tensor::rasterize(layers, size, atlas)[0]);
    CHECK(pixels_apart(by_kernels(folded.layer, size), picture) == 0);
}

TEST_CASE("layers of which nothing is seen stay empty") {
    tensor::Atlas atlas{at::kCPU};
    const mesh::DrawnLayer nothing;
    const std::vector<const mesh::DrawnLayer*> layers{&nothing};
    const at::Tensor pictures = tensor::rasterize(layers, {20, 10}, atlas);
    CHECK(pictures.sizes() == at::IntArrayRef({1, 4, 10, 20}));
    CHECK(pictures.sum().item<std::int64_t>() == 0);
    CHECK(tensor::samples_of(layers, {20, 10}) == 0);
}

TEST_CASE("on a device without memory garments are rasterized up to shapes and types") {
    // LibTorch's meta device refuses operands of other devices, and whatever would read numbers.
    const NoiseMesh mesh({10, 8}, {11.3, 7.7, 120, 90}, 0.3, 1);
    const std::vector<const mesh::DrawnLayer*> layers{&mesh.layer, &mesh.layer};
    tensor::Atlas atlas{at::kMeta};
    const at::Tensor pictures = tensor::rasterize(layers, {150, 110}, atlas);
    CHECK(pictures.is_meta());
    CHECK(pictures.sizes() == at::IntArrayRef({2, 4, 110, 150}));
    CHECK((pictures.scalar_type() == at::kInt));
}
