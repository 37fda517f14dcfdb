#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

namespace apogee::core {

/// Requests by their code, of codes that nobody serves. Thread-safe.
class code_counts {
public:
  /// A client may make up any number of codes; the rest is counted under
  /// `other`.
  static constexpr std::size_t codes_max = 100;
  static constexpr std::int32_t other = -1;

  void add(std::int32_t code) {
    const std::lock_guard lock{mutex_};
    const auto is_known = counts_.contains(code) || counts_.size() < codes_max;
    ++counts_[is_known ? code : other];
  }

  std::map<std::int32_t, std::uint64_t> all() const {
    const std::lock_guard lock{mutex_};
    return counts_;
  }

private:
  mutable std::mutex mutex_;
  std::map<std::int32_t, std::uint64_t> counts_;
};

/// Of one port of RocketMQ clients, for `apogee status`; written in the I/O
/// thread, read anywhere.
struct gateway_counters {
  using counter = std::atomic<std::uint64_t>;

  counter connections{0}; ///< that are open
  counter held_bytes{0};  ///< what they hold: unanswered, unsent, incomplete
  counter accepted{0};
  counter requests{0};
  counter tls_handshakes{0};
  counter throttled{0};           ///< reading stopped for a while
  counter idle_closed{0};         ///< silent for too long
  counter refused_connections{0}; ///< over the limit
  counter refused_frames{0};      ///< that made no sense, or no room for them
  counter refused_tls{0};         ///< handshakes and records that failed
  counter refused_pulls{0};       ///< too many of one connection
  counter refused_oneway{0};      ///< one-way messages that cannot be stored
  code_counts unserved;

  /// Calls `use(name, value)` for each; names as in JSON.
  template <class Use>
  void each(Use&& use) const {
    use("connections", connections.load());
    use("heldBytes", held_bytes.load());
    use("accepted", accepted.load());
    use("requests", requests.load());
    use("tlsHandshakes", tls_handshakes.load());
    use("throttled", throttled.load());
    use("idleClosed", idle_closed.load());
    use("refusedConnections", refused_connections.load());
    use("refusedFrames", refused_frames.load());
    use("refusedTls", refused_tls.load());
    use("refusedPulls", refused_pulls.load());
    use("refusedOneway", refused_oneway.load());
  }
};

} // namespace apogee::core
