#include "people/embed_faces.h"

#include <algorithm>
#include <cstddef>

#include <doctest/doctest.h>

using closet::faces_in_batch;

TEST_CASE("faces go through the networks in batches as large as the queue is long") {
    for (const std::size_t waiting : {1, 2, 7, 8, 100, 127, 128, 255, 256, 511, 512, 1024}) {
        CAPTURE(waiting);
        const std::size_t cpu = faces_in_batch(waiting, false, 2);
        CHECK(cpu == std::min<std::size_t>(waiting, 2 * closet::kFacesAThread));
        const std::size_t gpu = faces_in_batch(waiting, true, 2);
        CHECK(gpu == (waiting >= 512   ? 512
                      : waiting >= 256 ? 256
                                       : std::min<std::size_t>(waiting, 128)));
    }
    CHECK(faces_in_batch(0, false, 0) == 1);
    CHECK(faces_in_batch(0, true, 0) == 1);
}
