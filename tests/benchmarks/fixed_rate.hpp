#pragma once

#include "tests/benchmarks/load.hpp"

namespace apogee::benchmarks {

/// Sends at a fixed rate for so long, memory ack, to a listener in this
/// process; the latencies are from each message's intended start to its
/// listener, so that a stall is charged to everything it holds up. With 0
/// threads the listener runs in the client's I/O thread.
load_result send_at_rate(cluster& where, double per_second, double seconds,
                         unsigned listener_threads);

} // namespace apogee::benchmarks
