#pragma once

// LibTorch's logging header defines CHECK and relatives too, and a failing one of its own aborts
// the program. In a test that sees LibTorch headers, include this instead of doctest's header.
#if __has_include(<c10/util/Logging.h>)
#include <c10/util/Logging.h>
#undef CHECK
#undef CHECK_EQ
#undef CHECK_NE
#undef CHECK_LT
#undef CHECK_LE
#undef CHECK_GT
#undef CHECK_GE
#endif
#include <doctest/doctest.h>
