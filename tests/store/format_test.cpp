// Decodes the examples of store/FORMAT.md, so that the page cannot go stale.
#include "messages/message_body.hpp"
#include "messages/record.hpp"
#include "store/views/record_body.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace apogee::store {

namespace {

bool is_hex_byte(const std::string& word) {
  return word.size() == 2
         && word.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// The bytes of the fenced blocks named "dump", in order.
std::vector<std::vector<std::byte>> read_dumps() {
  std::ifstream page{APOGEE_FORMAT_PAGE};
  std::vector<std::vector<std::byte>> out;
  std::string line;
  auto is_inside = false;
  while (std::getline(page, line)) {
    if (line.starts_with("```")) {
      is_inside = line == "```dump";
      if (is_inside)
        out.emplace_back();
      continue;
    }
    if (!is_inside)
      continue;
    std::istringstream words{line};
    std::string word;
    words >> word;
    EXPECT_EQ(std::stoul(word, nullptr, 16), out.back().size()) << line;
    while (words >> word && is_hex_byte(word))
      out.back().push_back(
        static_cast<std::byte>(std::stoul(word, nullptr, 16)));
  }
  return out;
}

} // namespace

TEST(Format, TheExampleOfAMessageIsAMessage) {
  const auto dumps = read_dumps();
  ASSERT_EQ(dumps.size(), 2u);
  auto record = decode_record(dumps[0]);
  ASSERT_TRUE(record) << to_string(record.error());
  EXPECT_EQ(record->size_bytes, dumps[0].size());
  EXPECT_EQ(record->position.value, 1024u);
  const auto& fields = record->fields;
  EXPECT_EQ(fields.type, record_type::message);
  EXPECT_EQ(fields.ack, ack_level::disk);
  EXPECT_EQ(fields.epoch.value, 3u);
  EXPECT_EQ(fields.offset.value, 41u);
  EXPECT_EQ(fields.store_time_ms, 1700000000000);
  EXPECT_EQ(fields.queue, (queue_id{{7}, 2}));
  EXPECT_EQ(fields.tag_hash, tag_hash("paid"));
  const auto message = apogee::decode_message(record->body);
  ASSERT_TRUE(message) << to_string(message.error());
  EXPECT_EQ(message->born_time_ms, 1699999999990);
  EXPECT_EQ(message->properties, "TAGS\1paid\2");
  EXPECT_EQ(message->body, "hello");
}

TEST(Format, TheExampleOfAMessageIsWhatIsWritten) {
  const auto dumps = read_dumps();
  auto record = decode_record(dumps.at(0));
  ASSERT_TRUE(record);
  std::vector<std::byte> written(dumps[0].size());
  encode_record(record->fields, record->position, record->body, written);
  EXPECT_EQ(written, dumps[0]);
}

TEST(Format, TheExampleOfAFillerIsAFiller) {
  const auto dumps = read_dumps();
  auto record = decode_record(dumps.at(1));
  ASSERT_TRUE(record) << to_string(record.error());
  EXPECT_EQ(record->fields.type, record_type::filler);
  EXPECT_EQ(record->position.value, 1168u);
  EXPECT_EQ(record->size_bytes, 2048u);
  std::vector<std::byte> written(record_header_bytes);
  encode_filler(record->position, record->fields.epoch, record->size_bytes,
                std::span<std::byte, record_header_bytes>{written});
  EXPECT_EQ(written, dumps[1]);
}

TEST(Format, AFlippedBitAnywhereIsNoticed) {
  const auto dumps = read_dumps();
  for (std::size_t i = 0; i < dumps.at(0).size(); ++i) {
    auto damaged = dumps[0];
    damaged[i] ^= std::byte{4};
    EXPECT_FALSE(decode_record(damaged)) << "byte " << i;
  }
}

} // namespace apogee::store
