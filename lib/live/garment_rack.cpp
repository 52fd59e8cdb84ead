#include "live/garment_rack.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <mutex>
#include <stop_token>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/garment_files.h"
#include "core/log.h"
#include "pipeline/thread_group.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

using Loaded = std::vector<std::shared_ptr<const Garment>>;

/// One look of the rack.
struct Peg {
    OutfitChoice choice;  ///< of files
    Loaded garments;      ///< of each of them; none where they are not in memory
};

std::string left_out(const Peg& peg, const std::exception& error) {
    std::string paths;
    for (const GarmentChoice& garment : peg.choice) {
        paths += (paths.empty() ? "" : "+") + garment.path;
    }
    return fmt::format("the {} {} is left out: {}", peg.choice.size() > 1 ? "outfit" : "garment",
                       paths, sentence_of(error));
}

/// A look for each picture of its folders, the last of several folders changing fastest.
std::vector<OutfitChoice> expanded(const OutfitChoice& look) {
    std::vector<OutfitChoice> all{{}};
    for (const GarmentChoice& garment : look) {
        std::vector<OutfitChoice> longer;
        for (const OutfitChoice& begun : all) {
            for (const fs::path& file : garment_files({garment.path})) {
                longer.push_back(begun);
                longer.back().push_back({file.string(), garment.kind});
            }
        }
        all = std::move(longer);
    }
    return all;
}

}  // namespace

/// Note [Rack]
/// `pegs` are the looks that can be worn, as far as known, in a ring. The thread always prepares
/// the one nearest to `asked` that is not in memory, forwards first, and lets go of those that are
/// further than the kept ones. One that cannot be loaded is taken off the ring, and where it was
/// asked for, the next one in the direction of the last step is.
struct GarmentRack::State {
    State(const std::vector<OutfitChoice>& looks, Load load_in);

    /// Body of the thread, the only one that takes pegs off.
    void run(const std::stop_token& stop);
    // All below under the lock.
    Peg& nearest(std::size_t rank);
    Peg* choose();
    std::vector<Loaded> let_go();
    void take_off(std::size_t index);
    void dress();
    Loaded in_memory(const OutfitChoice& choice) const;

    /// Without the lock; `known` are those that are in memory already. Throws as `load` and
    /// Ensemble do.
    Loaded load_all(const OutfitChoice& choice, Loaded known) const;

    const Load load;
    mutable std::mutex mutex;  ///< guards all below
    std::condition_variable_any stepped;
    std::vector<Peg> pegs;
    std::size_t asked = 0;
    bool forwards = true;  ///< the direction of the last step
    Ensemble worn;
    ThreadGroup threads;  ///< last: it uses all of the above
};

GarmentRack::State::State(const std::vector<OutfitChoice>& looks, Load load_in)
    : load(std::move(load_in)) {
    for (const OutfitChoice& look : looks) {
        for (OutfitChoice& choice : expanded(look)) {
            pegs.push_back({std::move(choice), {}});
        }
    }
    std::exception_ptr first_error;
    std::vector<std::string> warnings;
    while (!pegs.empty() && worn.empty()) {
        try {
            pegs.front().garments = load_all(pegs.front().choice, {});
            dress();
        } catch (const std::exception& error) {
            first_error = first_error ? first_error : std::current_exception();
            warnings.push_back(left_out(pegs.front(), error));
            pegs.erase(pegs.begin());
        }
    }
    if (worn.empty() && first_error) {
        std::rethrow_exception(first_error);
    }
    for (const std::string& warning : warnings) {
        log::write(log::Level::kWarning, warning);
    }
    threads.add("garments", [this](const std::stop_token& stop, StageClock&) { run(stop); });
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
        Loaded garments = in_memory(peg.choice);
        auto too_far = let_go();
        lock.unlock();
        too_far.clear();
        try {
            garments = load_all(peg.choice, std::move(garments));
        } catch (const std::exception& error) {
            log::write(log::Level::kWarning, left_out(peg, error));
            garments.clear();
        }
        lock.lock();
        if (!garments.empty()) {
            pegs[index].garments = std::move(garments);
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
        if (Peg& peg = nearest(rank); peg.garments.empty()) {
            return &peg;
        }
    }
    return nullptr;
}

/// Takes those out that are too far now, so that they can be destroyed without the lock.
std::vector<Loaded> GarmentRack::State::let_go() {
    std::vector<Loaded> too_far;
    for (std::size_t rank = kKept; rank < pegs.size(); ++rank) {
        if (Peg& peg = nearest(rank); !peg.garments.empty()) {
            too_far.push_back(std::exchange(peg.garments, {}));
        }
    }
    return too_far;
}

/// The garments of a look that other looks have in memory, null for the rest.
Loaded GarmentRack::State::in_memory(const OutfitChoice& choice) const {
    Loaded known(choice.size());
    for (const Peg& peg : pegs) {
        for (std::size_t i = 0; i < peg.garments.size(); ++i) {
            const auto at = std::find(choice.begin(), choice.end(), peg.choice[i]);
            if (at != choice.end()) {
                known[static_cast<std::size_t>(at - choice.begin())] = peg.garments[i];
            }
        }
    }
    return known;
}

Loaded GarmentRack::State::load_all(const OutfitChoice& choice, Loaded known) const {
    known.resize(choice.size());
    for (std::size_t i = 0; i < choice.size(); ++i) {
        known[i] = known[i] ? std::move(known[i]) : load(choice[i]);
    }
    static_cast<void>(Ensemble(known));  // whether they can be worn together
    return known;
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
    if (!pegs.empty() && !pegs[asked].garments.empty()) {
        worn = Ensemble(pegs[asked].garments);
    }
}

GarmentRack::GarmentRack(const std::vector<OutfitChoice>& looks, Load load)
    : state_(std::make_unique<State>(looks, std::move(load))) {}

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

Ensemble GarmentRack::worn() const {
    const std::lock_guard lock(state_->mutex);
    return state_->worn;
}

std::string GarmentRack::awaited() const {
    const std::lock_guard lock(state_->mutex);
    std::string name;
    if (state_->pegs.empty() || !state_->pegs[state_->asked].garments.empty()) {
        return name;
    }
    for (const GarmentChoice& garment : state_->pegs[state_->asked].choice) {
        name += (name.empty() ? "" : "+") + fs::path(garment.path).stem().string();
    }
    return name;
}

}  // namespace closet
