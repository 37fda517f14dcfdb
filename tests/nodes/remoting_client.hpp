#pragma once

#include "messages/remoting/command_decoder.hpp"
#include "messages/remoting/frame_writer.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstdint>
#include <map>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

/// A RocketMQ client made of bytes.
namespace apogee::remoting {

using fields = std::vector<std::pair<std::string, std::string>>;

/// An answer, or a request of the server.
struct received {
  std::int32_t code = -1; ///< -1: the connection is closed, or silent
  std::int32_t opaque = 0;
  std::string remark;
  std::map<std::string, std::string> fields;
  std::string body;

  std::string at(const std::string& key) const {
    const auto found = fields.find(key);
    return found == fields.end() ? "" : found->second;
  }
};

class raw_client {
public:
  /// `host` is an IPv4 address or "::1".
  explicit raw_client(std::uint16_t port, const std::string& host = "127.0.0.1")
    : socket_(::socket(host == "::1" ? AF_INET6 : AF_INET,
                       SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    inet_pton(AF_INET, host.c_str(), &v4.sin_addr);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    v6.sin6_addr = in6addr_loopback;
    EXPECT_EQ(
      host == "::1"
        ? connect(socket_, reinterpret_cast<const sockaddr*>(&v6), sizeof(v6))
        : connect(socket_, reinterpret_cast<const sockaddr*>(&v4), sizeof(v4)),
      0)
      << host << ":" << port;
    const timeval patience{5, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  }

  virtual ~raw_client() { ::close(socket_); }

  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  bool say(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = send_some(bytes);
      if (sent <= 0)
        return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  void ask(request_code code, const fields& with, std::string_view body = {},
           bool is_oneway = false, serialize_type type = serialize_type::json) {
    std::vector<char> out;
    auto head = request_to_client(code, ++opaque_, is_oneway);
    head.language = language;
    frame_writer writer{out, type, head};
    for (const auto& [key, value] : with)
      writer.field(key, value);
    auto& bytes = writer.body();
    bytes.insert(bytes.end(), body.begin(), body.end());
    ASSERT_TRUE(writer.finish());
    ASSERT_TRUE(say({out.data(), out.size()}));
  }

  client_language language = client_language::java;

  /// Says nothing more, and still listens.
  void end_sending() { ::shutdown(socket_, SHUT_WR); }

  /// Answers what the server has asked.
  void answer(std::int32_t opaque, std::string_view body) {
    command asked;
    asked.opaque = opaque;
    std::vector<char> out;
    frame_writer writer{out, serialize_type::json,
                        answer_to(asked, response_code::success)};
    auto& bytes = writer.body();
    bytes.insert(bytes.end(), body.begin(), body.end());
    ASSERT_TRUE(writer.finish());
    ASSERT_TRUE(say({out.data(), out.size()}));
  }

  received next() {
    for (;;) {
      const auto found = find_frame(bytes_);
      EXPECT_TRUE(found.has_value());
      if (found && found->missing_bytes == 0)
        return take(found->found);
      char more[65536];
      const auto count = receive_some(more, sizeof(more));
      if (count <= 0)
        return {};
      bytes_.append(more, static_cast<std::size_t>(count));
    }
  }

  received call(request_code code, const fields& with,
                std::string_view body = {},
                serialize_type type = serialize_type::json) {
    ask(code, with, body, false, type);
    return next();
  }

  /// True when the other side closes the connection without a word.
  bool is_closed() {
    char byte = 0;
    const auto count = ::recv(socket_, &byte, 1, 0);
    return count == 0 || (count < 0 && errno == ECONNRESET);
  }

  int socket() const { return socket_; }

protected:
  virtual ssize_t send_some(std::string_view bytes) {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  virtual ssize_t receive_some(char* to, std::size_t size) {
    return ::recv(socket_, to, size, 0);
  }

private:
  received take(const frame& one) {
    received out;
    EXPECT_TRUE(decoder_.decode(one));
    const auto& from = decoder_.decoded();
    out.code = from.code;
    out.opaque = from.opaque;
    out.remark = from.remark;
    for (const auto& field : from.fields)
      out.fields.emplace(field.key, field.value);
    out.body = from.body;
    bytes_.erase(0, one.bytes());
    return out;
  }

  int socket_;
  std::int32_t opaque_ = 0;
  std::string bytes_;
  command_decoder decoder_;
};

} // namespace apogee::remoting
