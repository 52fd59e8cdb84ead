// Exceptions of LibTorch on their way to a user.
#include "core/error.h"

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>
#include "support/doctest_with_torch.h"

#include "infer/run/runners.h"
#include "pipeline/thread_group.h"

namespace closet {
namespace {

/// Fails as an operator of LibTorch would.
class BrokenNetwork final : public Network {
  public:
    std::vector<NetworkOutput> compute(std::span<const float>, std::size_t,
                                       const WantsLast&) const override {
        TORCH_CHECK(false, "mkldnn_bf16 needs this\nand that");
    }
    cv::Size input_size() const override { return {4, 4}; }
    const std::vector<Output>& outputs() const override { return outputs_; }

  private:
    std::vector<Output> outputs_;
};

TEST_CASE("foreign error: a network that fails in LibTorch is told in one sentence") {
    WorkerPool workers(1);
    CpuRunner runner({.network = std::make_shared<BrokenNetwork>(), .normalization = {}}, workers);
    CHECK_THROWS_WITH_AS(runner.run(
                             2, [](std::size_t, cv::Mat&) {}, [](std::size_t, Outputs) {}, {}, {}),
                         "the network failed on the CPU: LibTorch failed: mkldnn_bf16 needs this",
                         ModelError);
}

TEST_CASE("foreign error: LibTorch's leaves a thread as one sentence with its stack beside it") {
    ThreadGroup threads;
    threads.add("broken", [](const std::stop_token&, StageClock&) {
        TORCH_CHECK(false, "Expected 3 dimensions");
    });
    try {
        threads.wait();
        FAIL("no exception");
    } catch (const Error& error) {
        CHECK(std::string(error.what()) == "LibTorch failed: Expected 3 dimensions");
        CHECK(details_of(error).find("c10::Error: Expected 3 dimensions") == 0);
        CHECK(details_of(error).find("foreign_error_test.cpp") != std::string::npos);
    }
}

TEST_CASE("foreign error: memory that LibTorch cannot get is told as such") {
    constexpr std::int64_t kPetabyte = std::int64_t{1} << 50;
    try {
        at::empty({kPetabyte}, at::kByte);
        FAIL("no exception");
    } catch (const std::exception& error) {
        CHECK(sentence_of(error).find("not enough memory") != std::string::npos);
    }
}

}  // namespace
}  // namespace closet
