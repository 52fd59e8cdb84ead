#pragma once

// CLOSET_TARGET_CLONES before the definition (never the declaration) of a plain-loop kernel has
// the compiler build it for several instruction sets; the loader picks one. AVX-512 is left out:
// for loops as short as a garment's rows it was measured slower than AVX2 as often as faster.
// Sanitizers cannot instrument the resolvers, and only GCC knows these names of instruction sets.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CLOSET_TARGET_CLONES \
    __attribute__((target_clones("arch=x86-64-v3", "arch=x86-64-v2", "default")))
#else
#define CLOSET_TARGET_CLONES
#endif

/// Before functions that kernels call, so that they are built for the kernel's instruction set too.
#define CLOSET_INTO_KERNEL [[gnu::always_inline]] inline
