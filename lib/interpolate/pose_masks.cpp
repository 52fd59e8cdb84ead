#include "interpolate/pose_masks.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "core/error.h"
#include "interpolate/mask_picture.h"
#include "interpolate/pose_format.h"
#include "interpolate/pose_json.h"

namespace closet {
namespace {

using pose_json::BadLine;

/// The pixels are shared by reference, so a picture is the same where its memory is. Both are held,
/// hence the memory cannot have been given to another one.
bool is_same(const cv::Mat& a, const cv::Mat& b) {
    return a.data == b.data && a.size() == b.size() && a.step[0] == b.step[0];
}

}  // namespace

bool is_writable(const PersonMask& mask) {
    return is_mask_picture(mask.probability) &&
           std::all_of(std::begin(mask.mask_from_shown.val), std::end(mask.mask_from_shown.val),
                       [](double entry) { return std::abs(entry) <= kLargestMaskEntry; });
}

void WrittenMasks::append(std::string& text, const PersonMask& mask) {
    const auto in = [&](const std::vector<Numbered>& list) {
        return std::find_if(list.begin(), list.end(), [&](const Numbered& numbered) {
            return is_same(numbered.first, mask.probability);
        });
    };
    auto found = in(now_);
    bool is_new = false;
    if (found == now_.end()) {
        const auto known = in(before_);
        is_new = known == before_.end();
        now_.emplace_back(mask.probability, is_new ? next_++ : known->second);
        found = std::prev(now_.end());
        pixels_ += mask.probability.total();
        if (pixels_ > kMostMaskPixels) {
            throw Error(
                fmt::format("the masks of one frame have {} pixels, more than the {} that "
                            "a pose file holds; run without --save-poses",
                            pixels_, kMostMaskPixels));
        }
    }
    fmt::format_to(std::back_inserter(text), R"({{"{}":{})", kMaskKeys.number, found->second);
    if (is_new) {
        fmt::format_to(std::back_inserter(text), R"(,"{}":"{}")", kMaskKeys.png,
                       mask_text(mask.probability));
    }
    fmt::format_to(std::back_inserter(text), R"(,"{}":[)", kMaskKeys.from_frame);
    const char* comma = "";
    for (const double entry : mask.mask_from_shown.val) {
        text += comma;
        append_number(text, entry);
        comma = ",";
    }
    text += "]}";
}

void WrittenMasks::end_line() {
    before_ = std::exchange(now_, {});
    pixels_ = 0;
}

std::shared_ptr<const PersonMask> ReadMasks::read(const nlohmann::json& json) {
    if (!json.is_object()) {
        throw BadLine{"\"mask\" is not a JSON object"};
    }
    const auto number = pose_json::integer<std::int64_t>(pose_json::member(json, kMaskKeys.number),
                                                         kMaskKeys.number, 0);
    auto found = now_.find(number);
    if (json.contains(kMaskKeys.png)) {
        if (found != now_.end()) {
            throw BadLine{fmt::format("the mask's picture {} is there twice", number)};
        }
        found = now_.emplace(number, mask_of_text(pose_json::text_of(json, kMaskKeys.png))).first;
        pixels_ += found->second.total();
    } else if (found == now_.end()) {
        const auto known = before_.find(number);
        if (known == before_.end()) {
            throw BadLine{fmt::format(
                "the mask's picture {} is neither here nor in the line before", number)};
        }
        found = now_.insert(*known).first;
        pixels_ += found->second.total();
    }
    if (pixels_ > kMostMaskPixels) {
        throw BadLine{fmt::format("its masks have more than {} pixels", kMostMaskPixels)};
    }
    const auto entries = pose_json::numbers<6, double>(
        pose_json::member(json, kMaskKeys.from_frame), kMaskKeys.from_frame, kLargestMaskEntry);
    return std::make_shared<PersonMask>(PersonMask{found->second, cv::Matx23d(entries.data())});
}

void ReadMasks::end_line() {
    before_ = std::exchange(now_, {});
    pixels_ = 0;
}

}  // namespace closet
