#include "poses/pose_masks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

extern "C" {
#include <libavutil/base64.h>
}

#include "core/error.h"
#include "picture/picture_codec.h"
#include "poses/pose_file.h"
#include "poses/pose_json.h"

namespace closet {
namespace {

using namespace pose_json;
using Bytes = std::vector<std::uint8_t>;

// The PNG specification (W3C, 2003): section 5.2, and 11.2.2 of the chunk IHDR, which comes first:
// its length and name, width and height (big-endian), bits, color type, compression, filter and
// interlacing. A file ends with the chunk IEND, always the same twelve bytes.
constexpr std::array<std::uint8_t, 16> kPngStart{0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A,
                                                 0,    0,   0,   13,  'I',  'H',  'D',  'R'};
constexpr std::array<std::uint8_t, 5> kPngGray8{8, 0, 0, 0, 0};
constexpr std::array<std::uint8_t, 12> kPngEnd{0,   0,   0,    0,    'I',  'E',
                                               'N', 'D', 0xAE, 0x42, 0x60, 0x82};
constexpr std::size_t kSizeAt = kPngStart.size();
constexpr std::size_t kKindAt = kSizeAt + 8;

Bytes bytes_of_base64(const std::string& text) {
    Bytes bytes(AV_BASE64_DECODE_SIZE(text.size()));
    // av_base64_decode takes an int; lines are far shorter than that.
    const int size = av_base64_decode(bytes.data(), text.c_str(), static_cast<int>(bytes.size()));
    if (size < 0) {
        throw BadLine{"\"png\" is not base64"};
    }
    bytes.resize(static_cast<std::size_t>(size));
    return bytes;
}

std::uint32_t big_endian(const Bytes& bytes, std::size_t at) {
    return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
           std::uint32_t{bytes[at + 2]} << 8 | std::uint32_t{bytes[at + 3]};
}

/// Throws BadLine for anything but a whole gray PNG of a mask's size.
void check_png(const Bytes& png, int count) {
    const auto holds = [&](const auto& part, std::size_t at) {
        return std::equal(part.begin(), part.end(), png.begin() + static_cast<std::ptrdiff_t>(at));
    };
    if (png.size() < kKindAt + kPngGray8.size() + kPngEnd.size() || !holds(kPngStart, 0)) {
        throw BadLine{"\"png\" is not a PNG picture"};
    }
    const std::uint32_t width = big_endian(png, kSizeAt), height = big_endian(png, kSizeAt + 4);
    const auto tallest = static_cast<std::uint32_t>(count * kLongestMaskSide);
    if (width == 0 || height == 0 || width > kLongestMaskSide || height > tallest) {
        throw BadLine{fmt::format("\"png\" is a picture of {}x{}, but {} 1x1 to {}x{}", width,
                                  height, count == 1 ? "masks have" : "these labels have",
                                  kLongestMaskSide, tallest)};
    }
    if (!holds(kPngGray8, kKindAt)) {
        throw BadLine{"\"png\" is not a picture of 8-bit gray without interlacing"};
    }
    if (!holds(kPngEnd, png.size() - kPngEnd.size())) {
        throw BadLine{"\"png\" is cut short"};
    }
}

/// The pixels are shared by reference, so a picture is the same where its memory is. Both are held,
/// hence the memory cannot have been given to another one.
bool is_same(const cv::Mat& a, const cv::Mat& b) {
    return a.data == b.data && a.size() == b.size() && a.step[0] == b.step[0];
}

}  // namespace

bool is_mask_picture(const cv::Mat& picture) {
    return !picture.empty() && picture.type() == CV_8UC1 && picture.dims == 2 &&
           picture.cols <= kLongestMaskSide && picture.rows <= kLongestMaskSide;
}

std::string mask_text(const cv::Mat& picture, bool quick) {
    const Bytes png = encode_png(picture, quick ? PngLevel::kQuick : PngLevel::kSmallest);
    std::string text(AV_BASE64_SIZE(png.size()), '\0');
    av_base64_encode(text.data(), static_cast<int>(text.size()), png.data(),
                     static_cast<int>(png.size()));
    text.pop_back();  // the terminator that av_base64_encode writes
    return text;
}

cv::Mat mask_of_text(const std::string& text, int count) {
    const Bytes png = bytes_of_base64(text);
    check_png(png, count);
    cv::Mat picture = decode_picture(png);
    if (picture.empty() || picture.type() != CV_8UC1 || picture.dims != 2) {
        throw BadLine{"\"png\" is a damaged picture"};
    }
    return picture;
}

bool is_writable(const PersonMask& mask) {
    return is_mask_picture(mask.probability) &&
           std::all_of(std::begin(mask.mask_from_shown.val), std::end(mask.mask_from_shown.val),
                       [](double entry) { return std::abs(entry) <= kLargestMaskEntry; });
}

void WrittenMasks::append(std::string& text, const PersonMask& mask) {
    const auto [number, is_new] =
        pictures_.place(mask.probability, mask.probability.total(), is_same);
    if (pictures_.pixels() > kMostMaskPixels) {
        throw Error(
            fmt::format("the masks of one frame have {} pixels, more than the {} that a pose "
                        "file holds; run without {}",
                        pictures_.pixels(), kMostMaskPixels, flags::kSavePoses));
    }
    fmt::format_to(std::back_inserter(text), R"({{"{}":{})", kMaskKeys.number, number);
    if (is_new) {
        fmt::format_to(std::back_inserter(text), R"(,"{}":"{}")", kMaskKeys.png,
                       mask_text(mask.probability));
    }
    append_place(text, kMaskKeys.from_frame, mask.mask_from_shown);
    text += "}";
}

std::shared_ptr<const PersonMask> ReadMasks::read(const nlohmann::json& json) {
    if (!json.is_object()) {
        throw BadLine{"\"mask\" is not a JSON object"};
    }
    const auto number = pose_json::integer<std::int64_t>(pose_json::member(json, kMaskKeys.number),
                                                         kMaskKeys.number, 0);
    const cv::Mat& picture = pictures_.find(
        number, json.contains(kMaskKeys.png), "the mask's picture",
        [&] { return mask_of_text(pose_json::text_of(json, kMaskKeys.png)); },
        [](const cv::Mat& read) { return read.total(); });
    if (pictures_.pixels() > kMostMaskPixels) {
        throw BadLine{fmt::format("its masks have more than {} pixels", kMostMaskPixels)};
    }
    const auto entries = pose_json::numbers<6, double>(
        pose_json::member(json, kMaskKeys.from_frame), kMaskKeys.from_frame, kLargestMaskEntry);
    return std::make_shared<PersonMask>(PersonMask{picture, cv::Matx23d(entries.data())});
}

}  // namespace closet
