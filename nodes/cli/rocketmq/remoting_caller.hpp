#pragma once

#include "messages/remoting/codes.hpp"
#include "nodes/cli/rocketmq/remoting_connection.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apogee::cli {

/// An answer that owns what it says.
struct remoting_answer {
  std::int32_t code = 0;
  std::string remark;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;

  bool is(remoting::response_code wanted) const {
    return code == static_cast<std::int32_t>(wanted);
  }

  /// Fails when the answer has no such number.
  result<std::int64_t> number(std::string_view key) const;

  /// Of an answer that is no success, with the remark.
  failure as_failure() const;
};

/// Asks a RocketMQ node one thing after the other, and waits each time.
class remoting_caller {
public:
  using fields = std::vector<std::pair<std::string_view, std::string>>;

  /// Fails with errc::unreachable or errc::invalid_argument.
  static result<remoting_caller> connect(const std::string& address,
                                         std::chrono::milliseconds timeout);

  /// Any answer is one; fails with errc::unreachable or errc::timeout.
  result<remoting_answer> call(remoting::request_code code, const fields& with);

private:
  remoting_caller(remoting_connection connection,
                  std::chrono::milliseconds timeout)
    : connection_(std::move(connection)), timeout_(timeout) {}

  remoting_connection connection_;
  std::chrono::milliseconds timeout_;
  std::int32_t opaque_ = 0;
};

} // namespace apogee::cli
