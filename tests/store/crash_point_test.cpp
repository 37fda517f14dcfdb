// A recorded workload, crashed at every write, flush and change of names, as a
// dead process and as lost power.
#include "tests/store/crash_world.hpp"

#include <gtest/gtest.h>

namespace apogee::store {

namespace {

class CrashPoint : public testing::Test {
protected:
  /// Messages to several queues at both levels, offset commits, topics coming
  /// and going, roll-overs, checkpoints, retention.
  void run_workload() {
    world.create_topic(1);
    world.create_topic(2);
    world.create_group("readers");
    for (std::uint32_t i = 0; i < 36; ++i) {
      world.send(1 + i % 2, i % 3, 300 + i * 37 % 900,
                 i % 3 == 0 ? ack_level::disk : ack_level::memory);
      world.send(1, 0, i * 131 % 2000, ack_level::memory);
      if (i % 2 == 1)
        world.write();
      if (i % 4 == 3)
        world.flush();
      if (i % 6 == 5)
        world.commit_offset("readers", 1 + i % 2, i % 3);
      if (i % 8 == 7)
        world.checkpoint();
      if (i == 18)
        world.delete_topic(2);
      if (i == 20)
        world.create_topic(3);
      if (i == 30) {
        world.checkpoint();
        world.retain();
      }
    }
    world.write();
    world.flush();
    world.checkpoint();
  }

  crash_world world;
  std::mt19937_64 random{1};
  int points = 0;
};

} // namespace

TEST_F(CrashPoint, KeepsWhatWasAcknowledgedWhenTheProcessDiesAtAnyWrite) {
  world.disk->on_change = [this] {
    ++points;
    ASSERT_EQ(recovery_defect(world.after_kill(), world.model()), "")
      << "crash point " << points;
  };
  run_workload();
  EXPECT_GT(points, 50);
}

TEST_F(CrashPoint, KeepsWhatWasFlushedWhenPowerIsLostAtAnyWrite) {
  world.disk->on_change = [this] {
    ++points;
    for (int i = 0; i < 4; ++i)
      ASSERT_EQ(recovery_defect(world.after_power_loss(random), world.model()),
                "")
        << "crash point " << points << ", outcome " << i;
  };
  run_workload();
  EXPECT_GT(points, 50);
}

TEST_F(CrashPoint, RecoversFromACrashAtAnyWriteOfTheRecoveryItself) {
  run_workload();
  for (int i = 0; i < 20; ++i)
    world.send(1, 1, 900, ack_level::memory);
  world.write();
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    std::mt19937_64 outcome{seed};
    const auto first = world.after_power_loss(outcome);
    auto disk = std::make_shared<faulty_directory>(first.files);
    disk->on_change = [&] {
      ++points;
      auto second = first;
      second.files = disk->state.after_power_loss(outcome);
      ASSERT_EQ(recovery_defect(second, world.model()), "") << "seed " << seed;
    };
    auto log = commit_log::open(disk, small_segments, {});
    ASSERT_TRUE(log) << to_string(log.error());
  }
  EXPECT_GT(points, 50);
}

} // namespace apogee::store
