#include "config/io_loop.hpp"

#include "config/system_config.hpp"

#include <caf/actor_system.hpp>
#include <caf/io/network/scribe_impl.hpp>
#include <caf/logger.hpp>

#include <string>
#include <sys/socket.h>
#include <utility>

namespace apogee::config {

namespace {

namespace network = caf::io::network;
using caf::io::receive_policy;

/// Steps of a turn, a few more than a message takes from a session to the log
/// and back; then the sockets have theirs.
constexpr int turn_steps_max = 12;

/// A frame's header is fetched with this size at the most.
constexpr std::size_t header_bytes_max = 64;

class bounded_scribe : public network::scribe_impl {
public:
  bounded_scribe(network::default_multiplexer& multiplexer,
                 network::native_socket socket)
    : scribe_impl(multiplexer, socket), loop_(multiplexer) {}

  void configure_read(receive_policy::config wanted) override {
    const auto [flag, bytes] = wanted;
    if (flag == caf::io::receive_policy_flag::at_most
        || bytes <= header_bytes_max) {
      scribe_impl::configure_read(wanted);
      return;
    }
    if (bytes > (is_first_ ? first_frame_bytes_max : frame_bytes_max)) {
      refuse(bytes);
      return;
    }
    is_first_ = false;
    scribe_impl::configure_read(wanted);
  }

  void add_to_loop() override {
    is_read_ = true;
    scribe_impl::add_to_loop();
    // CAF takes a stream that was removed in this turn for one that is still
    // read, and then carries the removal out: this undoes it.
    loop_.add(network::operation::read, stream_.fd(), &stream_);
  }

  void remove_from_loop() override {
    is_read_ = false;
    if (is_in_loop())
      scribe_impl::remove_from_loop();
    else
      loop_.default_multiplexer::exec_later(new removal(this));
  }

  bool consume(caf::execution_unit* context, const void* bytes,
               std::size_t count) override {
    return scribe_impl::consume(context, bytes, count) && is_read_;
  }

private:
  /// Takes a stream out that the loop had not taken in yet: CAF would make one
  /// of both, nothing, and the stream hold itself and its socket for ever. Runs
  /// after the loop's changes of its poll set.
  struct removal : caf::io::network::multiplexer::runnable {
    explicit removal(bounded_scribe* what) : scribe(what) {}

    resume_result resume(caf::execution_unit*, std::size_t) override {
      if (!scribe->is_read_)
        scribe->scribe_impl::remove_from_loop();
      return done;
    }

    caf::intrusive_ptr<bounded_scribe> scribe;
  };

  bool is_in_loop() const {
    return (stream_.eventbf() & network::input_mask) != 0;
  }

  /// The loop sees the end of the stream next. What has arrived before is
  /// handed over in small pieces, which no frame's reader takes for a frame.
  void refuse(std::size_t bytes) {
    scribe_impl::configure_read(receive_policy::at_most(header_bytes_max));
    ::shutdown(stream_.fd(), SHUT_RDWR);
    const auto* config =
      dynamic_cast<const system_config*>(&loop_.system().config());
    if (config && config->on_refused_peer)
      config->on_refused_peer(
        "closed the connection of native peer " + addr() + ":"
        + std::to_string(port()) + ": it announced a frame of "
        + std::to_string(bytes)
        + " bytes; it is no Apogee node or client, or of another version");
  }

  network::default_multiplexer& loop_;
  bool is_first_ = true;
  bool is_read_ = true;
};

} // namespace

/// What CAF's loop is given in place of all that is in `posted_`.
struct io_loop::turn : runnable {
  explicit turn(io_loop& of) : owner(of) {}

  resume_result resume(caf::execution_unit*, std::size_t) override {
    owner.run_turn();
    return done;
  }

  io_loop& owner;
};

io_loop::io_loop(caf::actor_system* system)
  : default_multiplexer(system),
    turn_(static_cast<caf::resumable*>(new turn(*this)), false) {}

void io_loop::run() {
  const auto& log = system().logger();
  if (log.verbosity() == CAF_LOG_LEVEL_QUIET)
    caf::logger::set_current_actor_system(nullptr); // of this thread
  default_multiplexer::run();
}

void io_loop::exec_later(caf::resumable* what) {
  const auto kind = what->subtype();
  if (kind != caf::resumable::io_actor
      && kind != caf::resumable::function_object) {
    default_multiplexer::exec_later(what);
    return;
  }
  {
    std::lock_guard guard{mutex_};
    posted_.emplace_back(what, false);
    if (std::exchange(is_turn_due_, true))
      return;
  }
  default_multiplexer::exec_later(reference_to_turn());
}

caf::resumable* io_loop::reference_to_turn() const {
  return caf::intrusive_ptr<caf::resumable>{turn_}.release();
}

void io_loop::run_turn() {
  for (int step = 0; step < turn_steps_max; ++step) {
    {
      std::lock_guard guard{mutex_};
      if (posted_.empty()) {
        is_turn_due_ = false;
        return;
      }
      running_.swap(posted_);
    }
    for (auto& one : running_)
      resume(std::move(one));
    running_.clear();
  }
  default_multiplexer::exec_later(reference_to_turn());
}

caf::io::scribe_ptr io_loop::new_scribe(network::native_socket socket) {
  network::keepalive(socket, true);
  return caf::make_counted<bounded_scribe>(*this, socket);
}

} // namespace apogee::config
