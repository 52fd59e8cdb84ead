#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>
#include <opencv2/core/types.hpp>

#include "warp/occlusion/half_view.h"

namespace closet::occlusion {

/// The pixels of `read_person` (step 2), bit for bit, row by row.
class PersonRows {
  public:
    /// The mask (null: all is person) must outlive what is read; `where` is even.
    void open(const PersonMask* mask, cv::Rect where);
    /// Some columns of a row; `person` is the first of them.
    void read(int row, cv::Range columns, std::uint8_t* person);

  private:
    /// A row of the mask as read at the view's own or, where it is coarse, half of its size.
    struct Line {
        int row = -1;
        cv::Range columns{0, 0};
        std::vector<std::uint8_t> pixels;  ///< by column
    };
    const std::uint8_t* line(int row, cv::Range columns);

    const PersonMask* mask_ = nullptr;
    bool is_coarse_ = false;
    cv::Matx23d mask_from_line_;
    std::vector<std::int32_t> across_x_, across_y_;  ///< what columns add to places, 1/1024 pixel
    std::array<Line, 2> lines_;                      ///< even and odd rows
    std::vector<std::uint16_t> rows_;                ///< two, interpolated across
};

/// A half view whose pixels are read where somebody asks for them: most of a limb's box, and of
/// the box that hair may fill, nobody does.
class ViewRows {
  public:
    /// False where nothing can be seen.
    bool open(cv::Rect where, const PersonMask* mask, const ShownPicture& frame);
    /// Reads some columns of a row; all others mean nothing.
    void read(int row, cv::Range columns);
    /// What was read.
    const HalfView& view() const { return view_; }

  private:
    HalfView view_;                     ///< buffers are kept
    std::optional<PlainColors> plain_;  ///< else all colors are there
    PersonRows person_;
};

}  // namespace closet::occlusion
