#pragma once

#include "config/settings.hpp"
#include "messages/errors.hpp"

#include <memory>
#include <openssl/ssl.h>

namespace apogee::remoting {

/// What a port does with the first byte of a TLS handshake, and without it.
enum class tls_mode : std::uint8_t {
  disabled,   ///< TLS is refused
  permissive, ///< both are served
  enforcing   ///< plain text is refused
};

/// Certificate, key and rules of all TLS connections of a node. Thread-safe
/// once it is made.
class tls_context {
public:
  /// Reads the files that the settings name. Without a certificate it makes one
  /// that nobody has signed, good for encryption alone, in memory. Fails with
  /// errc::invalid_argument; the text names the setting and the file.
  static result<std::shared_ptr<const tls_context>>
  make(const config::tls_settings& settings);

  tls_mode mode() const { return mode_; }

  /// REQUIRES: mode() is not disabled.
  SSL_CTX* native() const { return native_.get(); }

private:
  struct release {
    void operator()(SSL_CTX* x) const { SSL_CTX_free(x); }
  };

  tls_mode mode_ = tls_mode::disabled;
  std::unique_ptr<SSL_CTX, release> native_;
};

using tls_context_ptr = std::shared_ptr<const tls_context>;

/// Why OpenSSL has failed in this thread since its errors were cleared, in its
/// words.
std::string tls_failure_text();

} // namespace apogee::remoting
