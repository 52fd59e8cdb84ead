#pragma once

#include <string>

namespace closet::bench {

/// CSS of the page and its plots: light, and dark where the reader's system asks for it.
std::string html_style();

}  // namespace closet::bench
