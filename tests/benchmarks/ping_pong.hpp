#pragma once

#include "nodes/cli/histogram.hpp"

#include <string>

namespace apogee::benchmarks {

/// When this program was started as the other end of a ping-pong, serves it
/// until it is killed and does not return. To be called first in main().
void serve_ping_pong(int argc, char** argv);

/// Round trips, in nanoseconds, of `count` requests of `bytes` between a
/// blocking caller here and a typed actor in another process that answers at
/// once: the least that a request through CAF's BASP can cost.
cli::histogram measure_ping_pong(const std::string& folder, int count,
                                 unsigned bytes);

} // namespace apogee::benchmarks
