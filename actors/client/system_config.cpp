#include "actors/client/system_config.hpp"

#include "actors/protocol.hpp"
#include "messages/freed_memory.hpp"

#include <caf/atom.hpp>
#include <caf/io/middleman.hpp>
#include <caf/timestamp.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace apogee::client {

namespace {

using namespace std::chrono_literals;

/// Only connecting and routes run on the scheduler.
constexpr std::size_t scheduler_threads = 2;

constexpr std::size_t messages_per_turn = 100;

/// CAF's own default is never to notice a peer that falls silent.
constexpr caf::timespan heartbeat_interval = 1s;
constexpr caf::timespan connection_timeout = 10s;

} // namespace

system_config::system_config() {
  keep_freed_memory();
  load<caf::io::middleman>();
  add_message_types<caf::id_block::apogee>();
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", scheduler_threads);
  set("scheduler.max-throughput", messages_per_turn);
  // Decode in the I/O thread: another hop costs more than it saves.
  set("middleman.workers", std::size_t{0});
  set("middleman.heartbeat-interval", heartbeat_interval);
  set("middleman.connection-timeout", connection_timeout);
  set("middleman.app-identifiers", std::vector<std::string>{"apogee"});
}

} // namespace apogee::client
