#pragma once

#include <atomic>
#include <utility>

namespace closet {

// Note [The part with LibTorch]
// Loading LibTorch takes a process 0.2 to 0.4 s, and most runs need none of it: pose networks and
// parsers run on the project's own kernels. What calls LibTorch is therefore a library of its own,
// libcloset_torch.so, which is opened when one of its functions is called for the first time. Those
// are TorchFunctions, declared where their callers are and filled in by torch/register.cpp. The
// library takes everything else from the program, so nothing exists twice. Programs that are linked
// with closet_torch, as tests are, have it from the start and open nothing.

/// Fills in every TorchFunction: opens libcloset_torch.so unless it is linked in. Safe to call from
/// several threads and more than once. Throws ModelError where it, or LibTorch, cannot be loaded.
void load_torch_part();

/// A function of the part with LibTorch. Constant-initialized; meant to be a global variable.
template <class Signature>
class TorchFunction;

template <class Result, class... Arguments>
class TorchFunction<Result(Arguments...)> {
  public:
    using Pointer = Result (*)(Arguments...);

    void set(Pointer function) { function_.store(function, std::memory_order_release); }

    /// Loads the part first where that has not happened yet, and throws as load_torch_part does.
    Result operator()(Arguments... arguments) const {
        Pointer function = function_.load(std::memory_order_acquire);
        if (function == nullptr) {
            load_torch_part();
            function = function_.load(std::memory_order_acquire);
        }
        return function(std::forward<Arguments>(arguments)...);
    }

  private:
    std::atomic<Pointer> function_{nullptr};
};

}  // namespace closet
