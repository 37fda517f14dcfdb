#include "config/system_config.hpp"

#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/timestamp.hpp>
#include <gtest/gtest.h>

#include <chrono>

namespace apogee::config {

namespace {

using namespace std::chrono_literals;

} // namespace

TEST(SystemConfig, SetsOurDefaults) {
  system_config config;
  EXPECT_EQ(caf::get_or(config, "scheduler.policy", caf::atom("none")),
            caf::atom("sharing"));
  EXPECT_GE(caf::get_or(config, "scheduler.max-threads", std::size_t{0}), 2U);
  EXPECT_EQ(caf::get_or(config, "middleman.workers", std::size_t{9}), 0U);
  EXPECT_GT(
    caf::get_or(config, "middleman.heartbeat-interval", caf::timespan{0}),
    caf::timespan{0});
  EXPECT_GT(
    caf::get_or(config, "middleman.connection-timeout", caf::timespan{0}),
    caf::get_or(config, "middleman.heartbeat-interval", caf::timespan{0}));
}

TEST(SystemConfig, TakesWhatTheUserWroteForCaf) {
  auto loaded = load<broker_config>({"--scheduler.max-threads=3",
                                     "--middleman.heartbeat-interval=250ms",
                                     "--scheduler.policy=stealing"});
  ASSERT_TRUE(loaded) << loaded.error().text;
  system_config config{loaded->caf};
  EXPECT_EQ(caf::get_or(config, "scheduler.max-threads", std::size_t{0}), 3U);
  EXPECT_EQ(caf::get_or(config, "scheduler.policy", caf::atom("none")),
            caf::atom("stealing"));
  EXPECT_EQ(
    caf::get_or(config, "middleman.heartbeat-interval", caf::timespan{0}),
    caf::timespan{250ms});
}

TEST(SystemConfig, StartsASystemWithTheMiddleman) {
  system_config config;
  caf::actor_system system{config};
  EXPECT_TRUE(system.has_middleman());
}

} // namespace apogee::config
