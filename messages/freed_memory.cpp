#include "messages/freed_memory.hpp"

#include <malloc.h>

namespace apogee {

namespace {

/// At the top of a heap, given back beyond this.
constexpr int kept_bytes_max = 64 << 20;

/// Larger blocks are mapped on their own, and go back at once.
constexpr int heap_block_bytes_max = 32 << 20;

} // namespace

void keep_freed_memory() {
  mallopt(M_TRIM_THRESHOLD, kept_bytes_max);
  mallopt(M_MMAP_THRESHOLD, heap_block_bytes_max);
}

} // namespace apogee
