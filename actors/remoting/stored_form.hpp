#pragma once

#include "messages/message_body.hpp"
#include "messages/record.hpp"
#include "messages/remoting/stored_message.hpp"

namespace apogee::remoting {

/// Takes over what a record of the log has of a message as the original stores
/// it: all but its topic, the number of its queue and the broker's address.
void take_record(stored_message& out, const record_view& record,
                 const message_view& message);

} // namespace apogee::remoting
