#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// RocketMQ's property string, which a message carries and the log keeps:
/// name 0x01 value 0x02 name 0x01 value 0x02 … The last 0x02 may be missing.
namespace apogee::remoting {

struct property {
  std::string_view name;
  std::string_view value;
};

inline constexpr char property_value_mark = '\x01';
inline constexpr char property_end_mark = '\x02';

/// What a stored message can hold.
inline constexpr std::size_t properties_bytes_max = 32767;

/// Takes the first property off `rest`; false when there is none left. What has
/// no name or no value is passed over, as RocketMQ does.
bool next_property(std::string_view& rest, property& found);

/// Value of the last property of that name.
std::optional<std::string_view> find_property(std::string_view properties,
                                              std::string_view name);

/// Appends to a property string; ends what stands there first if need be.
/// REQUIRES: neither name nor value holds one of the marks.
void append_property(std::string& properties, std::string_view name,
                     std::string_view value);

/// Takes out every property of that name, leaving all others as they are.
void remove_property(std::string& properties, std::string_view name);

/// Names with a meaning to brokers or clients; all others are the user's.
namespace property_names {

// -- set by producers ---------------------------------------------------------
inline constexpr std::string_view keys = "KEYS"; ///< separated by blanks
inline constexpr std::string_view tags = "TAGS"; ///< one tag
inline constexpr std::string_view unique_key = "UNIQ_KEY";
inline constexpr std::string_view wait = "WAIT";
inline constexpr std::string_view delay_level = "DELAY";
inline constexpr std::string_view timer_deliver_ms = "TIMER_DELIVER_MS";
inline constexpr std::string_view timer_delay_seconds = "TIMER_DELAY_SEC";
inline constexpr std::string_view timer_delay_ms = "TIMER_DELAY_MS";
inline constexpr std::string_view start_deliver_time = "__STARTDELIVERTIME";
inline constexpr std::string_view sharding_key = "__SHARDINGKEY";
inline constexpr std::string_view buyer_id = "BUYER_ID";
inline constexpr std::string_view instance_id = "INSTANCE_ID";
inline constexpr std::string_view reconsume_time = "RECONSUME_TIME";
inline constexpr std::string_view max_reconsume_times = "MAX_RECONSUME_TIMES";
inline constexpr std::string_view consume_start_time = "CONSUME_START_TIME";
// -- transactions -------------------------------------------------------------
inline constexpr std::string_view transaction_prepared = "TRAN_MSG";
inline constexpr std::string_view producer_group = "PGROUP";
inline constexpr std::string_view transaction_id = "__transactionId__";
inline constexpr std::string_view transaction_check_times =
  "TRANSACTION_CHECK_TIMES";
inline constexpr std::string_view check_immunity_seconds =
  "CHECK_IMMUNITY_TIME_IN_SECONDS";
inline constexpr std::string_view transaction_prepared_queue_offset =
  "TRAN_PREPARED_QUEUE_OFFSET";
// -- request and reply --------------------------------------------------------
inline constexpr std::string_view correlation_id = "CORRELATION_ID";
inline constexpr std::string_view reply_to_client = "REPLY_TO_CLIENT";
inline constexpr std::string_view time_to_live = "TTL";
inline constexpr std::string_view message_type = "MSG_TYPE"; ///< "reply"
inline constexpr std::string_view arrive_time = "ARRIVE_TIME";
inline constexpr std::string_view push_reply_time = "PUSH_REPLY_TIME";
// -- set by brokers -----------------------------------------------------------
inline constexpr std::string_view cluster = "CLUSTER"; ///< replies need it
inline constexpr std::string_view message_region = "MSG_REGION";
inline constexpr std::string_view trace_on = "TRACE_ON";
inline constexpr std::string_view retry_topic = "RETRY_TOPIC";
inline constexpr std::string_view origin_message_id = "ORIGIN_MESSAGE_ID";
inline constexpr std::string_view real_topic = "REAL_TOPIC";
inline constexpr std::string_view real_queue_id = "REAL_QID";
inline constexpr std::string_view dead_letter_origin_topic = "DLQ_ORIGIN_TOPIC";
inline constexpr std::string_view dead_letter_origin_message_id =
  "DLQ_ORIGIN_MESSAGE_ID";
inline constexpr std::string_view timer_out_ms = "TIMER_OUT_MS";
inline constexpr std::string_view timer_enqueue_ms = "TIMER_ENQUEUE_MS";
inline constexpr std::string_view timer_dequeue_ms = "TIMER_DEQUEUE_MS";
inline constexpr std::string_view timer_roll_times = "TIMER_ROLL_TIMES";
inline constexpr std::string_view timer_delete_unique_key = "TIMER_DEL_UNIQKEY";
inline constexpr std::string_view pop_check = "POP_CK";
inline constexpr std::string_view pop_check_offset = "POP_CK_OFFSET";
inline constexpr std::string_view first_pop_time = "1ST_POP_TIME";
inline constexpr std::string_view min_offset = "MIN_OFFSET";
inline constexpr std::string_view max_offset = "MAX_OFFSET";
inline constexpr std::string_view inner_number = "INNER_NUM";
inline constexpr std::string_view inner_base = "INNER_BASE";
// -- passed through -----------------------------------------------------------
inline constexpr std::string_view born_timestamp = "BORN_TIMESTAMP";
inline constexpr std::string_view born_host = "__BORNHOST";

} // namespace property_names

} // namespace apogee::remoting
