#pragma once

#include <cstdint>
#include <string>

#include "models/rtm/cspnext.h"
#include "models/rtm/state_dict.h"

namespace closet {

/// The size of the backbone in a checkpoint whose last stage has `last_channels` channels; depth
/// and kind of convolution come from its keys. Throws ModelError where no such width is known;
/// `family` is for the message.
CspNextSize known_size(const StateDict& state, std::int64_t last_channels,
                       const std::string& family);

/// OpenMMLab's name of a size, e.g. "s"; else its factors, "widen0.5-deepen1".
std::string size_name(const CspNextSize& size);

}  // namespace closet
