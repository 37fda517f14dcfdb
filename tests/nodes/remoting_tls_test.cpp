#include "tests/nodes/remoting_node_test.hpp"

#include <chrono>
#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <vector>

namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// A client that trusts everybody.
class tls_client : public raw_client {
public:
  explicit tls_client(std::uint16_t port)
    : raw_client(port),
      context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free),
      native_(SSL_new(context_.get()), &SSL_free) {
    SSL_set_fd(native_.get(), socket());
    is_connected_ = SSL_connect(native_.get()) == 1;
  }

  bool is_connected() const { return is_connected_; }

protected:
  ssize_t send_some(std::string_view bytes) override {
    return SSL_write(native_.get(), bytes.data(),
                     static_cast<int>(bytes.size()));
  }

  ssize_t receive_some(char* to, std::size_t size) override {
    return SSL_read(native_.get(), to, static_cast<int>(size));
  }

private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> native_;
  bool is_connected_ = false;
};

class RemotingTls : public remoting_node_test {};

class RemotingTlsEnforced : public remoting_node_test {
protected:
  RemotingTlsEnforced() : remoting_node_test({"--tls.mode=enforcing"}) {}
};

class RemotingTlsDisabled : public remoting_node_test {
protected:
  RemotingTlsDisabled() : remoting_node_test({"--tls.mode=disabled"}) {}
};

} // namespace

TEST_F(RemotingTls, AndPlainTextShareThePort) {
  tls_client sender{broker_port()};
  ASSERT_TRUE(sender.is_connected());
  const std::string body(1'000'000, 'x');
  ASSERT_EQ(
    sender.call(request_code::send_message_v2, send_fields(topic, 1), body)
      .code,
    0);
  raw_client plain{broker_port()};
  const auto got =
    plain.call(request_code::pull_message, pull_fields(topic, 1, 0));
  ASSERT_EQ(messages(got).size(), 1u);
  EXPECT_EQ(messages(got)[0].body, body);
  // An answer that has to wait is encrypted as well.
  tls_client reader{broker_port()};
  reader.ask(request_code::pull_message, pull_fields(topic, 1, 1, 30'000));
  ASSERT_EQ(
    plain.call(request_code::send_message_v2, send_fields(topic, 1), "y").code,
    0);
  const auto late = reader.next();
  ASSERT_EQ(messages(late).size(), 1u);
  EXPECT_EQ(messages(late)[0].body, "y");
  EXPECT_EQ(counted().at("tlsHandshakes"), 2u);
}

TEST_F(RemotingTls, IsServedByTheNameserver) {
  tls_client names{node_.nameserver_port()};
  ASSERT_TRUE(names.is_connected());
  const auto route =
    names.call(request_code::get_route_info_by_topic, {{"topic", topic}});
  EXPECT_EQ(route.code, 0) << route.remark;
  EXPECT_THAT(route.body, HasSubstr(std::to_string(broker_port())));
}

TEST_F(RemotingTls, AClientThatNeverReadsCostsABoundedAmountOfMemory) {
  raw_client writer{broker_port()};
  const std::string body(100'000, 'x');
  for (int i = 0; i < 30; ++i)
    ASSERT_EQ(
      writer.call(request_code::send_message_v2, send_fields(topic, 1), body)
        .code,
      0);
  const auto before = node_.running().resident_bytes();
  tls_client deaf{broker_port()};
  for (int i = 0; i < 1'000; ++i)
    deaf.ask(request_code::pull_message, pull_fields(topic, 1, 0));
  EXPECT_EQ(
    writer.call(request_code::send_message_v2, send_fields(topic, 1), "x").code,
    0);
  EXPECT_LT(node_.running().resident_bytes(), before + (64u << 20));
}

TEST_F(RemotingTls, GarbageIsRefusedAndCounted) {
  for (int i = 0; i < 20; ++i) {
    raw_client rude{broker_port()};
    rude.say(std::string{"\x16\x03\x01\0\5hello", 10});
    char rest[256];
    // An alert, and the end.
    while (::recv(rude.socket(), rest, sizeof(rest), 0) > 0) {
    }
  }
  EXPECT_TRUE(says("closed the connection of 127.0.0.1:"));
  EXPECT_THAT(node_.running().error_output(), HasSubstr(": TLS: "));
  EXPECT_EQ(counted().at("refusedTls"), 20u);
  EXPECT_EQ(counted().at("connections"), 0u);
}

TEST_F(RemotingTls, HalfAHandshakeIsClosedAfterAWhile) {
  const auto before = node_.running().resident_bytes();
  std::vector<std::unique_ptr<raw_client>> halves;
  for (int i = 0; i < 200; ++i) {
    halves.push_back(std::make_unique<raw_client>(broker_port()));
    halves.back()->say(std::string{"\x16\x03\x01\x02\x00\x01", 6});
  }
  tls_client whole{broker_port()};
  EXPECT_TRUE(whole.is_connected());
  EXPECT_LT(node_.running().resident_bytes(), before + (32u << 20));
  EXPECT_TRUE(eventually(
    [&] { return counted().at("refusedTls") == halves.size(); }, patience));
  EXPECT_THAT(node_.running().error_output(),
              HasSubstr("begun a TLS handshake and not gone on"));
}

TEST_F(RemotingTlsEnforced, PlainTextIsRefused) {
  raw_client plain{broker_port()};
  plain.ask(request_code::get_max_offset, {{"topic", topic}});
  EXPECT_TRUE(plain.is_closed());
  EXPECT_TRUE(says("it does not speak TLS, which [tls] mode enforces"));
  tls_client encrypted{broker_port()};
  ASSERT_TRUE(encrypted.is_connected());
  EXPECT_NE(max_offset(encrypted, 0), "");
}

TEST_F(RemotingTlsDisabled, IsRefused) {
  tls_client refused{broker_port()};
  EXPECT_FALSE(refused.is_connected());
  EXPECT_TRUE(says("it speaks TLS, which [tls] mode disables"));
}

TEST(RemotingTlsFiles, ThatCannotBeReadAreSaidAtTheStart) {
  const temporary_folder folder;
  node_process node{
    "standalone",
    test_settings(folder.path(), {"--tls.certificate=/nowhere/cert.pem",
                                  "--tls.key=/nowhere/key.pem"})};
  EXPECT_FALSE(node.start());
  EXPECT_THAT(node.running().error_output(),
              HasSubstr("[tls] certificate '/nowhere/cert.pem' cannot be used: "
                        "No such file"));
}

} // namespace apogee::remoting
