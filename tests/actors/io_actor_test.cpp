#include "actors/io_actor.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/exit_reason.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>
#include <caf/stateful_actor.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <future>

namespace apogee {

namespace {

using question_atom = caf::atom_constant<caf::atom("question")>;
using end_atom = caf::atom_constant<caf::atom("end")>;

struct empty_state {
  static inline const char* name = "io_actor_test";
};

/// In the middleman's real thread.
class IoActor : public testing::Test {
protected:
  struct config : caf::actor_system_config {
    config() { load<caf::io::middleman>(); }
  };

  using base = caf::stateful_actor<empty_state, io_actor>;

  /// Answers questions; told to end, it waits for `may_end_` first.
  caf::actor spawn() {
    return system_.middleman().spawn_broker(
      [](base* actor,
         const std::shared_future<void>& may_end) -> caf::behavior {
        return {
          [](question_atom) { return 42; },
          [actor, may_end](end_atom) {
            may_end.wait();
            actor->quit(caf::exit_reason::unhandled_exception);
          },
        };
      },
      may_end_.get_future().share());
  }

  template <class Request>
  caf::error outcome(Request&& request) {
    caf::error out;
    request.receive([](int) {}, [&](caf::error& why) { out = std::move(why); });
    return out;
  }

  auto ask(const caf::actor& actor) {
    return self_->request(actor, std::chrono::seconds{5}, question_atom::value);
  }

  config config_;
  caf::actor_system system_{config_};
  caf::scoped_actor self_{system_};
  std::promise<void> may_end_;
};

TEST_F(IoActor, AnswersWhileItLives) {
  const auto actor = spawn();
  EXPECT_FALSE(outcome(ask(actor)));
  self_->send_exit(actor, caf::exit_reason::kill);
}

TEST_F(IoActor, RefusesARequestThatIsInItsMailboxWhenItEnds) {
  const auto actor = spawn();
  self_->send(actor, end_atom::value);
  auto waiting = ask(actor);
  may_end_.set_value();
  EXPECT_EQ(outcome(waiting), caf::sec::request_receiver_down);
}

TEST_F(IoActor, RefusesARequestThatComesAfterItsEnd) {
  const auto actor = spawn();
  self_->send_exit(actor, caf::exit_reason::kill);
  self_->wait_for(actor);
  EXPECT_EQ(outcome(ask(actor)), caf::sec::request_receiver_down);
}

} // namespace

} // namespace apogee
