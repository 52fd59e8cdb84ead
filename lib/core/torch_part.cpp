#include "core/torch_part.h"

#include <mutex>

#include <dlfcn.h>
#include <fmt/format.h>

#include "core/error.h"

/// Defined in torch/register.cpp; null in a program that has it in the library.
extern "C" [[gnu::weak]] void closet_register_torch();

namespace closet {
namespace {

constexpr const char* kLibrary = "libcloset_torch.so";

[[noreturn]] void cannot_load() {
    const char* const why = dlerror();
    throw ModelError(fmt::format(
        "cannot load {}, the part of closet that runs LibTorch, because of {}; install closet anew",
        kLibrary, why != nullptr ? why : "an unknown reason"));
}

void open_library() {
    // Found by the program's own search path. Never closed: threads of LibTorch may outlive main.
    void* const library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        cannot_load();
    }
    void* const found = dlsym(library, "closet_register_torch");
    if (found == nullptr) {
        cannot_load();
    }
    reinterpret_cast<void (*)()>(found)();
}

}  // namespace

void load_torch_part() {
    static std::once_flag once;
    std::call_once(once, closet_register_torch != nullptr ? closet_register_torch : open_library);
}

}  // namespace closet
