#include "messages/checksum.hpp"
#include "messages/record.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

namespace apogee {

namespace {

class Record : public testing::Test {
protected:
  static std::vector<std::byte> bytes_of(const std::string& text) {
    std::vector<std::byte> bytes(text.size());
    std::memcpy(bytes.data(), text.data(), text.size());
    return bytes;
  }

  std::vector<std::byte> encode(const std::string& body) {
    std::vector<std::byte> out(record_size(body.size()));
    encode_record(fields, log_position{4096}, bytes_of(body), out);
    return out;
  }

  record_fields fields{record_type::message, ack_level::disk, 0x1234,
                       1'700'000'000'123,    epoch{9},        {topic_id{3}, 5},
                       queue_offset{77}};
};

TEST_F(Record, GivesBackWhatWasEncoded) {
  const auto bytes = encode("eight by");
  const auto record = decode_record(bytes);
  ASSERT_TRUE(record) << to_string(record.error());
  EXPECT_EQ(record->fields.type, record_type::message);
  EXPECT_EQ(record->fields.ack, ack_level::disk);
  EXPECT_EQ(record->fields.tag_hash, 0x1234u);
  EXPECT_EQ(record->fields.store_time_ms, 1'700'000'000'123);
  EXPECT_EQ(record->fields.epoch.value, 9u);
  EXPECT_EQ(record->fields.queue, (queue_id{topic_id{3}, 5}));
  EXPECT_EQ(record->fields.offset.value, 77u);
  EXPECT_EQ(record->position.value, 4096u);
  EXPECT_EQ(record->size_bytes, 72u);
  EXPECT_EQ(0, std::memcmp(record->body.data(), "eight by", 8));
}

TEST_F(Record, PadsABodyToWholeWords) {
  EXPECT_EQ(encode("x").size(), 72u);
  EXPECT_EQ(decode_record(encode("x"))->body.size(), 8u);
}

TEST_F(Record, NoticesEveryFlippedBit) {
  const auto sound = encode("some body that matters");
  for (std::size_t i = 0; i < sound.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      auto damaged = sound;
      damaged[i] ^= static_cast<std::byte>(1 << bit);
      EXPECT_FALSE(decode_record(damaged)) << "byte " << i << " bit " << bit;
    }
}

TEST_F(Record, NoticesEveryCut) {
  const auto sound = encode("some body that matters");
  for (std::size_t size = 0; size < sound.size(); ++size)
    EXPECT_EQ(decode_record(std::span{sound}.first(size)).error().code,
              errc::malformed);
}

TEST_F(Record, LooksOnlyAtTheHeaderOfAFiller) {
  std::array<std::byte, record_header_bytes> header{};
  encode_filler(log_position{64}, epoch{2}, 1 << 20, header);
  const auto record = decode_record(header);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->fields.type, record_type::filler);
  EXPECT_EQ(record->size_bytes, 1u << 20);
}

TEST(Checksum, IsCrc32c) {
  // The check value of the polynomial's catalogue entry.
  const char digits[] = "123456789";
  const auto bytes = std::as_bytes(std::span{digits, 9});
  EXPECT_EQ(crc32c(bytes), 0xe3069283u);
  EXPECT_EQ(crc32c(bytes.subspan(4), crc32c(bytes.first(4))), 0xe3069283u);
}

TEST(TagHash, IsJavasStringHash) {
  EXPECT_EQ(tag_hash(""), 0u);
  EXPECT_EQ(tag_hash("TagA"), 2598919u);
  EXPECT_EQ(tag_hash("hello"), 99162322u);
  // Two UTF-16 units: 0xd83d, 0xde00.
  EXPECT_EQ(tag_hash("\xf0\x9f\x98\x80"), 0xd83du * 31 + 0xde00u);
}

} // namespace

} // namespace apogee
