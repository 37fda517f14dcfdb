#pragma once

#include "actors/client/producer.hpp"
#include "nodes/cli/bench_result.hpp"
#include "nodes/cli/interruption.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace apogee::cli {

using bench_clock = std::chrono::steady_clock;

struct load_options {
  std::string topic;
  client::producer_settings producer;
  std::size_t producers = 1;
  /// Messages of one producer that may be unanswered.
  std::size_t in_flight_max = 1000;
  std::size_t body_bytes = 1024;
  /// Messages of all producers; 0: until `duration` is over.
  std::uint64_t messages = 0;
  std::chrono::milliseconds duration{10'000};
  /// Messages per second of all producers; 0: as fast as they are answered.
  double rate = 0;
};

/// The time at which a body was meant to be sent is in its first bytes.
inline constexpr std::size_t stamp_bytes = 8;

void write_stamp(std::string& body, bench_clock::time_point time);

/// Epoch of the clock when there is none.
bench_clock::time_point read_stamp(std::string_view body);

/// Sends as `options` say, each producer with an actor and a thread of its
/// own, and measures every answer. Blocks; ends early when the user interrupts.
bench_result run_load(caf::actor_system& system, const load_options& options,
                      const interruption& user);

} // namespace apogee::cli
