// A convolution by itself against the sum that it is. Needs no LibTorch, so sanitizers see it.
#include "models/nhwc/lone_conv.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include "nhwc_graphs.h"

namespace closet::test {
namespace {

struct Case {
    LoneConv::Size size;
    std::int64_t in, out;  ///< channels
    std::int64_t kernel, stride, pad, dilation;
};

std::vector<float> noise(std::mt19937& random, std::int64_t count) {
    std::uniform_real_distribution<float> number(-1, 1);
    std::vector<float> numbers(static_cast<std::size_t>(count));
    std::generate(numbers.begin(), numbers.end(), [&] { return number(random); });
    return numbers;
}

double sum_at(const Case& c, const ConvNode& conv, const std::vector<float>& x, std::int64_t row,
              std::int64_t column, std::int64_t channel) {
    double sum = static_cast<double>(conv.bias[static_cast<std::size_t>(channel)]);
    for (std::int64_t v = 0; v < c.kernel; ++v) {
        for (std::int64_t u = 0; u < c.kernel; ++u) {
            const std::int64_t y = row * c.stride - c.pad + v * c.dilation;
            const std::int64_t at = column * c.stride - c.pad + u * c.dilation;
            if (y < 0 || y >= c.size.height || at < 0 || at >= c.size.width) {
                continue;
            }
            for (std::int64_t k = 0; k < c.in; ++k) {
                const auto weight =
                    static_cast<std::size_t>(((channel * c.kernel + v) * c.kernel + u) * c.in + k);
                sum += static_cast<double>(conv.weights[weight]) *
                       static_cast<double>(
                           x[static_cast<std::size_t>((y * c.size.width + at) * c.in + k)]);
            }
        }
    }
    return sum;
}

}  // namespace

TEST_SUITE("own kernels") {
    TEST_CASE(
        "a lone convolution is the sum that it stands for, in whatever rows it is asked for") {
        const Case cases[] = {
            {{9, 7}, 3, 16, 3, 1, 1, 1},     {{16, 12}, 22, 64, 4, 2, 1, 1},
            {{5, 6}, 65, 13, 3, 1, 1, 1},    {{8, 8}, 32, 48, 1, 1, 0, 1},
            {{7, 11}, 16, 5, 2, 1, 1, 1},    {{20, 9}, 8, 17, 3, 2, 1, 1},
            {{12, 12}, 24, 32, 3, 1, 2, 2},  {{1, 1}, 4, 4, 3, 1, 1, 1},
            {{40, 33}, 5, 7, 7, 1, 3, 1},    {{3, 300}, 64, 64, 3, 1, 1, 1},
            {{17, 23}, 48, 32, 3, 1, 1, 1},  {{30, 9}, 32, 80, 3, 1, 0, 1},
            {{61, 150}, 64, 64, 3, 1, 1, 1}, {{23, 21}, 32, 64, 7, 1, 3, 1},
            {{40, 90}, 64, 32, 7, 1, 2, 1},  {{16, 16}, 64, 64, 3, 1, 2, 1},
            {{29, 33}, 64, 80, 3, 2, 1, 1},  {{34, 40}, 72, 64, 3, 2, 0, 1},
            {{18, 14}, 16, 32, 3, 1, 1, 1},
        };
        std::mt19937 random(1);
        for (const Case& c : cases) {
            ConvNode conv;
            conv.window = KernelWindow::square(c.kernel, c.stride, c.pad, c.dilation);
            conv.weights = noise(random, c.out * c.kernel * c.kernel * c.in);
            conv.bias = noise(random, c.out);
            const std::vector<float> x = noise(random, c.size.height * c.size.width * c.in);
            for (const Instructions& set : instruction_sets()) {
                CAPTURE(set.name);
                CAPTURE(c.in);
                const LoneConv lone(conv, *set.kernels, c.size.width / c.stride);
                const LoneConv::Size size = lone.result_size(c.size);
                const auto count = static_cast<std::size_t>(size.height * size.width * c.out);
                std::vector<float> y(count, NAN), in_parts(count, NAN);
                lone.run(x.data(), c.size, y.data(), 0, size.height);
                for (std::int64_t row = 0; row < size.height; row += 3) {
                    lone.run(x.data(), c.size, in_parts.data(), row,
                             std::min(row + 3, size.height));
                }
                CHECK(y == in_parts);
                double most = 0;
                for (std::size_t i = 0; i < count; ++i) {
                    const auto at = static_cast<std::int64_t>(i);
                    const double wanted = sum_at(c, conv, x, at / c.out / size.width,
                                                 at / c.out % size.width, at % c.out);
                    most = std::max(most, std::abs(static_cast<double>(y[i]) - wanted));
                    most = std::isnan(y[i]) ? INFINITY : most;
                }
                const auto products = static_cast<double>(c.kernel * c.kernel * c.in);
                CHECK(most < 1e-6 * products);
            }
        }
    }
}

}  // namespace closet::test
