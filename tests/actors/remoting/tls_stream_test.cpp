#include "actors/remoting/tls_stream.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <openssl/bio.h>
#include <string>
#include <utility>

namespace apogee::remoting {

namespace {

using testing::HasSubstr;

/// OpenSSL's own client over memory.
class tls_client {
public:
  tls_client() : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free) {
    native_.reset(SSL_new(context_.get()));
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(native_.get(), in_, out_);
    SSL_set_connect_state(native_.get());
  }

  SSL* native() { return native_.get(); }

  void take(const std::vector<char>& bytes) {
    BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
  }

  /// What it wants to send.
  std::string sent() {
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(out_, &bytes);
    std::string out{bytes, static_cast<std::size_t>(size)};
    static_cast<void>(BIO_reset(out_));
    return out;
  }

  std::string say(const std::string& plain) {
    SSL_write(native(), plain.data(), static_cast<int>(plain.size()));
    return sent();
  }

  std::string heard() {
    std::string out(1 << 20, '\0');
    std::size_t at = 0;
    for (;;) {
      const auto count =
        SSL_read(native(), out.data() + at, static_cast<int>(out.size() - at));
      if (count <= 0)
        break;
      at += static_cast<std::size_t>(count);
    }
    out.resize(at);
    return out;
  }

private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> native_{nullptr, &SSL_free};
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
};

class TlsStream : public testing::Test {
protected:
  static tls_context_ptr context(const config::tls_settings& settings = {}) {
    auto made = tls_context::make(settings);
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().text);
    return *made;
  }

  /// Both ends talk until neither has more to say, `step` bytes at a time.
  result<void> shake_hands(std::size_t step = 1 << 20) {
    for (int i = 0; i < 20; ++i) {
      SSL_do_handshake(client.native());
      const auto said = client.sent();
      std::vector<char> reply;
      for (std::size_t at = 0; at < said.size(); at += step)
        if (auto took = server.receive(std::string_view{said}.substr(at, step),
                                       plain, reply);
            !took)
          return took;
      client.take(reply);
    }
    return {};
  }

  std::string take_plain() {
    const auto taken = std::exchange(plain, {});
    return {taken.begin(), taken.end()};
  }

  tls_context_ptr shared = context();
  tls_stream server{*shared};
  tls_client client;
  std::vector<char> plain;
  std::vector<char> out;
};

failure why_not(const config::tls_settings& settings) {
  const auto made = tls_context::make(settings);
  return made ? failure{} : made.error();
}

} // namespace

TEST_F(TlsStream, IsReadyForGoodOnceTheHandshakeIsDone) {
  EXPECT_FALSE(server.send("early", out));
  ASSERT_TRUE(shake_hands());
  SSL_key_update(client.native(), SSL_KEY_UPDATE_REQUESTED);
  SSL_do_handshake(client.native());
  for (const auto byte : client.sent()) {
    ASSERT_TRUE(server.receive({&byte, 1}, plain, out));
    EXPECT_TRUE(server.is_ready());
  }
  ASSERT_TRUE(server.send("late", out));
  client.take(out);
  EXPECT_EQ(client.heard(), "late");
}

TEST_F(TlsStream, CarriesBytesBothWays) {
  ASSERT_TRUE(shake_hands());
  ASSERT_TRUE(server.is_ready());
  const std::string large(200'000, 'x');
  for (const auto& text : {std::string{"hello"}, large}) {
    ASSERT_TRUE(server.receive(client.say(text), plain, out));
    EXPECT_EQ(take_plain(), text);
    out.clear();
    server.send(text, out);
    client.take(out);
    EXPECT_EQ(client.heard(), text);
  }
}

TEST_F(TlsStream, TakesWhatComesByteByByte) {
  ASSERT_TRUE(shake_hands(1));
  ASSERT_TRUE(server.is_ready());
  for (const auto byte : client.say("hello"))
    ASSERT_TRUE(server.receive({&byte, 1}, plain, out));
  EXPECT_EQ(take_plain(), "hello");
}

TEST_F(TlsStream, KnowsWhenThePeerHasEnded) {
  ASSERT_TRUE(shake_hands());
  SSL_shutdown(client.native());
  ASSERT_TRUE(server.receive(client.sent(), plain, out));
  EXPECT_TRUE(server.is_ended());
}

TEST_F(TlsStream, RefusesGarbageAndSaysSo) {
  const std::string no_hello{"\x16\x03\x01\0\5hello", 10};
  const auto garbage = server.receive(no_hello, plain, out);
  ASSERT_FALSE(garbage);
  EXPECT_THAT(garbage.error().text, HasSubstr("TLS: "));
  EXPECT_FALSE(out.empty()); // an alert
}

TEST_F(TlsStream, RefusesGarbageAfterTheHandshake) {
  ASSERT_TRUE(shake_hands());
  auto record = client.say("hello");
  record.back() = static_cast<char>(record.back() ^ 1);
  EXPECT_FALSE(server.receive(record, plain, out));
  EXPECT_TRUE(plain.empty());
}

TEST_F(TlsStream, DoesNotNegotiateAgain) {
  SSL_set_max_proto_version(client.native(), TLS1_2_VERSION);
  ASSERT_TRUE(shake_hands());
  ASSERT_TRUE(server.is_ready());
  SSL_renegotiate(client.native());
  SSL_do_handshake(client.native());
  static_cast<void>(server.receive(client.sent(), plain, out));
  client.take(out);
  EXPECT_NE(SSL_do_handshake(client.native()), 1);
}

TEST_F(TlsStream, RefusesOldProtocols) {
  SSL_set_min_proto_version(client.native(), TLS1_VERSION);
  SSL_set_max_proto_version(client.native(), TLS1_1_VERSION);
  SSL_set_security_level(client.native(), 0);
  EXPECT_FALSE(shake_hands());
}

TEST(TlsContext, NamesTheFileThatCannotBeUsed) {
  const temporary_folder folder;
  const auto junk = folder.path() + "/junk.pem";
  std::ofstream{junk} << "no certificate";
  config::tls_settings settings;
  settings.certificate = settings.key = folder.path() + "/missing.pem";
  EXPECT_EQ(why_not(settings).code, errc::invalid_argument);
  EXPECT_THAT(why_not(settings).text, HasSubstr("[tls] certificate '"));
  EXPECT_THAT(why_not(settings).text, HasSubstr("missing.pem"));
  EXPECT_THAT(why_not(settings).text, HasSubstr("No such file"));
  settings.certificate = junk;
  EXPECT_THAT(why_not(settings).text, HasSubstr("no start line"));
  settings = {};
  settings.client_authorities = junk;
  EXPECT_THAT(why_not(settings).text, HasSubstr("[tls] client-authorities '"));
}

} // namespace apogee::remoting
