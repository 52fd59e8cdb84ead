#pragma once

#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "core/frame.h"
#include "core/torch_part.h"

namespace closet {

// Note [Frames on a device]
// A frame that the graphics card decoded may stay there, as NV12 or P010, until it is encoded:
// Frame::on_device holds its planes then, and Frame::image only its format, size and properties, as
// with packed frames. What stages before the composite need of it is read by the functions below,
// which make it on the device, with the very numbers of the processor's kernels, and bring only
// that down: a few samples for scene cuts and light, views at half size, half-size colors where
// somebody asks for them. The composite is painted on the device (warp/tensor). Warp alone decides
// whether a frame can stay until then; whoever needs all pixels calls `fetch`, after which the
// frame is like any other. What reads planes of an image without pixels refuses it.

/// Whether pictures of this format may stay on a device.
bool may_be_on_device(AVPixelFormat format);

/// A plane of a frame on a device: CV_8U or CV_16U with as many channels as are interleaved there.
/// It is halved, by means of 2 x 2 samples, as often as its sides are even and at least twice those
/// of `least`: what shrinking it begins with anyway. Throws ModelError where the device fails, as
/// all of these do.
inline constinit TorchFunction<void(const Frame&, int plane, cv::Size least, cv::Mat& samples)>
    read_device_plane;

/// The luma samples in the middles of the cells of a grid of the size of `luma`, CV_8UC1: of column
/// i of n (2 i + 1) width / 2 n, rows alike; more than 8 bits lose their low ones.
inline constinit TorchFunction<void(const Frame&, cv::Mat& luma)> read_device_luma;

/// Of what occlusion::read_colors gives of `where` in an SDR frame that is on a device: the
/// half-size pixels that begin in these rows and columns of the frame, which are even.
inline constinit TorchFunction<void(const Frame&, cv::Rect where, const std::vector<int>& rows,
                                    const std::vector<int>& columns, cv::Mat& colors)>
    read_device_colors;

/// Brings the pixels of a frame on a device into memory, into a picture of the pool. `image` stays
/// where it is. Does nothing where they are there. Throws ModelError; std::bad_alloc.
void fetch(Frame& frame, FramePool& pool);

}  // namespace closet
