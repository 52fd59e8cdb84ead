#include "fit/wardrobe.h"

#include <algorithm>
#include <span>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <opencv2/core/mat.hpp>

#include "core/error.h"
#include "core/garment_files.h"
#include "core/log.h"
#include "fit/embedding_cache.h"
#include "warp/garment/garment_picture.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

/// Pictures that go through the network together.
constexpr std::size_t kPicturesAtOnce = 8;

struct SeenPicture {
    fs::path file;
    Embedding embedding;  ///< empty: it cannot be read
};

/// The embeddings of pictures that were not kept.
void look_at(std::span<SeenPicture*> unseen, const ClipEmbedder& clip, EmbeddingCache& cache) {
    std::vector<cv::Mat> pictures;
    std::vector<SeenPicture*> readable;
    for (SeenPicture* const seen : unseen) {
        try {
            // Of pictures of 64 million pixels only what counts is held.
            pictures.push_back(clip_crop(read_garment_picture(seen->file), clip.side()));
            readable.push_back(seen);
        } catch (const MediaError& error) {
            log::warning("{}; it is left out", error.what());
        }
    }
    std::vector<Embedding> embeddings = clip.embed(pictures);
    for (std::size_t i = 0; i < readable.size(); ++i) {
        cache.put(readable[i]->file, embeddings[i]);
        readable[i]->embedding = std::move(embeddings[i]);
    }
}

std::vector<Embedding> embeddings_of(const GarmentQuery& query, const ClipEmbedder& clip) {
    std::vector<Embedding> wanted;
    if (query.text.find_first_not_of(" \t\r\n") != std::string::npos) {
        wanted.push_back(clip.embed(query.text));
    }
    if (!query.like.empty()) {
        const cv::Mat picture = read_garment_picture(query.like);
        wanted.push_back(clip.embed(std::span(&picture, 1)).front());
    }
    if (wanted.empty()) {
        throw ConfigError("there is nothing to look for: the text of a search has no words");
    }
    return wanted;
}

float score_of(const Embedding& embedding, const std::vector<Embedding>& wanted) {
    float sum = 0;
    for (const Embedding& one : wanted) {
        sum += similarity(embedding, one);
    }
    return sum / static_cast<float>(wanted.size());
}

}  // namespace

Option clip_option(std::string& model) {
    return {.names = flags::kClipModel,
            .group = "Garment",
            .help = "the CLIP that finds garments by words: a name or a checkpoint's file",
            .value = &model};
}

WardrobeSearch search_wardrobe(const fs::path& folder, const GarmentQuery& query,
                               const ClipEmbedder& clip, const WardrobeTick& tick) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) {
        throw ConfigError(
            fmt::format("cannot look for garments in {}: it is no folder", folder.string()));
    }
    std::vector<SeenPicture> pictures;
    for (fs::path& file : garment_files({folder.string()})) {
        pictures.push_back({std::move(file), {}});
    }
    const std::vector<Embedding> wanted = embeddings_of(query, clip);
    EmbeddingCache cache(folder, clip.source(), clip.numbers());
    std::vector<SeenPicture*> unseen;
    for (SeenPicture& picture : pictures) {
        if (auto kept = cache.find(picture.file)) {
            picture.embedding = *std::move(kept);
        } else {
            unseen.push_back(&picture);
        }
    }
    WardrobeSearch result;
    for (std::size_t i = 0; i < unseen.size() && !result.interrupted; i += kPicturesAtOnce) {
        result.interrupted = tick && !tick(i, unseen.size());
        if (!result.interrupted) {
            const std::size_t count = std::min(kPicturesAtOnce, unseen.size() - i);
            look_at(std::span(unseen).subspan(i, count), clip, cache);
            result.looked_at += count;
        }
    }
    cache.save();
    result.cache = cache.file();
    for (SeenPicture& picture : pictures) {
        if (!picture.embedding.empty()) {
            result.matches.push_back(
                {std::move(picture.file), score_of(picture.embedding, wanted)});
        }
    }
    if (result.matches.empty() && !result.interrupted) {
        throw ConfigError(fmt::format("{} holds no picture that can be read", folder.string()));
    }
    std::stable_sort(result.matches.begin(), result.matches.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
    return result;
}

}  // namespace closet
