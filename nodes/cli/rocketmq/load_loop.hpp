#pragma once

#include "nodes/cli/rocketmq/load_peer.hpp"
#include "nodes/cli/rocketmq/remoting_connection.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace apogee::cli {

/// Runs the peers of a load, each with a connection of its own, in the
/// caller's thread.
class load_loop {
public:
  /// Called once in every turn of the loop, at least twenty times a second;
  /// false breaks the load off.
  using turn_handler = std::function<bool(bench_clock::time_point now)>;

  /// After the window, and after the last of a number of messages, the answers
  /// that are missing are waited for as long as one comes within `timeout`.
  load_loop(const load_window& window, std::chrono::milliseconds timeout);

  load_loop(const load_loop&) = delete;
  load_loop& operator=(const load_loop&) = delete;

  /// Connects `peer` to the broker at `address`.
  result<void> add(std::unique_ptr<load_peer> peer, const std::string& address);

  /// Blocks until all peers are done. Fails when a connection is lost.
  result<void> run(const turn_handler& on_turn);

private:
  struct member {
    std::unique_ptr<load_peer> peer;
    remoting_connection connection;
    remoting_connection::command_handler handle;
    bench_clock::time_point wake{};
    bool waits_for_room = false; ///< in the socket
  };

  result<void> step(member& one, bench_clock::time_point now);
  result<void> serve(member& one, std::uint32_t events);
  result<void> flush(member& one);
  void remove_done(bench_clock::time_point now);
  result<void> wait(bench_clock::time_point until);

  const load_window& window_;
  std::chrono::milliseconds timeout_;
  tcp_socket epoll_;
  std::vector<std::unique_ptr<member>> members_;
  bench_clock::time_point now_;
  bench_clock::time_point last_progress_;
};

} // namespace apogee::cli
