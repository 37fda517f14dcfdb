#include "actors/remoting/tls_stream.hpp"

#include <algorithm>
#include <cstddef>
#include <new>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <string>

namespace apogee::remoting {

namespace {

/// Most plain text in one record.
constexpr std::size_t record_bytes_max = 16u << 10;

} // namespace

tls_stream::tls_stream(const tls_context& context)
  : native_(SSL_new(context.native())) {
  auto* bio = BIO_new(method());
  if (!native_ || bio == nullptr)
    throw std::bad_alloc{};
  BIO_set_data(bio, &ends_);
  BIO_set_init(bio, 1);
  SSL_set_bio(native_.get(), bio, bio); // which owns it now
  SSL_set_accept_state(native_.get());
}

result<void> tls_stream::receive(std::string_view bytes,
                                 std::vector<char>& plain,
                                 std::vector<char>& out) {
  ends_ = {bytes, &out};
  for (;;) {
    const auto before = plain.size();
    plain.resize(before + record_bytes_max);
    ERR_clear_error();
    // Does the handshake first.
    const auto count = SSL_read(native_.get(), plain.data() + before,
                                static_cast<int>(record_bytes_max));
    plain.resize(before + static_cast<std::size_t>(std::max(count, 0)));
    is_ready_ = is_ready_ || SSL_is_init_finished(native_.get()) == 1;
    if (count > 0)
      continue;
    switch (SSL_get_error(native_.get(), count)) {
    case SSL_ERROR_WANT_READ:
      return {};
    case SSL_ERROR_ZERO_RETURN:
      is_ended_ = true;
      return {};
    default:
      return {errc::malformed, "TLS: " + tls_failure_text()};
    }
  }
}

bool tls_stream::send(std::string_view plain, std::vector<char>& out) {
  if (plain.empty())
    return true;
  ends_ = {{}, &out};
  ERR_clear_error();
  // Takes all or nothing: the other end takes everything.
  return SSL_is_init_finished(native_.get()) == 1
         && SSL_write(native_.get(), plain.data(),
                      static_cast<int>(plain.size()))
              > 0;
}

const BIO_METHOD* tls_stream::method() {
  static const auto* const made = [] {
    auto* x = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
                           "bytes in, bytes out");
    BIO_meth_set_read(x, &tls_stream::read);
    BIO_meth_set_write(x, &tls_stream::write);
    BIO_meth_set_ctrl(x, &tls_stream::control);
    return x;
  }();
  return made;
}

int tls_stream::read(BIO* bio, char* to, int size) {
  auto& in = static_cast<ends*>(BIO_get_data(bio))->in;
  BIO_clear_retry_flags(bio);
  if (in.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const auto count = in.copy(to, static_cast<std::size_t>(size));
  in.remove_prefix(count);
  return static_cast<int>(count);
}

int tls_stream::write(BIO* bio, const char* from, int size) {
  auto& out = *static_cast<ends*>(BIO_get_data(bio))->out;
  out.insert(out.end(), from, from + size);
  return size;
}

long tls_stream::control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

} // namespace apogee::remoting
