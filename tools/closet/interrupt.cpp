#include "closet/interrupt.h"

#include <atomic>
#include <csignal>

#include <unistd.h>

#include "closet/command.h"

namespace closet::interrupt {
namespace {

std::atomic<bool> seen{false};
static_assert(std::atomic<bool>::is_always_lock_free, "needed inside a signal handler");

void handle(int /*signal*/) {
    if (seen.exchange(true)) {
        _exit(kExitInterrupted);
    }
}

}  // namespace

void install() {
    struct sigaction action {};
    action.sa_handler = handle;
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

bool requested() {
    return seen.load();
}

}  // namespace closet::interrupt
