#pragma once

#include "actors/client/producer.hpp"
#include "tests/drills/send_journal.hpp"

#include <caf/fwd.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace apogee::drills {

struct load_options {
  std::vector<std::string> nameservers;
  std::string topic;
  ack_level ack = ack_level::memory;
  std::uint32_t number = 0;     ///< of the producer, in its messages
  std::uint32_t in_flight = 32; ///< sends that are not answered
  std::chrono::milliseconds send_timeout{5'000};
  /// Pause after each send; bounds what a drill has to read back.
  std::chrono::microseconds pause{300};
};

/// A producer with a thread of its own that sends numbered messages and writes
/// down what becomes of each.
class verifying_producer {
public:
  verifying_producer(caf::actor_system& system, load_options options,
                     send_journal& journal);

  /// Stops and waits until every send is answered.
  ~verifying_producer();

  verifying_producer(const verifying_producer&) = delete;
  verifying_producer& operator=(const verifying_producer&) = delete;

  /// Sends no more and waits for all answers; false when some did not come
  /// within the time-out of a send and the patience of tests.
  bool finish();

private:
  void run();

  load_options options_;
  send_journal& journal_;
  client::producer producer_;
  std::atomic<bool> is_ending_{false};
  std::atomic<std::uint32_t> unanswered_{0};
  std::thread thread_;
};

} // namespace apogee::drills
