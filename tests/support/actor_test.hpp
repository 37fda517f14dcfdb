#pragma once

#include "actors/protocol.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <gtest/gtest.h>

#include <chrono>

namespace apogee {

/// Actors in virtual time on the test's own thread: nothing runs and no time
/// passes unless the test says so.
class actor_test : public testing::Test {
protected:
  /// Lets actors handle messages until every mailbox is empty.
  void run() {
    while (sched.try_run_once()) {
    }
  }

  /// Moves the clock by `step`, then runs what became due.
  void advance(std::chrono::milliseconds step) {
    sched.advance_time(step);
    run();
  }

  struct config : caf::actor_system_config {
    config() {
      add_message_types<caf::id_block::apogee>();
      set("scheduler.policy", caf::atom("testing"));
    }
  };

  config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  caf::scheduler::test_coordinator& sched =
    dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());
};

} // namespace apogee
