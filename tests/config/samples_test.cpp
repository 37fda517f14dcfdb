#include "config/load.hpp"
#include "tests/config/samples.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/settings.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace apogee::config {

namespace {

std::string path_of(const std::string& file) {
  return APOGEE_SOURCE_DIR "/config/" + file;
}

std::string content_of(const std::string& file) {
  std::ifstream stream{path_of(file)};
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

template <class Config>
std::string mistakes_in(const std::string& file) {
  auto loaded = load<Config>({"--config-file=" + path_of(file)});
  return loaded ? "" : loaded.error().text;
}

} // namespace

TEST(SampleFiles, ListEverySettingAsItIs) {
  for (const auto& sample : samples())
    EXPECT_EQ(content_of(sample.file), sample.content)
      << "out of date; write it anew: build/release/bin/write_config_samples "
         "config";
}

TEST(SampleFiles, AreLegalForTheirPrograms) {
  EXPECT_EQ(mistakes_in<standalone_config>("standalone.ini"), "");
  EXPECT_EQ(mistakes_in<nameserver_config>("nameserver.ini"), "");
  EXPECT_EQ(mistakes_in<broker_config>("broker.ini"), "");
}

TEST(SampleFiles, AreLegalForCafAndMeanTheSame) {
  for (const auto& sample : samples()) {
    auto parsed =
      caf::actor_system_config::parse_config_file(path_of(sample.file).c_str());
    ASSERT_TRUE(parsed) << sample.file;
    std::size_t keys = 0;
    for (const auto& section : *parsed)
      keys += caf::get<caf::settings>(section.second).size();
    EXPECT_EQ(keys, read_ini(sample.content).entries.size()) << sample.file;
  }
}

TEST(SampleFiles, HaveASentenceForEverySetting) {
  for (const auto& words : defaults_of<standalone_config>()) {
    EXPECT_GE(words.sentence.size(), 20U) << words.section << "." << words.key;
    EXPECT_TRUE(words.sentence.ends_with('.'))
      << words.section << "." << words.key;
  }
}

TEST(SampleFiles, OfStandaloneHaveWhatTheOthersHave) {
  auto both = defaults_of<standalone_config>();
  auto has = [&](const setting_words& words) {
    return !select(both, words.section + "." + words.key).empty();
  };
  for (const auto& words : defaults_of<broker_config>())
    EXPECT_TRUE(has(words)) << words.section << "." << words.key;
  for (const auto& words : defaults_of<nameserver_config>())
    EXPECT_TRUE(has(words)) << words.section << "." << words.key;
}

} // namespace apogee::config
