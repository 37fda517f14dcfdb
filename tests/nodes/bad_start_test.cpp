#include "tests/support/node_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace apogee {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Listens on a port of the loopback device.
class port_holder {
public:
  port_holder() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (bind(socket_, any, size) == 0 && listen(socket_, 1) == 0
        && getsockname(socket_, any, &size) == 0)
      port_ = ntohs(address.sin_port);
  }

  ~port_holder() { ::close(socket_); }

  port_holder(const port_holder&) = delete;
  port_holder& operator=(const port_holder&) = delete;

  std::string port() const { return std::to_string(port_); }

private:
  int socket_;
  std::uint16_t port_ = 0;
};

struct taken_port {
  std::string setting; ///< of the command line
  std::string named;   ///< what the text has to name

  friend void PrintTo(const taken_port& port, std::ostream* out) {
    *out << port.setting;
  }
};

class BadStart : public testing::TestWithParam<taken_port> {};

} // namespace

TEST(BadConfig, TenMistakesAreReportedAtOnce) {
  const temporary_folder folder;
  const auto path = folder.path() + "/broker.ini";
  std::ofstream{path} << "[node]\n"
                         "naem = \"x\"\n"        // 2: unknown key
                         "native-port = 70000\n" // 3: out of range
                         "[broker]\n"
                         "port = \"http\"\n"             // 5: wrong type
                         "message-size-max = 1TiB\n"     // 6: out of range
                         "nameservers = [\"nowhere\"]\n" // 7: no port
                         "[storage]\n"
                         "data = \"\"\n"                // 9: empty
                         "flush-interval = 3 parsecs\n" // 10: no duration
                         "[supervision]\n"
                         "restarts-max = -1\n"      // 12: negative
                         "log-to-console = maybe\n" // 13: no flag
                         "[strage]\n"
                         "data = \"x\"\n"; // 15: unknown section
  const auto node = run_process(
    {program_path("apogee-broker"), "--config-file=" + path}, patience);
  EXPECT_EQ(node.exit_code, 2);
  const auto& text = node.error_output;
  for (const auto line : {2, 3, 5, 6, 7, 9, 10, 12, 13})
    EXPECT_THAT(text, HasSubstr(":" + std::to_string(line) + ":"));
  for (const auto* named :
       {"naem", "native-port", "message-size-max", "nameservers",
        "flush-interval", "restarts-max", "log-to-console", "strage"})
    EXPECT_THAT(text, HasSubstr(named));
  EXPECT_THAT(text, HasSubstr("name")); // the nearest key
  EXPECT_EQ(node.output, "");
}

TEST_P(BadStart, ATakenPortIsNamedWithTheSettingThatChangesIt) {
  const temporary_folder folder;
  const port_holder holder;
  std::vector<std::string> ports;
  for (const auto* port :
       {"node.native-port", "broker.port", "nameserver.port"})
    ports.push_back("--" + std::string{port} + "="
                    + (GetParam().setting == port ? holder.port() : "0"));
  auto settings = test_settings(folder.path(), ports);
  settings.insert(settings.begin(), {program_path("apogee"), "standalone"});
  const auto node = run_process(settings, patience);
  EXPECT_EQ(node.exit_code, 1) << node.error_output;
  EXPECT_THAT(node.error_output, HasSubstr("apogee: stopped: "));
  EXPECT_THAT(node.error_output, HasSubstr(holder.port()));
  EXPECT_THAT(node.error_output, HasSubstr(GetParam().named));
  EXPECT_EQ(node.output, "");
}

TEST(BrokerStart, SaysThatItsNameserverIsNotThere) {
  const temporary_folder folder;
  const auto nobody = "127.0.0.1:" + std::to_string(find_free_port());
  node_process broker{
    "broker", test_settings(folder.path(),
                            {"--broker.nameservers=[\"" + nobody + "\"]"})};
  ASSERT_TRUE(broker.start()) << broker.running().error_output();
  EXPECT_TRUE(broker.running().wait_for_error_text(
    "nameserver " + nobody + " is not told about this broker", 10s))
    << broker.running().error_output();
}

INSTANTIATE_TEST_SUITE_P(
  Ports, BadStart,
  testing::Values(taken_port{"node.native-port", "native-port"},
                  taken_port{"broker.port", "--broker.port"},
                  taken_port{"nameserver.port", "--nameserver.port"}),
  [](const auto& port) {
    return port.param.setting == "node.native-port" ? "Native"
           : port.param.setting == "broker.port"    ? "Broker"
                                                    : "Nameserver";
  });

} // namespace apogee
