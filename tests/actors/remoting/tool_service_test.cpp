#include "actors/remoting/messages.hpp"
#include "actors/remoting/tool_service.hpp"
#include "messages/remoting/codes.hpp"
#include "tests/support/actor_test.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr auto code = static_cast<int>(request_code::get_broker_config);

/// The service in front of one that answers when the test says so.
class ToolService : public actor_test {
protected:
  void SetUp() override {
    behind = sys.spawn([this](caf::event_based_actor* me) {
      return caf::behavior{
        [this, me](const service_request&) {
          asked.push_back(me->make_response_promise());
          return asked.back();
        },
        [this](caf::ok_atom) { asked.front().deliver(service_answer{}); },
      };
    });
    tools = sys.spawn(
      tool_service,
      service_map{{code, [this] { return result<caf::actor>{behind}; }}});
  }

  /// Asks in the name of a tool that notes its answer as `name`.
  void ask(const std::string& name, std::size_t body_bytes = 0) {
    const auto request =
      envelope<schema::ToolRequest>::build([&](auto builder) {
        builder.setCode(code);
        builder.initBody(static_cast<unsigned>(body_bytes));
      });
    sys.spawn([=, this](caf::event_based_actor* me) {
      me->request(tools, caf::infinite, request)
        .then([this, name](
                const envelope<schema::ToolReply>&) { answers[name] = "done"; },
              [this, name](const caf::error& why) {
                answers[name] = to_string(to_failure(why));
              });
    });
    run();
  }

  caf::actor behind; ///< ok_atom: answers the first request
  tool_service_actor tools;
  std::vector<caf::response_promise> asked;
  std::map<std::string, std::string> answers;
};

} // namespace

TEST_F(ToolService, AsksOnlySoMuchThatIsNotAnswered) {
  for (int i = 0; i < 64; ++i)
    ask("tool" + std::to_string(i));
  EXPECT_TRUE(answers.empty());
  ask("late");
  EXPECT_THAT(answers["late"], HasSubstr("busy"));
  EXPECT_EQ(asked.size(), 64u);
  caf::anon_send(behind, caf::ok_atom::value);
  run();
  EXPECT_EQ(answers["tool0"], "done");
  ask("next");
  EXPECT_EQ(asked.size(), 65u);
  advance(31s);
  EXPECT_THAT(answers["next"], HasSubstr("timeout"));
}

TEST_F(ToolService, RefusesWhatIsTooLong) {
  ask("long", 65u << 10);
  EXPECT_THAT(answers["long"], HasSubstr("at most 65536 bytes"));
  EXPECT_TRUE(asked.empty());
}

TEST_F(ToolService, AnswersAlsoWhenItIsRestarted) {
  ask("tool");
  caf::anon_send_exit(tools, caf::exit_reason::kill);
  run();
  EXPECT_THAT(answers["tool"], HasSubstr("restarting"));
}

} // namespace apogee::remoting
