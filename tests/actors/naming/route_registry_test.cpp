#include "actors/naming/route_encoding.hpp"
#include "tests/actors/naming/naming_test.hpp"

#include <cstring>

namespace apogee::naming {

using namespace std::chrono_literals;

class RouteRegistry : public naming_test {
protected:
  caf::actor start_broker() {
    return start_actor([](caf::event_based_actor*) -> caf::behavior {
      return {[](caf::ok_atom) {}};
    });
  }

  static envelope<schema::RegisterRequest>
  registration(const std::string& name, const std::vector<std::string>& topics,
               std::uint64_t sequence = 1, bool complete = true,
               std::uint64_t incarnation = 1) {
    core::registration_report report;
    report.broker.key = {"c", name, 0};
    report.broker.incarnation = incarnation;
    report.complete = complete;
    report.sequence = sequence;
    report.expiry = 3s;
    for (const auto& topic : topics)
      report.changed.push_back({topic, {4, 4, 6}});
    return encode_registration(report);
  }

  /// "taken", "complete wanted", or the error.
  std::string send(const envelope<schema::RegisterRequest>& request,
                   const caf::actor& registrar) {
    std::string text;
    auto reply = self->request(nameserver, caf::infinite, request, registrar);
    run();
    reply.receive(
      [&](const envelope<schema::RegisterReply>& x) {
        const auto wanted =
          x.read([](auto in) { return in.getCompleteWanted(); });
        text = wanted && *wanted ? "complete wanted" : "taken";
      },
      [&](const caf::error& why) { text = to_string(to_failure(why)); });
    return text;
  }

  nameserver_actor nameserver = start_nameserver();
};

TEST_F(RouteRegistry, AnswersNoRoutesForAnUnknownTopic) {
  EXPECT_EQ(routes(nameserver, "t"), "");
}

TEST_F(RouteRegistry, AnswersTheBrokersOfATopic) {
  EXPECT_EQ(send(registration("b", {"t"}), start_broker()), "taken");
  EXPECT_EQ(send(registration("a", {"t", "u"}), start_broker()), "taken");
  EXPECT_EQ(routes(nameserver, "t"), "a/4 b/4 ");
  EXPECT_EQ(routes(nameserver, ""), "a/0 b/0 ");
}

TEST_F(RouteRegistry, AsksForEverythingWhenAReportIsMissing) {
  const auto broker = start_broker();
  EXPECT_EQ(send(registration("a", {"t"}, 4, false), broker),
            "complete wanted");
  EXPECT_EQ(send(registration("a", {"t"}, 5), broker), "taken");
  EXPECT_EQ(send(registration("a", {"u"}, 6, false), broker), "taken");
  EXPECT_EQ(routes(nameserver, "u"), "a/4 ");
}

TEST_F(RouteRegistry, ForgetsABrokerAtOnceWhenItsRegistrarGoesDown) {
  const auto broker = start_broker();
  send(registration("a", {"t"}), broker);
  caf::anon_send_exit(broker, caf::exit_reason::kill);
  run();
  EXPECT_EQ(routes(nameserver, "t"), "");
}

TEST_F(RouteRegistry, KeepsABrokerWhoseRegistrarWasReplaced) {
  const auto before = start_broker();
  const auto after = start_broker();
  send(registration("a", {"t"}), before);
  send(registration("a", {"t"}), after);
  caf::anon_send_exit(before, caf::exit_reason::kill);
  run();
  EXPECT_EQ(routes(nameserver, "t"), "a/4 ");
}

TEST_F(RouteRegistry, ForgetsASilentBroker) {
  const auto broker = start_broker();
  send(registration("a", {"t"}), broker);
  advance(9s);
  EXPECT_EQ(routes(nameserver, "t"), "a/4 ");
  for (int i = 0; i < 4; ++i)
    advance(1s);
  EXPECT_EQ(routes(nameserver, "t"), "");
  EXPECT_EQ(send(registration("a", {}, 2, false), broker), "complete wanted");
}

TEST_F(RouteRegistry, RefusesAnEarlierIncarnation) {
  send(registration("a", {"t"}, 1, true, 2), start_broker());
  const auto text = send(registration("a", {"u"}, 1, true, 1), start_broker());
  EXPECT_EQ(text.rfind("version-mismatch: broker 'a'", 0), 0u) << text;
  EXPECT_EQ(routes(nameserver, "t"), "a/4 ");
}

TEST_F(RouteRegistry, RefusesBrokenMessagesAndNamesTheNode) {
  auto words = std::make_shared<std::uint64_t[]>(4);
  std::memset(words.get(), 0xff, 32);
  const auto broken = envelope<schema::RegisterRequest>::from_words({words, 4});
  const auto text = send(broken, start_broker());
  EXPECT_EQ(
    text.rfind("malformed: the message from node " + to_string(sys.node()), 0),
    0u)
    << text;
  EXPECT_EQ(*nameserver_options.refused_malformed, 1u);
}

TEST_F(RouteRegistry, RefusesABrokerWithoutAName) {
  const auto text = send(registration("", {"t"}), start_broker());
  EXPECT_EQ(text.rfind("invalid-argument", 0), 0u) << text;
}

} // namespace apogee::naming
