#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "infer/faces/face_reader.h"
#include "pipeline/bounded_queue.h"
#include "pipeline/thread_group.h"

namespace closet {

/// Faces that wait to be looked at, as the reference system has it: whoever follows people goes on
/// meanwhile.
inline constexpr std::size_t kFacesQueue = 1024;

/// How many faces go through the networks in one call when `waiting` wait, the one in hand among
/// them. On a GPU the reference system's 128, 256 or 512, the larger the more wait; on a CPU, whose
/// `threads` take a face each, kFacesAThread for each of them: a face costs the same in batches of
/// 1 to 128 there (results/networks.md), so all that counts is that no thread is idle for long. At
/// least 1, at most `waiting`.
std::size_t faces_in_batch(std::size_t waiting, bool on_gpu, unsigned threads);
inline constexpr std::size_t kFacesAThread = 4;

/// Looks for a face in heads and says what it is like, on a thread of its own: the consumer of
/// what ReadPeople produces. What it finds does not depend on how heads are put into batches.
class EmbedFaces {
  public:
    /// Somebody's head, with pixels of its own.
    struct Head {
        std::size_t tracklet = 0;
        cv::Mat picture;    ///< CV_8UC3 R G B
        cv::Rect2d square;  ///< around the head, pixels of `picture`
    };
    struct Found {
        std::size_t tracklet = 0;
        Embedding embedding;
    };

    EmbedFaces(std::shared_ptr<const FaceReader> reader, bool on_gpu, unsigned threads);
    /// Drops what waits.
    ~EmbedFaces() = default;
    EmbedFaces(const EmbedFaces&) = delete;
    EmbedFaces& operator=(const EmbedFaces&) = delete;
    EmbedFaces(EmbedFaces&&) = delete;
    EmbedFaces& operator=(EmbedFaces&&) = delete;

    /// Waits while kFacesQueue heads wait. Heads of one tracklet come in the order of time. Throws
    /// what looking at an earlier one threw.
    void push(Head head);

    /// No more will come: waits for the last, returns those that showed a face, in the order of
    /// their heads. Throws what looking threw.
    std::vector<Found> finish();

    std::size_t most_waited() const { return queue_.peak(); }

  private:
    void look(Head first);

    std::shared_ptr<const FaceReader> reader_;
    bool on_gpu_;
    unsigned threads_;
    std::vector<Found> found_;
    BoundedQueue<Head> queue_{kFacesQueue};
    ThreadGroup group_;  ///< last: ends before what it uses
};

}  // namespace closet
