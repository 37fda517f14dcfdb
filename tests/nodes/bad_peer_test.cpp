#include "tests/nodes/standalone_test.hpp"

#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <random>
#include <set>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace apogee {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// A connection that says what the test likes.
class raw_connection {
public:
  explicit raw_connection(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ =
      connect(socket_, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address))
      == 0;
    const timeval patience{1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  }

  ~raw_connection() { ::close(socket_); }

  raw_connection(const raw_connection&) = delete;
  raw_connection& operator=(const raw_connection&) = delete;

  bool is_connected() const { return is_connected_; }

  /// The peer may have closed the connection: that is its right.
  void say(const std::string& bytes) {
    [[maybe_unused]] const auto sent =
      ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

private:
  int socket_;
  bool is_connected_ = false;
};

class BadPeer : public standalone_test {
protected:
  std::vector<std::uint16_t> ports() const {
    return {node_.native_port(), node_.broker_port(), node_.nameserver_port()};
  }

  void expect_unharmed(const std::string& what) {
    const auto sent = send(bystander_, what);
    EXPECT_TRUE(sent) << what << ": " << to_string(sent.error());
    auto newcomer = admin().connect("broker");
    EXPECT_TRUE(newcomer) << what << ": " << to_string(newcomer.error());
  }
};

/// Header of CAF's protocol: operation, two unused bytes, flags, size of the
/// payload, data, and the numbers of two actors.
std::string frame(char operation, std::uint32_t payload, std::uint64_t data) {
  std::string out{operation, 0, 0, 0};
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(payload >> shift));
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(data >> shift));
  out.append(2 * sizeof(std::uint64_t), '\0');
  return out;
}

} // namespace

TEST_F(BadPeer, RandomBytesOnAnyPortHarmNobody) {
  std::mt19937 random{7};
  for (const auto port : ports())
    for (int i = 0; i < 40; ++i) {
      raw_connection peer{port};
      ASSERT_TRUE(peer.is_connected());
      std::string bytes(1 + random() % 5000, '\0');
      for (auto& byte : bytes)
        byte = static_cast<char>(random());
      peer.say(bytes);
    }
  expect_unharmed("random bytes");
}

TEST_F(BadPeer, AnHttpRequestOnAnyPortHarmsNobody) {
  for (const auto port : ports()) {
    raw_connection peer{port};
    ASSERT_TRUE(peer.is_connected());
    peer.say("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect_unharmed("an HTTP request");
  }
}

TEST_F(BadPeer, ManyConnectionsThatAreCutOffAreOneLine) {
  for (int i = 0; i < 100; ++i) {
    raw_connection peer{node_.broker_port()};
    ASSERT_TRUE(peer.is_connected());
    peer.say("GET / HTTP/1.1\r\n");
  }
  expect_unharmed("connections that are cut off");
  const std::string line = "closed the connection of 127.0.0.1:";
  ASSERT_TRUE(node_.running().wait_for_error_text(line, 5s));
  const auto text = node_.running().error_output();
  EXPECT_EQ(text.find(line, text.find(line) + 1), std::string::npos) << text;
}

TEST_F(BadPeer, AThousandSilentConnectionsOnAPortHarmNobody) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  for (const auto port : ports()) {
    std::vector<std::unique_ptr<raw_connection>> silent;
    for (int i = 0; i < 1'000; ++i) {
      silent.push_back(std::make_unique<raw_connection>(port));
      ASSERT_TRUE(silent.back()->is_connected()) << i;
    }
    expect_unharmed("silent connections");
  }
}

TEST_F(BadPeer, ATruncatedFrameOnTheNativePortHarmsNobody) {
  for (char operation = 0; operation < 8; ++operation) {
    raw_connection peer{node_.native_port()};
    ASSERT_TRUE(peer.is_connected());
    peer.say(frame(operation, 1'000, 4));
    peer.say("0123456789");
  }
  expect_unharmed("truncated frames");
}

TEST_F(BadPeer, AFrameThatClaimsToBeHugeCostsNoMemory) {
  const auto before = node_.running().resident_bytes();
  std::vector<std::unique_ptr<raw_connection>> peers;
  for (char operation = 0; operation < 8; ++operation) {
    peers.push_back(std::make_unique<raw_connection>(node_.native_port()));
    peers.back()->say(frame(operation, 0x3fffffff, 4));
    peers.back()->say("0123456789");
  }
  expect_unharmed("huge frames");
  EXPECT_LT(node_.running().resident_bytes(), before + (16u << 20));
  EXPECT_THAT(node_.running().error_output(),
              HasSubstr("announced a frame of 1073741823 bytes"));
}

TEST_F(BadPeer, APeerOfAnotherProtocolVersionIsToldSo) {
  caf::scoped_actor self{clients_.system};
  caf::actor door;
  self
    ->request(clients_.system.middleman().actor_handle(), patience,
              caf::connect_atom::value, std::string{"127.0.0.1"},
              node_.native_port())
    .receive(
      [&](const caf::node_id&, const caf::strong_actor_ptr& found,
          const std::set<std::string>&) {
        door = caf::actor_cast<caf::actor>(found);
      },
      [](const caf::error&) {});
  ASSERT_TRUE(door);
  failure why;
  self
    ->request(door, patience, envelope<schema::Hello>::build([](auto builder) {
                builder.setProtocolVersion(protocol_version + 1);
                builder.setProgramVersion("9.9");
                builder.setService("broker");
              }))
    .receive(
      [](const envelope<schema::Welcome>&, const caf::strong_actor_ptr&) {},
      [&](const caf::error& error) { why = to_failure(error); });
  EXPECT_EQ(why.code, errc::version_mismatch) << to_string(why);
  EXPECT_THAT(why.text, HasSubstr("run programs of the same release"));
  EXPECT_THAT(why.text, HasSubstr("9.9"));
}

TEST_F(BadPeer, AnActorSystemOfAnotherKindIsToldSo) {
  client::system_config config;
  config.set("middleman.app-identifiers", std::vector<std::string>{"stranger"});
  caf::actor_system strangers{config};
  auto node = node_admin(strangers, node_.address()).connect("broker");
  ASSERT_FALSE(node);
  EXPECT_EQ(node.error().code, errc::version_mismatch)
    << to_string(node.error());
  auto producer =
    client::spawn_producer(strangers, {.nameservers = {node_.address()}});
  const auto sent = send(producer, "body");
  ASSERT_FALSE(sent);
  EXPECT_THAT(to_string(sent.error()), HasSubstr("version-mismatch"));
}

} // namespace apogee
