#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core/matx.hpp>

#include "poses/pose_json.h"

namespace closet {

// The numbers of pictures that the lines of a pose file share, see Note [Masks in pose files].
// `Pictures` is a cv::Mat, or several.

/// Those of a file that is written.
template <class Pictures>
class WrittenPictures {
  public:
    struct Place {
        std::int64_t number;
        bool is_new;  ///< to be written out
    };

    /// `pixels`: of the pictures; `are_same(a, b)`: whether two are the same ones.
    template <class Same>
    Place place(const Pictures& pictures, std::size_t pixels, Same are_same) {
        const auto in = [&](const std::vector<Numbered>& list) {
            return std::find_if(list.begin(), list.end(), [&](const Numbered& numbered) {
                return are_same(numbered.first, pictures);
            });
        };
        if (const auto found = in(now_); found != now_.end()) {
            return {found->second, false};
        }
        const auto known = in(before_);
        const bool is_new = known == before_.end();
        now_.emplace_back(pictures, is_new ? next_++ : known->second);
        pixels_ += pixels;
        return {now_.back().second, is_new};
    }

    std::size_t pixels() const { return pixels_; }  ///< of this line's distinct pictures

    void end_line() {
        before_ = std::exchange(now_, {});
        pixels_ = 0;
    }

  private:
    using Numbered = std::pair<Pictures, std::int64_t>;

    std::vector<Numbered> before_, now_;  ///< of the line before, and of this one
    std::size_t pixels_ = 0;              ///< in now_
    std::int64_t next_ = 0;
};

/// Those of a file that is read.
template <class Pictures>
class ReadPictures {
  public:
    /// The pictures of a number, which `read()` gives where `is_written` says that they stand here.
    /// `owner`: for messages, "the mask's picture". Throws pose_json::BadLine.
    template <class Read, class Count>
    const Pictures& find(std::int64_t number, bool is_written, const char* owner, Read read,
                         Count pixels_of) {
        auto found = now_.find(number);
        if (found != now_.end()) {
            if (is_written) {
                throw pose_json::BadLine{fmt::format("{} {} is there twice", owner, number)};
            }
            return found->second;
        }
        if (is_written) {
            found = now_.emplace(number, read()).first;
        } else {
            const auto known = before_.find(number);
            if (known == before_.end()) {
                throw pose_json::BadLine{
                    fmt::format("{} {} is neither here nor in the line before", owner, number)};
            }
            found = now_.insert(*known).first;
        }
        pixels_ += pixels_of(found->second);
        return found->second;
    }

    std::size_t pixels() const { return pixels_; }  ///< of this line's distinct pictures

    void end_line() {
        before_ = std::exchange(now_, {});
        pixels_ = 0;
    }

  private:
    std::map<std::int64_t, Pictures> before_, now_;  ///< of the line before, and of this one
    std::size_t pixels_ = 0;                         ///< in now_
};

/// Adds ,"KEY":[...], where a picture lies.
inline void append_place(std::string& text, const char* key, const cv::Matx23d& place) {
    fmt::format_to(std::back_inserter(text), R"(,"{}":[)", key);
    const char* comma = "";
    for (const double entry : place.val) {
        text += comma;
        pose_json::append_number(text, entry);
        comma = ",";
    }
    text += "]";
}

}  // namespace closet
