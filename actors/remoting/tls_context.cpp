#include "actors/remoting/tls_context.hpp"

#include <cstring>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string>

namespace apogee::remoting {

namespace {

constexpr long certificate_lifetime_s = 10L * 365 * 24 * 3600;

tls_mode mode_of(const std::string& text) {
  if (text == "disabled")
    return tls_mode::disabled;
  return text == "enforcing" ? tls_mode::enforcing : tls_mode::permissive;
}

/// Of the peer's certificate.
int verification_of(const std::string& client_auth) {
  if (client_auth == "require")
    return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  return client_auth == "optional" ? SSL_VERIFY_PEER : SSL_VERIFY_NONE;
}

failure unreadable(const std::string& key, const std::string& file) {
  return {errc::invalid_argument,
          "[tls] " + key + " '" + file
            + "' cannot be used: " + tls_failure_text()};
}

int give_password(char* to, int size, int, void* settings) {
  const auto& password =
    static_cast<const config::tls_settings*>(settings)->key_password;
  if (password.size() > static_cast<std::size_t>(size))
    return -1;
  std::memcpy(to, password.data(), password.size());
  return static_cast<int>(password.size());
}

result<void> load(SSL_CTX* to, const config::tls_settings& settings) {
  if (SSL_CTX_use_certificate_chain_file(to, settings.certificate.c_str()) != 1)
    return unreadable("certificate", settings.certificate);
  SSL_CTX_set_default_passwd_cb(to, give_password);
  // OpenSSL does not change it.
  SSL_CTX_set_default_passwd_cb_userdata(
    to, const_cast<config::tls_settings*>(&settings));
  const auto is_loaded =
    SSL_CTX_use_PrivateKey_file(to, settings.key.c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_set_default_passwd_cb_userdata(to, nullptr);
  if (is_loaded != 1 || SSL_CTX_check_private_key(to) != 1)
    return unreadable("key", settings.key);
  return {};
}

/// A certificate for a key made just now, signed with that key.
result<void> make_certificate(SSL_CTX* to) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
    EVP_EC_gen("P-256"), &EVP_PKEY_free};
  const std::unique_ptr<X509, decltype(&X509_free)> made{X509_new(),
                                                         &X509_free};
  auto* one = made.get();
  const auto* name = reinterpret_cast<const unsigned char*>("apogee");
  const auto is_made =
    key && one != nullptr && X509_set_version(one, X509_VERSION_3) == 1
    && ASN1_INTEGER_set(X509_get_serialNumber(one), 1) == 1
    && X509_gmtime_adj(X509_getm_notBefore(one), -24L * 3600) != nullptr
    && X509_gmtime_adj(X509_getm_notAfter(one), certificate_lifetime_s)
         != nullptr
    && X509_set_pubkey(one, key.get()) == 1
    && X509_NAME_add_entry_by_txt(X509_get_subject_name(one), "CN",
                                  MBSTRING_ASC, name, -1, -1, 0)
         == 1
    && X509_set_issuer_name(one, X509_get_subject_name(one)) == 1
    && X509_sign(one, key.get(), EVP_sha256()) != 0
    && SSL_CTX_use_certificate(to, one) == 1
    && SSL_CTX_use_PrivateKey(to, key.get()) == 1;
  if (!is_made)
    return {errc::invalid_argument,
            "no certificate could be made for TLS: " + tls_failure_text()
              + "; name one with [tls] certificate, or set [tls] mode to "
                "\"disabled\""};
  return {};
}

void set_rules(SSL_CTX* to) {
  SSL_CTX_set_min_proto_version(to, TLS1_2_VERSION);
  // Nothing that a peer could make us keep or compute again and again.
  SSL_CTX_set_options(to, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION
                            | SSL_OP_NO_TICKET
                            | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(to, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(to, 0);
  // A connection that is silent needs no buffers.
  SSL_CTX_set_mode(to, SSL_MODE_RELEASE_BUFFERS);
}

} // namespace

std::string tls_failure_text() {
  // The first one is the cause, those behind it say where it was found.
  const auto code = ERR_peek_error();
  const auto* reason = ERR_reason_error_string(code);
  if (reason == nullptr && ERR_SYSTEM_ERROR(code))
    reason = std::strerror(ERR_GET_REASON(code));
  return reason != nullptr ? reason : "no reason is known";
}

result<std::shared_ptr<const tls_context>>
tls_context::make(const config::tls_settings& settings) {
  auto out = std::make_shared<tls_context>();
  out->mode_ = mode_of(settings.mode);
  if (out->mode_ == tls_mode::disabled)
    return std::shared_ptr<const tls_context>{std::move(out)};
  ERR_clear_error();
  out->native_.reset(SSL_CTX_new(TLS_server_method()));
  auto* native = out->native();
  if (native == nullptr)
    return {errc::invalid_argument, "TLS is not there: " + tls_failure_text()};
  set_rules(native);
  auto loaded = settings.certificate.empty() ? make_certificate(native)
                                             : load(native, settings);
  if (!loaded)
    return loaded.error();
  if (!settings.client_authorities.empty()) {
    const auto* file = settings.client_authorities.c_str();
    auto* names = SSL_load_client_CA_file(file);
    if (names == nullptr
        || SSL_CTX_load_verify_locations(native, file, nullptr) != 1)
      return unreadable("client-authorities", settings.client_authorities);
    SSL_CTX_set_client_CA_list(native, names); // which owns them now
  }
  SSL_CTX_set_verify(native, verification_of(settings.client_auth), nullptr);
  return std::shared_ptr<const tls_context>{std::move(out)};
}

} // namespace apogee::remoting
