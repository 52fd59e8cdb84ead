#pragma once

#include <cstdint>
#include <istream>
#include <memory>
#include <new>
#include <ostream>

#include <cereal/archives/binary.hpp>
#include <cereal/types/array.hpp>
#include <cereal/types/deque.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/memory.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/variant.hpp>
#include <cereal/types/vector.hpp>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "core/frame.h"
#include "core/pose.h"

namespace closet {

/// Note [State of a run]
/// A rendering that is cut into units (fit/units) goes on where another process left off, and
/// gives the same frames. For that each stage that remembers anything from frame to frame writes
/// its memory down where a unit begins, and takes it up again:
///
///     void save_state(std::ostream&) const;    void load_state(std::istream&);
///
/// Classes with memory have a member `serialize` that names what they remember, once for both ways;
/// cereal does the rest. What is configured, and scratch that each frame begins anew, is left out.
/// It is included only by those sources that implement the two functions above.
///
/// A state is read by the very program that wrote it, and its hash is compared first
/// (fit/units/unit_folder.h): there are no versions, and no defense against what was made to harm.
/// What is cut short throws.
using StateWriter = cereal::BinaryOutputArchive;
using StateReader = cereal::BinaryInputArchive;

template <class... Parts>
void write_state(std::ostream& to, const Parts&... parts) {
    StateWriter archive(to);
    archive(parts...);
}

template <class... Parts>
void read_state(std::istream& from, Parts&... parts) {
    StateReader archive(from);
    archive(parts...);
}

template <class Archive>
void serialize(Archive& archive, Orientation& o) {
    archive(o.turn, o.mirrored);
}
template <class Archive>
void serialize(Archive& archive, Keypoint& k) {
    archive(k.x, k.y, k.z, k.score);
}
template <class Archive>
void serialize(Archive& archive, Box& b) {
    archive(b.x, b.y, b.width, b.height);
}
template <class Archive>
void serialize(Archive& archive, Facing& f) {
    archive(f.yaw, f.certainty);
}
template <class Archive>
void serialize(Archive& archive, Measure& m) {
    archive(m.value, m.certainty);
}
template <class Archive>
void serialize(Archive& archive, BodyShape::Arm& arm) {
    archive(arm.outer, arm.inner);
}
template <class Archive>
void serialize(Archive& archive, BodyShape::Leg& leg) {
    archive(leg.outer, leg.inner);
}
template <class Archive>
void serialize(Archive& archive, BodyShape& s) {
    archive(s.half_width, s.top, s.arm, s.leg);
}
template <class Archive>
void serialize(Archive& archive, PersonMask& m) {
    archive(m.probability, m.mask_from_shown);
}
template <class Archive>
void serialize(Archive& archive, PersonLabels& l) {
    archive(l.probability, l.labels_from_shown, l.front_odds);
}
template <class Archive>
void serialize(Archive& archive, Pose& p) {
    archive(p.skeleton, p.keypoints, p.score, p.person_id, p.origin, p.box, p.facing, p.is_wanted,
            p.fade, p.arms_agree, p.moved, p.mask, p.labels, p.shape);
}
template <class Archive>
void serialize(Archive& archive, View& v) {
    archive(v.rgb, v.shown_from_view);
}

/// A frame's place in the clip and its geometry: pixels and packets are left behind.
template <class Archive>
void save(Archive& archive, const Frame& f) {
    archive(f.index, f.pts, f.duration, f.time_base.num, f.time_base.den, f.orientation,
            f.scene_start, f.unit_start, f.image->format, f.image->width, f.image->height,
            f.image->sample_aspect_ratio.num, f.image->sample_aspect_ratio.den);
}
template <class Archive>
void load(Archive& archive, Frame& f) {
    f.image = make_av_frame();
    archive(f.index, f.pts, f.duration, f.time_base.num, f.time_base.den, f.orientation,
            f.scene_start, f.unit_start, f.image->format, f.image->width, f.image->height,
            f.image->sample_aspect_ratio.num, f.image->sample_aspect_ratio.den);
}

template <class Archive>
void serialize(Archive& archive, FrameBatch::Key& k) {
    archive(k.frame, k.view, k.need);
}
template <class Archive>
void serialize(Archive& archive, FrameBatch& b) {
    archive(b.frames, b.keys);
}

}  // namespace closet

namespace cereal {

// What is shared among immutable owners is written once and shared again.
template <class Archive, class T>
void save(Archive& archive, const std::shared_ptr<const T>& pointer) {
    archive(std::const_pointer_cast<T>(pointer));
}
template <class Archive, class T>
void load(Archive& archive, std::shared_ptr<const T>& pointer) {
    std::shared_ptr<T> writable;
    archive(writable);
    pointer = std::move(writable);
}

template <class Archive, class T>
void serialize(Archive& archive, cv::Point_<T>& p) {
    archive(p.x, p.y);
}
template <class Archive, class T>
void serialize(Archive& archive, cv::Point3_<T>& p) {
    archive(p.x, p.y, p.z);
}
template <class Archive, class T>
void serialize(Archive& archive, cv::Size_<T>& s) {
    archive(s.width, s.height);
}
template <class Archive, class T>
void serialize(Archive& archive, cv::Rect_<T>& r) {
    archive(r.x, r.y, r.width, r.height);
}
template <class Archive, class T, int Rows, int Columns>
void serialize(Archive& archive, cv::Matx<T, Rows, Columns>& m) {
    for (T& entry : m.val) {
        archive(entry);
    }
}
template <class Archive, class T, int Count>
void serialize(Archive& archive, cv::Vec<T, Count>& v) {
    for (T& entry : v.val) {
        archive(entry);
    }
}

/// Pictures: of two dimensions, of any type.
template <class Archive>
void save(Archive& archive, const cv::Mat& m) {
    archive(m.rows, m.cols, m.type());
    for (int row = 0; row < m.rows; ++row) {
        archive(binary_data(m.ptr(row), static_cast<std::size_t>(m.cols) * m.elemSize()));
    }
}
template <class Archive>
void load(Archive& archive, cv::Mat& m) {
    int rows = 0, cols = 0, type = 0;
    archive(rows, cols, type);
    constexpr int kLongestSide = 1 << 16;
    if (rows < 0 || cols < 0 || rows > kLongestSide || cols > kLongestSide ||
        (type & ~CV_MAT_TYPE_MASK) != 0) {
        throw closet::MediaError("the state of a run holds a picture of no size");
    }
    m.create(rows, cols, type);
    for (int row = 0; row < rows; ++row) {
        archive(binary_data(m.ptr(row), static_cast<std::size_t>(cols) * m.elemSize()));
    }
}

}  // namespace cereal
