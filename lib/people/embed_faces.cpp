#include "people/embed_faces.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace closet {

std::size_t faces_in_batch(std::size_t waiting, bool on_gpu, unsigned threads) {
    std::size_t most = kFacesAThread * std::max(1U, threads);
    if (on_gpu) {
        most = waiting >= 512 ? 512 : waiting >= 256 ? 256 : 128;
    }
    return std::max<std::size_t>(1, std::min(waiting, most));
}

EmbedFaces::EmbedFaces(std::shared_ptr<const FaceReader> reader, bool on_gpu, unsigned threads)
    : reader_(std::move(reader)), on_gpu_(on_gpu), threads_(threads) {
    group_.on_stop([this] { queue_.close(); });
    group_.add("faces", [this](const std::stop_token&, StageClock&) {
        while (std::optional<Head> head = queue_.pop()) {
            look(std::move(*head));
        }
    });
}

void EmbedFaces::look(Head first) {
    std::vector<Head> heads;
    heads.push_back(std::move(first));
    const std::size_t count = faces_in_batch(1 + queue_.size(), on_gpu_, threads_);
    while (heads.size() < count) {
        // Nobody else takes from the queue, so they are there.
        std::optional<Head> next = queue_.pop();
        if (!next) {
            break;
        }
        heads.push_back(std::move(*next));
    }
    std::vector<HeadPlace> places;
    for (const Head& head : heads) {
        places.push_back({&head.picture, head.square});
    }
    auto seen = reader_->read(places);
    for (std::size_t i = 0; i < heads.size(); ++i) {
        if (seen[i]) {
            found_.push_back({heads[i].tracklet, std::move(seen[i]->embedding)});
        }
    }
}

void EmbedFaces::push(Head head) {
    if (!queue_.push(std::move(head))) {
        group_.wait();
    }
}

std::vector<EmbedFaces::Found> EmbedFaces::finish() {
    queue_.finish();
    group_.wait();
    return std::move(found_);
}

}  // namespace closet
