#pragma once

#include <cstdint>
#include <string_view>

/// The numbers of RocketMQ's remoting protocol. They are the protocol's: never
/// renumber.
namespace apogee::remoting {

/// What a request asks for. A peer may send a number that is not listed.
enum class request_code : std::int32_t {
  // -- sending ----------------------------------------------------------------
  send_message = 10,
  consumer_send_message_back = 36,
  end_transaction = 37,
  send_message_v2 = 310,
  send_batch_message = 320,
  send_reply_message = 324,
  send_reply_message_v2 = 325,
  recall_message = 370,
  // -- consuming --------------------------------------------------------------
  pull_message = 11,
  query_consumer_offset = 14,
  update_consumer_offset = 15,
  search_offset_by_timestamp = 29,
  get_max_offset = 30,
  get_min_offset = 31,
  get_earliest_message_store_time = 32,
  heartbeat = 34,
  unregister_client = 35,
  get_consumer_list_by_group = 38,
  lock_batch_queues = 41,
  unlock_batch_queues = 42,
  check_client_config = 46,
  lite_pull_message = 361,
  query_assignment = 400,
  set_message_request_mode = 401,
  pop_message = 200050,
  ack_message = 200051,
  peek_message = 200052,
  change_message_invisible_time = 200053,
  notification = 200054,
  polling_info = 200055,
  batch_ack_message = 200151,
  // -- the nameserver ---------------------------------------------------------
  put_kv_config = 100,
  get_kv_config = 101,
  delete_kv_config = 102,
  register_broker = 103,
  unregister_broker = 104,
  get_route_info_by_topic = 105,
  get_broker_cluster_info = 106,
  wipe_write_permission_of_broker = 205,
  get_all_topic_list_from_nameserver = 206,
  delete_topic_in_nameserver = 216,
  register_topic_in_nameserver = 217,
  get_kv_list_by_namespace = 219,
  get_topics_by_cluster = 224,
  get_system_topic_list_from_nameserver = 304,
  get_unit_topic_list = 311,
  get_has_unit_sub_topic_list = 312,
  get_has_unit_sub_un_unit_topic_list = 313,
  update_nameserver_config = 318,
  get_nameserver_config = 319,
  query_data_version = 322,
  add_write_permission_of_broker = 327,
  get_broker_member_group = 901,
  broker_heartbeat = 904,
  // -- configuration of a broker ----------------------------------------------
  update_and_create_topic = 17,
  update_and_create_topic_list = 18,
  get_all_topic_config = 21,
  update_broker_config = 25,
  get_broker_config = 26,
  get_broker_runtime_info = 28,
  update_and_create_subscription_group = 200,
  get_all_subscription_group_config = 201,
  delete_subscription_group = 207,
  delete_topic_in_broker = 215,
  update_and_create_subscription_group_list = 225,
  get_topic_config = 351,
  get_subscription_group_config = 352,
  // -- state and operations of a broker ---------------------------------------
  query_message = 12,
  view_message_by_id = 33,
  get_all_consumer_offset = 43,
  get_all_delay_offset = 45,
  get_topic_stats_info = 202,
  get_consumer_connection_list = 203,
  get_producer_connection_list = 204,
  get_consume_stats = 208,
  invoke_broker_to_reset_offset = 222,
  invoke_broker_to_get_consumer_status = 223,
  query_topic_consume_by_who = 300,
  query_consume_time_span = 303,
  get_system_topic_list_from_broker = 305,
  clean_expired_consume_queue = 306,
  query_correction_offset = 308,
  clone_group_offset = 314,
  view_broker_stats_data = 315,
  clean_unused_topic = 316,
  get_broker_consume_stats = 317,
  query_consume_queue = 321,
  resume_check_half_message = 323,
  get_all_producer_info = 328,
  delete_expired_commit_log = 329,
  query_topics_by_consumer = 343,
  query_subscription_by_consumer = 345,
  update_and_get_group_forbidden = 353,
  // -- access control ---------------------------------------------------------
  update_and_create_acl_config = 50,
  delete_acl_config = 51,
  get_broker_cluster_acl_info = 52,
  update_global_white_addresses = 53,
  get_broker_cluster_acl_config = 54,
  auth_create_user = 3001,
  auth_update_user = 3002,
  auth_delete_user = 3003,
  auth_get_user = 3004,
  auth_list_users = 3005,
  auth_create_acl = 3006,
  auth_update_acl = 3007,
  auth_delete_acl = 3008,
  auth_get_acl = 3009,
  auth_list_acls = 3010,
  // -- from the server to a client --------------------------------------------
  check_transaction_state = 39,
  notify_consumer_ids_changed = 40,
  reset_consumer_client_offset = 220,
  get_consumer_status_from_client = 221,
  get_consumer_running_info = 307, ///< also from a tool, to be relayed
  consume_message_directly = 309,  ///< also from a tool, to be relayed
  push_reply_message_to_client = 326,
};

/// How a request ended.
enum class response_code : std::int32_t {
  success = 0,
  system_error = 1,
  system_busy = 2,
  request_code_not_supported = 3,
  transaction_failed = 4,
  flush_disk_timeout = 10,  ///< stored
  slave_not_available = 11, ///< stored
  flush_slave_timeout = 12, ///< stored
  message_illegal = 13,
  service_not_available = 14,
  version_not_supported = 15,
  no_permission = 16,
  topic_not_exist = 17,
  topic_exist_already = 18,
  pull_not_found = 19,
  pull_retry_immediately = 20,
  pull_offset_moved = 21,
  query_not_found = 22,
  subscription_parse_failed = 23,
  subscription_not_exist = 24,
  subscription_not_latest = 25,
  subscription_group_not_exist = 26,
  filter_data_not_exist = 27,
  filter_data_not_latest = 28,
  invalid_parameter = 29,
  no_buyer_id = 204,
  not_in_current_unit = 205,
  consumer_not_online = 206,
  consume_message_timeout = 207,
  no_message = 208,
  polling_full = 209,    ///< 4.9: an ACL could not be changed
  polling_timeout = 210, ///< 4.9: an ACL could not be deleted
  broker_not_exist = 211,
  broker_dispatch_not_complete = 212,
  broadcast_consumption = 213,
  flow_control = 215,
  not_leader_for_queue = 501,
  illegal_operation = 604,
  go_away = 1500,
  user_not_exist = 3001,
  policy_not_exist = 3002,
};

/// What a client is written in, as it says: Node's client says java.
enum class client_language : std::uint8_t {
  java = 0,
  cpp = 1,
  dotnet = 2,
  python = 3,
  delphi = 4,
  erlang = 5,
  ruby = 6,
  other = 7,
  http = 8,
  go = 9,
  php = 10,
  oms = 11,
  rust = 12,
  node_js = 13, ///< its name is unknown to tools before 5.0
};

/// The name on the wire: "JAVA".
std::string_view to_string(client_language language);

/// `other` for an unknown name.
client_language language_of(std::string_view name);

/// `other` for an unknown number.
client_language language_of(std::int64_t number);

/// The version that answers carry, an ordinal in RocketMQ's list of releases:
/// 4.9.7. Below 232 clients would refuse to pull with filters other than tags.
inline constexpr std::int32_t protocol_version = 407;

} // namespace apogee::remoting
