#include "config/system_config.hpp"

#include "config/io_loop.hpp"
#include "messages/freed_memory.hpp"

#include <caf/atom.hpp>
#include <caf/config_value.hpp>
#include <caf/io/middleman.hpp>
#include <caf/settings.hpp>
#include <caf/timestamp.hpp>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string>
#include <thread>

namespace apogee::config {

namespace {

using namespace std::chrono_literals;

/// Cold paths only run on the scheduler; two threads let one of them be busy.
constexpr unsigned scheduler_threads_min = 2;
constexpr unsigned scheduler_threads_max = 4;

/// Messages an actor may handle before another one gets its turn.
constexpr std::size_t messages_per_turn = 100;

/// CAF's own default is never to notice a peer that falls silent.
constexpr caf::timespan heartbeat_interval = 1s;
constexpr caf::timespan connection_timeout = 10s;

} // namespace

system_config::system_config(const std::vector<caf_option>& options) {
  keep_freed_memory();
  load<caf::io::middleman, io_loop>();
  // One shared queue wakes an idle thread sooner than work stealing polls.
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads",
      std::size_t{std::clamp(std::thread::hardware_concurrency(),
                             scheduler_threads_min, scheduler_threads_max)});
  set("scheduler.max-throughput", messages_per_turn);
  // Decode in the I/O thread: another hop costs more than it saves.
  set("middleman.workers", std::size_t{0});
  set("middleman.heartbeat-interval", heartbeat_interval);
  set("middleman.connection-timeout", connection_timeout);
  set("middleman.app-identifiers", std::vector<std::string>{"apogee"});
  for (const auto& option : options) {
    auto name = option.section + "." + option.key;
    std::istringstream line{"[" + option.section + "]\n" + option.key + " = "
                            + option.literal + "\n"};
    if (auto parsed = parse_config(line))
      if (auto value = caf::get_if(&*parsed, name))
        set(name, *value);
  }
}

} // namespace apogee::config
