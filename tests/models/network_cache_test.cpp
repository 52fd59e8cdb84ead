#include "models/network_cache.h"

#include <atomic>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/doctest_with_torch.h"
#include "support/temporary_folder.h"

using namespace closet;

namespace {

/// One that does nothing: only who holds it matters here.
class NoNetwork : public Network {
  public:
    std::vector<NetworkOutput> compute(std::span<const float>, std::size_t,
                                       const WantsLast&) const override {
        return {};
    }
    cv::Size input_size() const override { return {}; }
    const std::vector<Output>& outputs() const override { return outputs_; }

  private:
    std::vector<Output> outputs_;
};

}  // namespace

TEST_SUITE("network cache") {
    TEST_CASE("a network is loaded once for all who ask and dropped with the last one") {
        std::atomic<int> loads = 0;
        const auto load = [&] {
            ++loads;
            return std::make_shared<const NoNetwork>();
        };
        {
            std::vector<std::shared_ptr<const Network>> held(8);
            std::vector<std::jthread> threads;
            for (auto& network : held) {
                threads.emplace_back([&] { network = shared_network("once", load); });
            }
            threads.clear();
            CHECK(loads == 1);
            for (const auto& network : held) {
                CHECK(network == held.front());
            }
            CHECK(shared_network("another", load) != held.front());
            CHECK(loads == 2);
        }
        CHECK(shared_network("once", load) != nullptr);
        CHECK(loads == 3);
    }

    TEST_CASE("a network without a graph is in memory once and freed with its last user") {
        struct Weights {
            std::shared_ptr<int> alive;
        };
        struct OtherWeights {};
        const test::TemporaryFolder folder;
        const auto file = folder / "weights.pth";
        std::ofstream(file) << "first";
        const auto alive = std::make_shared<int>();
        const auto load = [&] { return Weights{alive}; };
        auto one = shared_loaded<Weights>(file, "cpu", load);
        auto same = shared_loaded<Weights>(file, "cpu", load);
        CHECK(one == same);
        CHECK(alive.use_count() == 2);
        CHECK(shared_loaded<Weights>(file, "cpu partial", load) != one);
        // One file may be two things.
        CHECK(static_cast<const void*>(shared_loaded<OtherWeights>(file, "cpu", [] {
                                           return OtherWeights();
                                       }).get()) != one.get());
        one.reset();
        CHECK(alive.use_count() == 2);
        same.reset();
        CHECK(alive.use_count() == 1);
        one = shared_loaded<Weights>(file, "cpu", load);
        std::ofstream(file) << "another one";
        CHECK(shared_loaded<Weights>(file, "cpu", load) != one);
    }

    TEST_CASE("a load that failed is tried again") {
        CHECK_THROWS_AS(shared_network("fails",
                                       []() -> std::shared_ptr<const Network> {
                                           throw std::runtime_error("no file");
                                       }),
                        std::runtime_error);
        CHECK(shared_network("fails", [] { return std::make_shared<const NoNetwork>(); }) !=
              nullptr);
    }

    TEST_CASE("source and options make the key") {
        NetworkOptions half;
        half.precision = Precision::kFp16;
        NetworkOptions outputs;
        outputs.outputs = {0, 2};
        NetworkOptions names;
        names.output_names = {"0", "2"};
        CHECK(network_key("a", outputs) != network_key("a", names));
        CHECK(network_key("a", {}) != network_key("b", {}));
        CHECK(network_key("a", {}) != network_key("a", half));
        CHECK(network_key("a", {}) != network_key("a", outputs));
        CHECK(network_key("a", half) == network_key("a", half));
    }
}
