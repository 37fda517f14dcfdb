#pragma once

#include "actors/broker/messages.hpp"
#include "actors/core/subscription_filter_cache.hpp"
#include "actors/remoting/gateway.hpp"
#include "actors/remoting/messages.hpp"
#include "actors/remoting/send_batches.hpp"
#include "messages/remoting/command_decoder.hpp"
#include "messages/remoting/frame_writer.hpp"
#include "messages/remoting/pull_header.hpp"
#include "messages/remoting/stored_message.hpp"

#include <caf/behavior.hpp>
#include <caf/io/broker.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace apogee::remoting {

/// One connection of a RocketMQ client. Decodes its frames, sends and pulls at
/// the broker itself, leaves everything else to a service, and writes the
/// answers in whatever order they come.
///
/// All requests that arrived together go to the broker in one batch per queue.
/// Reading stops while too much of this connection is unanswered or unread by
/// the client; so overload slows the sender, and nothing that was read is
/// dropped, one-way messages included.
///
/// Ends with its connection. A frame that makes no sense closes it, with a line
/// in the log. Lives in the I/O thread.
class session {
public:
  session(caf::io::broker* self, caf::io::connection_handle connection,
          gateway_ptr shared);
  ~session();

  session(const session&) = delete;
  session& operator=(const session&) = delete;

  caf::behavior make_behavior();

private:
  using clock = std::chrono::steady_clock;

  /// What is needed to answer a request later.
  struct asker {
    serialize_type type = serialize_type::json;
    std::int32_t opaque = 0;
    bool is_oneway = false;
  };

  static frame_head head_of(const asker& to, response_code code,
                            std::string_view remark) {
    frame_head head;
    head.code = static_cast<std::int32_t>(code);
    head.opaque = to.opaque;
    head.flag = command::response_flag;
    head.remark = remark;
    return head;
  }

  using batch_pointer = std::shared_ptr<send_batch>;

  /// Where a queue begins and ends, and where to pull next.
  struct pull_ends {
    std::uint64_t next = 0;
    std::uint64_t min = 0;
    std::uint64_t max = 0;
  };

  struct pull_place {
    asker from;
    std::string topic;
    std::uint32_t queue = 0;
    std::uint64_t offset = 0;
  };

  // -- input ------------------------------------------------------------------
  void receive(caf::io::new_data_msg& data);
  std::size_t take_frames(std::string_view received);
  void choose_read_size(std::size_t received);
  void handle(const frame& one, std::string_view bytes);
  void close(const std::string& why);
  void look_whether_idle();

  // -- services ---------------------------------------------------------------
  void leave_to_service(const command& request, std::string_view bytes);
  caf::result<service_answer> ask_client(const client_request& request);
  void take_response(const command& response);
  void forget(std::int32_t opaque);

  // -- output -----------------------------------------------------------------
  std::vector<char>& out();
  void answer(const asker& to, response_code code,
              std::string_view remark = {});
  void answer(const asker& to, const service_answer& reply);
  void flush();
  void throttle();

  // -- sending: session_send.cpp ----------------------------------------------
  void send(const command& request, std::string_view bytes);
  void dispatch_batches();
  void dispatch(const batch_pointer& batch);
  void stored(const send_batch& batch,
              const envelope<schema::AppendReply>& reply);
  void answer_send(const waiting_send& sender, const send_batch& batch,
                   std::uint64_t offset, std::uint64_t position,
                   std::span<const std::span<const std::byte>> bodies);
  void send_again();
  void not_stored(const batch_pointer& batch, const failure& why);
  void finish(const send_batch& batch);
  void create_topic(const send_header& header, std::string_view bytes);
  void topic_created(const std::string& name, const result<void>& outcome);

  // -- pulling: session_pull.cpp ----------------------------------------------
  void pull(const command& request);
  result<void> check_group(const pull_header& header) const;
  result<core::subscription_filter::pointer>
  filter_of(const pull_header& header);
  static response_code filter_code(const failure& why);
  void commit_along(const pull_header& header);
  void pulled(const pull_place& place,
              const envelope<schema::PullReply>& reply);
  void write_messages(const pull_place& place, const pull_ends& ends,
                      std::string_view records);
  bool append(std::vector<char>& body, const stored_message& message,
              bool with_ours) const;
  static void write_ends(frame_writer& writer, const pull_ends& ends);
  void pull_failed(const pull_place& place, const failure& why);
  void answer_pull(const pull_place& place, response_code code,
                   std::string_view remark, const pull_ends& ends);

  caf::io::broker* self_;
  caf::io::connection_handle connection_;
  gateway_ptr shared_;
  peer peer_;
  std::string born_host_; // as messages keep it
  command_decoder decoder_;
  std::vector<char> rest_; // the beginning of a frame
  std::size_t read_size_;
  send_batches batches_;
  core::subscription_filter_cache filters_;
  /// Frames that wait for a topic that is being created.
  std::map<std::string, std::vector<std::string>> creating_;
  std::unordered_map<std::int32_t, caf::typed_response_promise<service_answer>>
    asked_;
  std::int32_t opaque_next_ = 0;
  std::deque<batch_pointer> busy_;     ///< to be sent again, in order
  std::uint64_t unanswered_bytes_ = 0; ///< of messages under way
  bool is_paused_ = false;             ///< reading
  bool is_closed_ = false;
  bool is_in_turn_ = false; ///< answers of a turn leave together
  clock::time_point active_;
};

} // namespace apogee::remoting
