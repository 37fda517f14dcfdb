// Many short lives of a store on a disk that fails in every way it can. The
// number of lives is APOGEE_SEEDS; a failing one prints its seed.
#include "tests/store/crash_world.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace apogee::store {

namespace {

std::uint64_t seeds_wanted() {
  const auto* text = std::getenv("APOGEE_SEEDS");
  return text ? std::strtoull(text, nullptr, 10) : 300;
}

/// One life with several crashes; returns what went wrong, or nothing.
std::string live(std::uint64_t seed) {
  std::mt19937_64 random{seed};
  crash_world world;
  for (int crashes = 0; crashes < 4; ++crashes) {
    const auto steps = random() % 120;
    for (std::uint64_t i = 0; i < steps && !world.has_failed(); ++i)
      world.step(random);
    world.disk->capacity_bytes = std::uint64_t{1} << 40;
    if (auto defect = world.crash(random() % 2 == 0, random); !defect.empty())
      return "crash " + std::to_string(crashes) + ": " + defect;
  }
  return {};
}

} // namespace

TEST(RandomCrash, NeverLosesWhatWasAcknowledged) {
  const auto* only = std::getenv("APOGEE_SEED");
  if (only) {
    EXPECT_EQ(live(std::strtoull(only, nullptr, 10)), "");
    return;
  }
  for (std::uint64_t seed = 1; seed <= seeds_wanted(); ++seed)
    ASSERT_EQ(live(seed), "") << "failing seed: APOGEE_SEED=" << seed;
}

} // namespace apogee::store
