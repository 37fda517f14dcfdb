#include "config/explain.hpp"
#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apogee::config {

using testing::HasSubstr;

TEST(Explain, ShowsValuesAndTheirOrigin) {
  auto loaded = load<nameserver_config>({"--nameserver.port=1"});
  ASSERT_TRUE(loaded);
  auto table = show(loaded->words);
  EXPECT_THAT(table, HasSubstr("nameserver.port                   1"));
  EXPECT_THAT(table, HasSubstr("command line\n"));
  EXPECT_THAT(table, HasSubstr("node.name                         \"apogee\""));
  EXPECT_THAT(table, HasSubstr("default\n"));
}

TEST(Explain, TellsAllAboutOneSetting) {
  auto all = defaults_of<broker_config>();
  EXPECT_EQ(explain(select(all, "storage.flush-interval")),
            "storage.flush-interval\n"
            "  Longest time until messages acknowledged from memory are "
            "flushed to disk.\n"
            "  May be a duration like 250ms, 10s or 5min between 10ms and "
            "1min.\n"
            "  Default: 500ms\n");
}

TEST(Explain, SelectsASectionAKeyOrAll) {
  auto all = defaults_of<broker_config>();
  EXPECT_EQ(select(all, "").size(), all.size());
  EXPECT_EQ(select(all, "drills").size(), 1U);
  EXPECT_EQ(select(all, "broker.port").size(), 1U);
  EXPECT_TRUE(select(all, "broker.prot").empty());
  EXPECT_EQ(nearest_setting(all, "broker.prot"), "broker.port");
  EXPECT_EQ(nearest_setting(all, "segment-size"), "storage.segment-size");
  EXPECT_EQ(nearest_setting(all, "stroage"), "storage");
}

} // namespace apogee::config
