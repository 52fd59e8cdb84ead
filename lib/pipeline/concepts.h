#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

namespace closet {

/// Where a stage hands its results. Returns false once nobody downstream wants more; the stage then
/// stops emitting and returns. A stage may emit nothing, one item or many for each input.
template <class T>
using Emit = std::function<bool(T)>;

/// Note [Stages]
/// A source, stage or sink owns no thread, no queue and no clock, so a test calls it directly, and
/// `Pipeline` (threads) and `run_serial` (one thread) drive the very same objects. Calls to one
/// object never overlap, but they may come from a thread other than the one that constructed it:
/// thread-local state (CUDA guards, inference mode) is set up inside the call.
/// Errors are exceptions; end of stream and "nobody in the picture" are values.

/// `next()` gives the next item, or nothing at the end of the stream and ever after.
template <class S>
concept Source = requires(S source) {
    typename S::Output;
    { S::kName } -> std::convertible_to<std::string_view>;
    { source.next() } -> std::same_as<std::optional<typename S::Output>>;
};

/// `process` takes one item; `flush` is called once after the last item, to emit what is held back.
template <class S>
concept Stage = requires(S stage, typename S::Input input, const Emit<typename S::Output>& emit) {
    { S::kName } -> std::convertible_to<std::string_view>;
    stage.process(std::move(input), emit);
    stage.flush(emit);
};

/// `consume` takes one item; `finish` is called once after the last item of a run that did not
/// fail.
template <class S>
concept Sink = requires(S sink, typename S::Input input) {
    { S::kName } -> std::convertible_to<std::string_view>;
    sink.consume(std::move(input));
    sink.finish();
};

}  // namespace closet
