#include "fit/face_photo.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <opencv2/imgproc.hpp>

#include "batch/view.h"
#include "core/error.h"
#include "core/log.h"
#include "decode/decode.h"

namespace closet {
namespace {

/// Larger photos are shrunk to this: in it a face of a group of ten is 100 pixels wide.
constexpr double kMostSidePx = 1600;
/// A face that is less wide than this share of the largest belongs to the background.
constexpr float kBackground = 0.5F;
constexpr std::size_t kMostNamed = 4;  ///< faces that a message names

std::string where(const Face& face) {
    return fmt::format("{:.0f} pixels wide at {:.0f},{:.0f}", face.box.width,
                       face.box.x + face.box.width / 2, face.box.y + face.box.height / 2);
}

}  // namespace

cv::Mat read_photo(const std::string& path) {
    Decode decode(path);
    const std::optional<Frame> frame = decode.next();
    if (!frame) {
        throw MediaError(fmt::format("{} holds no picture", path));
    }
    cv::Mat rgb = ViewMaker(1.0).make(*frame).rgb;
    const double most = std::max(rgb.cols, rgb.rows);
    if (most > kMostSidePx) {
        cv::Mat small;
        cv::resize(rgb, small, {}, kMostSidePx / most, kMostSidePx / most, cv::INTER_AREA);
        return small;
    }
    return rgb;
}

std::shared_ptr<const FaceQuery> face_of_photo(std::shared_ptr<const FaceReader> reader,
                                               const std::string& photo) {
    std::vector<SeenFace> faces = reader->read_all(read_photo(photo));
    if (faces.empty()) {
        throw MediaError(fmt::format(
            "{} shows no face that could be found; give a photo in which the person looks into the "
            "camera and the face is at least 40 pixels wide",
            photo));
    }
    std::erase_if(faces, [largest = faces.front().face.box.width](const SeenFace& seen) {
        return seen.face.box.width < kBackground * largest;
    });
    if (faces.size() > 1) {
        std::vector<std::string> places;
        for (const SeenFace& seen : faces) {
            places.push_back(where(seen.face));
        }
        places.resize(std::min(places.size(), kMostNamed));
        throw MediaError(fmt::format("{} shows {} faces ({}); crop it to the one that is meant",
                                     photo, faces.size(), fmt::join(places, "; ")));
    }
    return std::make_shared<const FaceQuery>(
        FaceQuery{std::move(reader), std::move(faces.front().embedding), photo});
}

FaceOfPhoto::FaceOfPhoto(const InferOptions& options)
    : workers_(0),
      query_(face_of_photo(std::make_shared<const FaceReader>(options, workers_),
                           options.face_photo)) {}

}  // namespace closet
