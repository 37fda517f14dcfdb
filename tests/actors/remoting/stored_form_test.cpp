#include "actors/remoting/stored_form.hpp"
#include "messages/remoting/properties.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::remoting {

namespace {

/// The properties of a message that is stored with these ones.
std::string properties_of(std::string_view own) {
  const stored_form form{
    "orders",
    3,
    {},
    std::make_shared<const std::string>(broker_properties("blue"))};
  record_view record;
  record.fields.offset = {7};
  message_view message;
  message.body = "body";
  message.properties = own;
  std::vector<char> out;
  form.append(out, record, message);
  std::string_view rest{out.data(), out.size()};
  const auto stored = take_stored_message(rest);
  EXPECT_TRUE(stored) << to_string(stored.error());
  EXPECT_EQ(stored->topic, "orders");
  EXPECT_EQ(stored->queue_number, 3);
  EXPECT_EQ(stored->queue_offset, 7);
  EXPECT_EQ(stored->body, "body");
  EXPECT_TRUE(rest.empty());
  return std::string{stored->properties};
}

} // namespace

TEST(StoredForm, AddsWhatTheBrokerSaysOfItself) {
  EXPECT_EQ(properties_of("KEYS\1k\2"),
            "KEYS\1k\2MSG_REGION\1DefaultRegion\2TRACE_ON\1true\2"
            "CLUSTER\1blue\2");
}

TEST(StoredForm, LeavesItOutWhereThereIsNoRoom) {
  const std::string own(properties_bytes_max, 'x');
  EXPECT_EQ(properties_of(own), own);
}

} // namespace apogee::remoting
