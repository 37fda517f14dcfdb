#include "messages/remoting/batch_body.hpp"
#include "tests/messages/remoting/golden.hpp"
#include "tests/messages/remoting/remoting_test.hpp"

#include <utility>

namespace apogee::remoting {

namespace {

/// A batch of one with other numbers in it: (place, value) each.
std::string
damaged(std::initializer_list<std::pair<std::size_t, std::uint32_t>> changes) {
  std::vector<char> bytes;
  append_batch_element(bytes, {7, "body", "a\1x\2"});
  for (const auto& [at, value] : changes)
    store_integer<std::uint32_t>(bytes.data() + at, value);
  return text_of(bytes);
}

errc failure_of(std::string_view body) {
  const auto count = count_batch_elements(body);
  return count ? errc::none : count.error().code;
}

} // namespace

TEST(BatchBody, GivesItsMessagesInOrder) {
  batch_reader reader{golden::batch_of_two};
  batch_element element;
  ASSERT_TRUE(reader.next(element));
  EXPECT_EQ(element.body, "one");
  EXPECT_EQ(element.properties, "UNIQ_KEY\1U1\2TAGS\1TagA\2");
  ASSERT_TRUE(reader.next(element));
  EXPECT_EQ(element.body, "two");
  EXPECT_EQ(element.properties, "UNIQ_KEY\1U2\2");
  EXPECT_FALSE(reader.next(element));
  EXPECT_TRUE(reader.outcome().has_value());
  EXPECT_EQ(*count_batch_elements(golden::batch_of_two), 2u);
}

TEST(BatchBody, IsWrittenAsRocketmqDoes) {
  std::vector<char> out;
  append_batch_element(out, {0, "one", "UNIQ_KEY\1U1\2TAGS\1TagA\2"});
  append_batch_element(out, {0, "two", "UNIQ_KEY\1U2\2"});
  EXPECT_EQ(text_of(out), golden::batch_of_two);
}

TEST(BatchBody, MayHoldMessagesWithNothingInThem) {
  std::vector<char> out;
  append_batch_element(out, {-1, "", ""});
  batch_reader reader{{out.data(), out.size()}};
  batch_element element;
  ASSERT_TRUE(reader.next(element));
  EXPECT_EQ(element.flag, -1);
  EXPECT_EQ(element.body, "");
  EXPECT_EQ(element.properties, "");
}

TEST(BatchBody, OfNoMessagesIsRefused) {
  EXPECT_EQ(failure_of(""), errc::malformed);
}

TEST(BatchBody, IsRefusedWhenCutOffAnywhere) {
  const std::string_view whole = golden::batch_of_two;
  const std::size_t first = 0x2f;
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(failure_of(whole.substr(0, size)),
              size == first ? errc::none : errc::malformed)
      << size;
}

TEST(BatchBody, SaysWhereItIsWrong) {
  const auto bytes = golden::batch_of_two + "x";
  EXPECT_EQ(count_batch_elements(bytes).error().text,
            "the batch is wrong from byte 84");
}

TEST(BatchBody, ThatLiesAboutLengthsIsRefused) {
  EXPECT_EQ(failure_of(damaged({})), errc::none);
  for (const std::uint32_t size :
       {0u, 1u, 21u, 22u, 29u, 31u, 0x7fffffffu, 0x80000000u, 0xffffffffu})
    EXPECT_EQ(failure_of(damaged({{0, size}})), errc::malformed) << size;
  for (const std::uint32_t body :
       {0u, 3u, 5u, 8u, 9u, 0x7fffffffu, 0x80000000u, 0xffffffffu})
    EXPECT_EQ(failure_of(damaged({{16, body}})), errc::malformed) << body;
  // The properties' length and its first two bytes.
  for (const std::uint32_t properties :
       {0x00006101u, 0x00036101u, 0x00056101u, 0xffff6101u, 0x7fff6101u})
    EXPECT_EQ(failure_of(damaged({{24, properties}})), errc::malformed);
}

} // namespace apogee::remoting
