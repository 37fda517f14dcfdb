#include "tests/benchmarks/ping_pong.hpp"

#include "actors/client/system_config.hpp"
#include "actors/protocol.hpp"
#include "tests/benchmarks/child_process.hpp"

#include <caf/actor_cast.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/publish.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <unistd.h>

namespace apogee::benchmarks {

namespace {

constexpr auto role = "serve-ping-pong";

using echo_actor = caf::typed_actor<caf::replies_to<
  envelope<schema::AppendRequest>>::with<envelope<schema::AppendReply>>>;

echo_actor::behavior_type echo() {
  return {[](const envelope<schema::AppendRequest>&) {
    return envelope<schema::AppendReply>::build([](auto b) { b.setCount(1); },
                                                8);
  }};
}

caf::actor connect(caf::actor_system& system, std::uint16_t port) {
  auto peer = system.middleman().remote_actor<echo_actor>("127.0.0.1", port);
  if (!peer)
    throw std::runtime_error{"the ping-pong's other end is not there"};
  return caf::actor_cast<caf::actor>(*peer);
}

} // namespace

void serve_ping_pong(int argc, char** argv) {
  if (argc != 2 || std::string{argv[1]} != role)
    return;
  client::system_config config;
  caf::actor_system system{config};
  const auto server = system.spawn(echo);
  const auto port = system.middleman().publish(server, 0, "127.0.0.1");
  std::printf("%u\n", port ? unsigned{*port} : 0u);
  std::fflush(stdout);
  pause();
}

cli::histogram measure_ping_pong(const std::string& folder, int count,
                                 unsigned bytes) {
  child_process peer{{"/proc/self/exe", role}, folder + "/ping-pong.txt"};
  const auto port = static_cast<std::uint16_t>(std::stoi(peer.read_line()));
  client::system_config config;
  caf::actor_system system{config};
  const auto server = connect(system, port);
  caf::scoped_actor self{system};
  const auto request = envelope<schema::AppendRequest>::build(
    [&](auto b) { b.initMessages(1).init(0, bytes); }, bytes / 8 + 32);
  cli::histogram times;
  for (int i = 0; i < count + count / 10; ++i) {
    const auto start = std::chrono::steady_clock::now();
    self->request(server, caf::infinite, request)
      .receive([](const envelope<schema::AppendReply>&) {},
               [](const caf::error&) {
                 throw std::runtime_error{"the ping-pong failed"};
               });
    const auto time = std::chrono::steady_clock::now() - start;
    if (i >= count / 10) // the first ones warm up
      times.record(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(time).count()));
  }
  return times;
}

} // namespace apogee::benchmarks
