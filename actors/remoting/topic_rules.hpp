#pragma once

#include "config/settings.hpp"
#include "messages/errors.hpp"
#include "messages/record.hpp"
#include "messages/remoting/send_header.hpp"

#include <cstdint>
#include <string_view>

/// What RocketMQ's brokers decide about topics and sends; pure.
namespace apogee::remoting {

inline constexpr std::uint8_t permission_write = 2;
inline constexpr std::uint8_t permission_read = 4;

/// Producers copy this topic's route to find a broker for a topic that does not
/// exist yet; it is in routes while topics are created by themselves.
inline constexpr std::string_view template_topic = "TBW102";
inline constexpr std::uint32_t template_topic_queues = 8;

/// Refuses what this version does not store: transactional and delayed messages
/// (errc::not_supported), which must never be delivered as ordinary ones, and
/// topics that only a broker writes to (errc::permission_denied).
result<void> check_send(const send_header& header);

/// The same for a retry topic, whose messages may name their delay level.
result<void> check_retry_send(const send_header& header);

struct new_topic {
  std::uint32_t queues = 0;
  std::uint8_t permission = permission_read | permission_write;
};

/// The topic that a send to an unknown one creates; errc::unknown_topic when
/// it does not.
result<new_topic> topic_to_create(const send_header& header,
                                  const config::remoting_settings& settings);

/// `flush_disk`: the broker's rule is to answer from disk, unless the sender
/// does not care to wait.
ack_level ack_of(const send_header& header, bool flush_disk, bool is_oneway);

} // namespace apogee::remoting
