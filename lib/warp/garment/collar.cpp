#include "warp/garment/collar.h"

namespace closet {

bool remove_collar_inside(cv::Mat&, cv::Point2f, cv::Point2f) {
    return false;
}

}  // namespace closet
