#pragma once

#include "actors/broker/messages.hpp"
#include "messages/remoting/stored_message.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::remoting {

/// Takes over what a record of the log has of a message as the original stores
/// it: all but its topic, the number of its queue and the broker's address.
void take_record(stored_message& out, const record_view& record,
                 const message_view& message);

/// What a broker of this cluster adds to the properties of messages that are
/// pulled.
std::string broker_properties(std::string_view cluster);

/// Messages of one queue as answers to RocketMQ's pulls carry them.
class stored_form final : public broker::message_form {
public:
  /// `broker_properties`: as the function makes them.
  stored_form(std::string topic, std::uint32_t queue, host_address store_host,
              std::shared_ptr<const std::string> broker_properties);

  /// A message whose own properties leave no room for ours goes without them.
  void append(std::vector<char>& out, const record_view& record,
              const message_view& message) const override;

private:
  std::string topic_;
  std::int32_t queue_;
  host_address store_host_;
  std::shared_ptr<const std::string> broker_properties_;
};

} // namespace apogee::remoting
