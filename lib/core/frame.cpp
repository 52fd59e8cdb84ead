#include "core/frame.h"

namespace closet {

Frame share_picture(const Frame& frame) {
    Frame shared;
    shared.index = frame.index;
    shared.pts = frame.pts;
    shared.duration = frame.duration;
    shared.time_base = frame.time_base;
    shared.orientation = frame.orientation;
    shared.scene_start = frame.scene_start;
    shared.image = reference(*frame.image);
    return shared;
}

}  // namespace closet
