#include "actors/core/registration.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

class Registration : public testing::Test {
protected:
  void create(const std::string& topic) {
    topics[topic] = {topic, {4, 4, 6}};
    told.change(topic);
  }

  void erase(const std::string& topic) {
    topics.erase(topic);
    told.change(topic);
  }

  registered_topics topics;
  registration told;
};

TEST_F(Registration, StartsWithEverything) {
  create("a");
  create("b");
  const auto report = told.next(topics);
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.changed.size(), 2u);
  EXPECT_EQ(report.sequence, 1u);
  EXPECT_FALSE(told.has_news());
}

TEST_F(Registration, TellsManyChangesInOneReport) {
  static_cast<void>(told.next(topics));
  for (int i = 0; i < 10'000; ++i)
    create("t" + std::to_string(i));
  erase("t7");
  const auto report = told.next(topics);
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(report.changed.size(), 9'999u);
  EXPECT_EQ(report.deleted, std::vector<std::string>{"t7"});
  EXPECT_EQ(report.sequence, 2u);
  EXPECT_FALSE(told.has_news());
}

TEST_F(Registration, HasNothingToSayInAHeartbeat) {
  create("a");
  static_cast<void>(told.next(topics));
  const auto report = told.next(topics);
  EXPECT_FALSE(report.complete);
  EXPECT_TRUE(report.changed.empty());
  EXPECT_TRUE(report.deleted.empty());
}

TEST_F(Registration, StartsOverWithEverythingAndALaterSequence) {
  create("a");
  static_cast<void>(told.next(topics));
  told.start_over();
  const auto report = told.next(topics);
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.changed.size(), 1u);
  EXPECT_EQ(report.sequence, 2u);
}

TEST_F(Registration, SplitsWhatIsTooMuchForOneReport) {
  for (std::size_t i = 0; i < registration::topics_per_report_max + 5; ++i)
    create("t" + std::to_string(i));
  EXPECT_EQ(told.next(topics).changed.size(),
            registration::topics_per_report_max);
  EXPECT_TRUE(told.has_news());
  EXPECT_EQ(told.next(topics).changed.size(), 5u);
  EXPECT_FALSE(told.has_news());
}

} // namespace apogee::core
