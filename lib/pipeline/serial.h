#pragma once

#include <stop_token>
#include <utility>

#include "pipeline/pipeline.h"

namespace closet {
namespace detail {

template <class T, class Last>
void push_through(T item, Last& sink) {
    sink.consume(std::move(item));
}

template <class T, class S, class... Rest>
requires(sizeof...(Rest) > 0) void push_through(T item, S& stage, Rest&... rest) {
    stage.process(std::move(item), [&rest...](typename S::Output output) {
        push_through(std::move(output), rest...);
        return true;
    });
}

template <class Last>
void flush_through(Last& sink) {
    sink.finish();
}

template <class S, class... Rest>
requires(sizeof...(Rest) > 0) void flush_through(S& stage, Rest&... rest) {
    stage.flush([&rest...](typename S::Output output) {
        push_through(std::move(output), rest...);
        return true;
    });
    flush_through(rest...);
}

}  // namespace detail

/// Drives the same objects as `Pipeline` on the calling thread, one item after the other, for
/// tests, debuggers and machines with one core. The output is identical. Ends early when `stop`
/// asks for it.
template <class First, class... Rest>
requires Chain<First, Rest...>
void run_serial(std::stop_token stop, First& source, Rest&... rest) {
    while (!stop.stop_requested()) {
        auto item = source.next();
        if (!item) {
            break;
        }
        detail::push_through(std::move(*item), rest...);
    }
    detail::flush_through(rest...);
}

}  // namespace closet
