#include "actors/core/recent_names.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

namespace {

using namespace std::chrono_literals;

} // namespace

TEST(RecentNames, AreForgottenAfterAWhile) {
  recent_names names{10s, 100};
  const recent_names::instant start{};
  names.add("a", start);
  names.add("b", start + 5s);
  EXPECT_TRUE(names.contains("a", start + 10s));
  EXPECT_FALSE(names.contains("c", start + 10s));
  EXPECT_FALSE(names.contains("a", start + 11s));
  EXPECT_TRUE(names.contains("b", start + 11s));
}

TEST(RecentNames, AreTheYoungestOnes) {
  recent_names names{10s, 2};
  for (const auto* name : {"a", "b", "c"})
    names.add(name, {});
  EXPECT_FALSE(names.contains("a", {}));
  EXPECT_TRUE(names.contains("b", {}));
  EXPECT_TRUE(names.contains("c", {}));
}

} // namespace apogee::core
