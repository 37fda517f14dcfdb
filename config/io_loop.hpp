#pragma once

#include <caf/io/network/default_multiplexer.hpp>

#include <cstddef>
#include <mutex>
#include <vector>

namespace apogee::config {

/// Largest frame that a native peer may announce, in bytes: the largest record
/// of the log and what is around it.
inline constexpr std::size_t frame_bytes_max = (64u << 20) + (1u << 20);

/// Largest first frame of a connection, CAF's handshake, in bytes.
inline constexpr std::size_t first_frame_bytes_max = 64u << 10;

/// CAF's network backend with bounds on what it reads, and without a look at
/// the sockets between two actors.
///
/// Frames: CAF 0.17.6 takes the size in a frame's header on trust: it allocates
/// and clears that much, up to 4 GiB, in the I/O thread before a byte of it has
/// arrived. Here a connection that announces more than the limits above is
/// closed, which its broker sees as a connection that was lost. Says so through
/// `on_refused_peer` of the system's system_config.
///
/// Reads: CAF goes on reading a connection that its broker has halted, up to
/// middleman.max-consecutive-reads times. Here it does not.
///
/// Turns: a request passes through half a dozen actors of the I/O thread, and
/// CAF asks the poll set after each of them, which costs more than most of them
/// do. Here whatever they send each other is handled before the sockets are
/// looked at again, for a bounded number of steps. What other threads send
/// joins the turn: CAF takes one such message from its pipe at a time.
///
/// Log: CAF notes in a table, under a lock, which actor runs, twice a message.
/// Here not unless its logger writes something.
///
/// Loaded by system_config.
class io_loop : public caf::io::network::default_multiplexer {
public:
  explicit io_loop(caf::actor_system* system);

  caf::io::scribe_ptr
  new_scribe(caf::io::network::native_socket socket) override;

  void run() override;

  void exec_later(caf::resumable* what) override;

private:
  struct turn;

  caf::resumable* reference_to_turn() const;
  void run_turn();

  std::mutex mutex_;
  std::vector<caf::intrusive_ptr<caf::resumable>> posted_;
  bool is_turn_due_ = false;
  std::vector<caf::intrusive_ptr<caf::resumable>> running_; // by the loop only
  const caf::intrusive_ptr<caf::resumable> turn_;
};

} // namespace apogee::config
