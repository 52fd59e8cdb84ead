#include "live/flow/garment_rack.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "core/foreign_error.h"
#include "core/log.h"
#include "live/flow/garment_files.h"

namespace closet {
namespace {

/// One garment of the rack.
struct Peg {
    std::filesystem::path path;
    std::shared_ptr<const Garment> garment;  ///< null where not in memory
};

std::string left_out(const Peg& peg, const std::exception& error) {
    return fmt::format("the garment {} is left out: {}", peg.path.string(), sentence_of(error));
}

}  // namespace

/// Note [Rack]
/// `pegs` are the garments that can be worn, as far as known, in a ring. The thread always prepares
/// the one nearest to `asked` that is not in memory, forwards first, and lets go of those that are
/// further than the kept ones. One that cannot be loaded is taken off the ring, and where it was
/// asked for, the next one in the direction of the last step is.
struct GarmentRack::State {
    State(const std::vector<std::string>& paths, Load load_in);

    /// Body of the thread, the only one that takes pegs off.
    void run(const std::stop_token& stop);
    // All below under the lock.
    Peg& nearest(std::size_t rank);
    Peg* choose();
    std::vector<std::shared_ptr<const Garment>> let_go();
    void take_off(std::size_t index);
    void dress();

    const Load load;
    mutable std::mutex mutex;  ///< guards all below
    std::condition_variable_any stepped;
    std::vector<Peg> pegs;
    std::size_t asked = 0;
    bool forwards = true;  ///< the direction of the last step
    std::shared_ptr<const Garment> worn;
    std::jthread thread;  ///< last: it uses all of the above
};

GarmentRack::State::State(const std::vector<std::string>& paths, Load load_in)
    : load(std::move(load_in)) {
    for (std::filesystem::path& path : garment_files(paths)) {
        pegs.push_back({std::move(path), nullptr});
    }
    std::exception_ptr first_error;
    std::vector<std::string> warnings;
    while (!pegs.empty() && !worn) {
        try {
            pegs.front().garment = load(pegs.front().path.string());
            dress();
        } catch (const std::exception& error) {
            first_error = first_error ? first_error : std::current_exception();
            warnings.push_back(left_out(pegs.front(), error));
            pegs.erase(pegs.begin());
        }
    }
    if (!worn && first_error) {
        std::rethrow_exception(first_error);
    }
    for (const std::string& warning : warnings) {
        log::write(log::Level::kWarning, warning);
    }
    thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void GarmentRack::State::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    while (true) {
        stepped.wait(lock, stop, [this] { return choose() != nullptr; });
        if (stop.stop_requested()) {
            return;
        }
        const auto index = static_cast<std::size_t>(choose() - pegs.data());
        const Peg peg = pegs[index];
        auto too_far = let_go();
        lock.unlock();
        too_far.clear();
        std::shared_ptr<const Garment> garment;
        try {
            garment = load(peg.path.string());
        } catch (const std::exception& error) {
            log::write(log::Level::kWarning, left_out(peg, error));
        }
        lock.lock();
        if (garment) {
            pegs[index].garment = std::move(garment);
        } else {
            take_off(index);
        }
        dress();
    }
}

/// The peg that was asked for, then those beside it: +1, -1, +2, -2 ...
Peg& GarmentRack::State::nearest(std::size_t rank) {
    const std::size_t away = (rank + 1) / 2;
    return pegs[(asked + (rank % 2 == 1 ? away : pegs.size() - away)) % pegs.size()];
}

/// The one to prepare next; null: all that are to be kept are there.
Peg* GarmentRack::State::choose() {
    for (std::size_t rank = 0; rank < std::min(pegs.size(), kKept); ++rank) {
        if (Peg& peg = nearest(rank); !peg.garment) {
            return &peg;
        }
    }
    return nullptr;
}

/// Takes those out that are too far now, so that they can be destroyed without the lock.
std::vector<std::shared_ptr<const Garment>> GarmentRack::State::let_go() {
    std::vector<std::shared_ptr<const Garment>> too_far;
    for (std::size_t rank = kKept; rank < pegs.size(); ++rank) {
        if (Peg& peg = nearest(rank); peg.garment) {
            too_far.push_back(std::move(peg.garment));
            peg.garment.reset();
        }
    }
    return too_far;
}

void GarmentRack::State::take_off(std::size_t index) {
    pegs.erase(pegs.begin() + static_cast<std::ptrdiff_t>(index));
    if (!pegs.empty()) {
        const bool back = index < asked || (index == asked && !forwards);
        asked = (asked + pegs.size() - (back ? 1 : 0)) % pegs.size();
    }
}

/// Wears what was asked for, once it is there.
void GarmentRack::State::dress() {
    if (!pegs.empty() && pegs[asked].garment) {
        worn = pegs[asked].garment;
    }
}

GarmentRack::GarmentRack(const std::vector<std::string>& paths, Load load)
    : state_(std::make_unique<State>(paths, std::move(load))) {}

GarmentRack::~GarmentRack() = default;

std::size_t GarmentRack::size() const {
    const std::lock_guard lock(state_->mutex);
    return state_->pegs.size();
}

void GarmentRack::step(int steps) {
    {
        const std::lock_guard lock(state_->mutex);
        if (steps == 0 || state_->pegs.empty()) {
            return;
        }
        const auto count = static_cast<std::int64_t>(state_->pegs.size());
        const std::int64_t on = (static_cast<std::int64_t>(state_->asked) + steps) % count;
        state_->asked = static_cast<std::size_t>((on + count) % count);
        state_->forwards = steps > 0;
        state_->dress();
    }
    state_->stepped.notify_one();
}

std::shared_ptr<const Garment> GarmentRack::worn() const {
    const std::lock_guard lock(state_->mutex);
    return state_->worn;
}

std::string GarmentRack::awaited() const {
    const std::lock_guard lock(state_->mutex);
    if (state_->pegs.empty() || state_->pegs[state_->asked].garment) {
        return "";
    }
    return state_->pegs[state_->asked].path.stem().string();
}

}  // namespace closet
