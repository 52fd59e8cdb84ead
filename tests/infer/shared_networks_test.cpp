// Networks of many megabytes: in memory once however often they are made, and gone with the last
// one.
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/doctest_with_torch.h"

#include "core/error.h"
#include "infer/clip/clip_embedder.h"
#include "infer/cutter/pointed_cutter.h"
#include "infer/faces/face_restorer.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"

using namespace closet;

namespace {

InferOptions on_cpu() {
    InferOptions options;
    options.device = "cpu";
    return options;
}

struct Maker {
    const char* fixture;
    std::function<std::shared_ptr<const void>(const std::string& file)> make;
};

std::vector<Maker> makers() {
    return {{"zoo-tryon/gfpgan_micro_published_legacy.pth",
             [](const std::string& file) -> std::shared_ptr<const void> {
                 return make_face_restorer(file, on_cpu(), 1);
             }},
            {"zoo-segmentation/mobile_sam_small_published_zip.pth",
             [](const std::string& file) -> std::shared_ptr<const void> {
                 return make_pointed_cutter(file);
             }},
            {"zoo-pose-face/clip_micro_published_jit.pt",
             [](const std::string& file) -> std::shared_ptr<const void> {
                 return std::make_shared<const ClipEmbedder>(file, on_cpu());
             }}};
}

/// Puts as many zeros in the file's place, of the same age: whoever reads it sees no network.
void blank(const std::string& file) {
    namespace fs = std::filesystem;
    const auto size = fs::file_size(file);
    const auto time = fs::last_write_time(file);
    const std::string zeros = file + ".zeros";
    std::ofstream(zeros).close();
    fs::resize_file(zeros, size);
    fs::rename(zeros, file);
    fs::last_write_time(file, time);
}

}  // namespace

TEST_CASE("a network is in memory once however often it is made, and freed with the last one") {
    for (const Maker& maker : makers()) {
        CAPTURE(maker.fixture);
        const auto original = test::shared_file(std::string("fixtures/") + maker.fixture);
        if (!original) {
            continue;
        }
        const test::TemporaryFolder folder;
        const std::string file = folder / original->filename().string();
        std::filesystem::copy_file(*original, file);
        auto first = maker.make(file);
        blank(file);
        // Not read again: the second one has the first one's numbers ...
        auto second = maker.make(file);
        first.reset();
        // ... which the second one keeps alone ...
        CHECK_NOTHROW(maker.make(file));
        second.reset();
        // ... and nobody keeps after it.
        CHECK_THROWS_AS(maker.make(file), ModelError);
    }
}
