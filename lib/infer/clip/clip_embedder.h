#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/torch_part.h"
#include "infer/faces/face.h"
#include "infer/infer_options.h"

namespace closet {

struct ClipNetwork;

/// What CLIP sees of a picture (CV_8UC3 or CV_8UC4, R G B and straight alpha, not empty; white
/// shows through): the square of `side` pixels in its middle, after the shorter side was brought to
/// that length as Pillow does it, bicubic (openai/CLIP, clip/clip.py, `_transform`). Of a picture
/// that is more than 16 times as long as wide only the middle counts.
cv::Mat clip_crop(const cv::Mat& picture, int side);

/// Tells how well pictures and texts fit each other: CLIP. Embeddings are of length 1, so that
/// their product (`similarity`) is the cosine: 0.2 to 0.35 for a text and a picture that it
/// describes. Its methods are virtual because they lie in the part with LibTorch.
class ClipEmbedder {
  public:
    /// `name_or_path`: a model of the store, or a file. `options`: device and precision. Throws
    /// ModelError where it is missing (with what to fetch) or is no CLIP.
    ClipEmbedder(std::string_view name_or_path, const InferOptions& options);
    virtual ~ClipEmbedder();
    ClipEmbedder(const ClipEmbedder&) = delete;
    ClipEmbedder& operator=(const ClipEmbedder&) = delete;
    ClipEmbedder(ClipEmbedder&&) = delete;
    ClipEmbedder& operator=(ClipEmbedder&&) = delete;

    /// One embedding of each picture (see clip_crop), in order; zeros where the network gives no
    /// numbers. All go through it together. Throws ModelError where it fails.
    virtual std::vector<Embedding> embed(std::span<const cv::Mat> pictures) const;

    /// Of a text; where it is longer than the network reads, some 50 words, its end does not count,
    /// which is said in the log. The vocabulary is bpe_simple_vocab_16e6.txt.gz beside the
    /// network's file, else that of the store. Throws ModelError where it is missing or damaged.
    virtual Embedding embed(std::string_view text) const;

    virtual std::size_t numbers() const;  ///< of an embedding
    /// Of what it sees, pixels; a picture of that size is not changed.
    virtual int side() const;

    /// A text that changes with the file: "ViT-B-32.pt 353976522 ...".
    const std::string& source() const { return source_; }

  private:
    std::shared_ptr<const ClipNetwork> network_;
    std::filesystem::path file_;
    std::string source_;
};

/// The same, for programs that load LibTorch when they need it. Throws as the constructor does.
inline constinit TorchFunction<std::unique_ptr<const ClipEmbedder>(std::string_view name_or_path,
                                                                   const InferOptions& options)>
    make_clip_embedder;

}  // namespace closet
