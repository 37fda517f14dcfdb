#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace apogee::remoting {

class json_fields;
class json_writer;

/// One queue as clients name it. Its order is by topic, broker, number.
struct message_queue {
  std::string topic;
  std::string broker_name;
  std::int32_t queue_id = 0;
  auto operator<=>(const message_queue&) const = default;
};

void read(json_fields& in, message_queue& out);

/// The exact form that Go's client cuts apart by hand:
/// {"brokerName":"broker-a","queueId":0,"topic":"T"}.
void write(json_writer& out, const message_queue& x);

} // namespace apogee::remoting
