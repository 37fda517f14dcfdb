#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace apogee::benchmarks {

/// RocketMQ consumers that wait for messages which do not come: connections
/// with one pull each, which is asked again when its time is over.
class long_polls {
public:
  /// Connects; each pull stays for `wait` at the broker. Throws when that
  /// fails.
  long_polls(std::uint16_t broker_port, std::size_t count,
             std::chrono::milliseconds wait);
  ~long_polls();

  long_polls(const long_polls&) = delete;
  long_polls& operator=(const long_polls&) = delete;

  /// Answers answers for so long; their number.
  std::uint64_t run(std::chrono::milliseconds time);

private:
  void ask(std::size_t index);

  std::vector<int> sockets_;
  std::string request_;
  int poll_ = -1;
};

} // namespace apogee::benchmarks
