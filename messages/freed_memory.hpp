#pragma once

namespace apogee {

/// Lets this process keep some freed memory for its next buffers. Otherwise
/// glibc gives the memory of each large message (1 MiB is usual) back to the
/// kernel and faults it in again, page by page: a consumer that catches up
/// spends half its time there. Our own node programs have another malloc, which
/// this does not concern; clients and embedded nodes use glibc's. Called by
/// both system_configs; any thread, any number of times.
void keep_freed_memory();

} // namespace apogee
