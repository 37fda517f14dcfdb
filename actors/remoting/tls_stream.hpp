#pragma once

#include "actors/remoting/tls_context.hpp"

#include <memory>
#include <openssl/ssl.h>
#include <string_view>
#include <vector>

namespace apogee::remoting {

/// The server's end of one TLS connection, without a socket: bytes of the peer
/// go in, and what is to be sent comes out. Holds no buffer of its own between
/// the calls, apart from a record that has arrived in part.
class tls_stream {
public:
  /// The first byte of a TLS connection, and of no RocketMQ frame that is
  /// short enough.
  static constexpr char first_byte = 0x16;

  /// REQUIRES: the context's mode is not disabled.
  explicit tls_stream(const tls_context& context);

  tls_stream(const tls_stream&) = delete;
  tls_stream& operator=(const tls_stream&) = delete;

  /// Takes what the peer has sent. Appends what it says to `plain`, and what
  /// has to be sent for that, such as a part of the handshake, to `out`. Fails
  /// with errc::malformed when the peer breaks the protocol or is not trusted;
  /// `out` may hold an alert for it then, and the connection has to be closed.
  result<void> receive(std::string_view bytes, std::vector<char>& plain,
                       std::vector<char>& out);

  /// Appends `plain`, encrypted, to `out`. False when it has to be sent after
  /// the next receive(), and nothing of it was taken: before is_ready(), and
  /// while keys are exchanged again.
  bool send(std::string_view plain, std::vector<char>& out);

  /// The handshake is over, for good.
  bool is_ready() const { return is_ready_; }

  /// The peer has said that it will say no more.
  bool is_ended() const { return is_ended_; }

private:
  struct release {
    void operator()(SSL* x) const { SSL_free(x); }
  };

  /// What the library reads from and writes to during a call.
  struct ends {
    std::string_view in;
    std::vector<char>* out = nullptr;
  };

  static const BIO_METHOD* method();
  static int read(BIO* bio, char* to, int size);
  static int write(BIO* bio, const char* from, int size);
  static long control(BIO* bio, int command, long number, void* pointer);

  std::unique_ptr<SSL, release> native_;
  ends ends_;
  bool is_ready_ = false;
  bool is_ended_ = false;
};

} // namespace apogee::remoting
