#pragma once

#include "actors/broker/messages.hpp"
#include "actors/core/recent_readers.hpp"
#include "actors/core/subscription_filter_cache.hpp"
#include "actors/io_actor.hpp"
#include "actors/remoting/gateway.hpp"
#include "actors/remoting/messages.hpp"
#include "actors/remoting/send_batches.hpp"
#include "actors/remoting/tls_stream.hpp"
#include "actors/remoting/topic_rules.hpp"
#include "messages/remoting/command_decoder.hpp"
#include "messages/remoting/frame_writer.hpp"
#include "messages/remoting/pull_header.hpp"
#include "messages/remoting/stored_message.hpp"

#include <caf/behavior.hpp>
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
/// The first byte tells TLS from plain text, of which the former is decrypted
/// here.
///
/// Ends with its connection, once what was read from it is stored. A frame that
/// makes no sense closes it. Whatever a client does wrong is counted and told
/// to the log. Lives in the I/O thread.
class session {
public:
  session(io_actor* self, caf::io::connection_handle connection,
          gateway_ptr shared);
  ~session();

  session(const session&) = delete;
  session& operator=(const session&) = delete;

  caf::behavior make_behavior();

  const caf::actor& handle() const { return peer_.session; }

  /// There are messages that were read and are neither stored nor refused.
  bool has_unstored() const { return unstored_ > 0 || !creating_.empty(); }

  /// The same, or services have not answered: they store messages too.
  bool has_unanswered() const {
    return has_unstored() || unanswered_bytes_ > 0;
  }

private:
  using clock = std::chrono::steady_clock;
  using counter = core::gateway_counters::counter;

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

  using pull_ends = broker::pull_ends;

  /// One that is being created, and the frames that wait for it.
  struct awaited_topic {
    new_topic wanted;
    std::vector<std::string> frames;
    int attempts = 0; // that were told to come again
  };

  struct pull_place {
    asker from;
    std::string topic;
    std::uint32_t queue = 0;
    broker::pull_order order;
    clock::time_point asked;
    pull_ends ends = {}; // of the queue, once it has answered
  };

  using pull_pointer = std::shared_ptr<pull_place>;

  // -- input ------------------------------------------------------------------
  void receive(std::string_view received);
  void begin(char first);
  void decrypt(std::string_view received);
  void take(std::string_view received);
  std::size_t take_frames(std::string_view received);
  void choose_read_size(std::size_t received);
  void handle(const frame& one, std::string_view bytes);
  void refuse(const std::string& why);
  void close(std::string_view kind, counter& count, const std::string& why,
             std::string_view last_words = {});
  void end_if_stored();
  void look_whether_idle();

  // -- services: session_services.cpp ----------------------------------------
  void leave_to_service(const command& request, std::string_view bytes);
  caf::result<service_answer> ask_client(const client_request& request);
  void take_response(const command& response);
  void forget(std::int32_t opaque);

  // -- output: session_output.cpp ---------------------------------------------
  std::size_t unsent_bytes() const;
  void transferred(std::size_t bytes);
  void answer(const asker& to, response_code code,
              std::string_view remark = {});
  void answer(const asker& to, const service_answer& reply);
  void flush();
  void flush_now();
  void write(std::string_view bytes);
  void answered(std::size_t bytes);
  void throttle();
  void account();
  void make_room();
  void drop_long_frame();

  // -- sending: session_send.cpp ----------------------------------------------
  void send(const command& request, std::string_view bytes);
  result<std::uint32_t> choose_queue(const send_header& header,
                                     const topic_info& topic) const;
  void dispatch_batches();
  void dispatch(const batch_pointer& batch);
  void stored(const send_batch& batch,
              const envelope<schema::AppendReply>& reply);
  void answer_send(const waiting_send& sender, response_code code,
                   const send_batch& batch, std::uint64_t offset,
                   std::uint64_t position,
                   std::span<const std::span<const std::byte>> bodies);
  void send_again();
  void not_stored(const batch_pointer& batch, const failure& why);
  void lose_oneway(std::size_t messages, const failure& why);
  void create_topic(const send_header& header, std::string_view bytes);
  void ask_for_topic(const std::string& name);
  void topic_refused(const std::string& name, const failure& why);
  void topic_created(const std::string& name, const result<void>& outcome);

  // -- pulling: session_pull.cpp ----------------------------------------------
  void pull(const command& request);
  result<void> check_group(const pull_header& header) const;
  result<core::subscription_filter::pointer>
  filter_of(const pull_header& header);
  static response_code filter_code(const failure& why);
  void commit_along(const pull_header& header);
  void tell_offsets();
  bool ask_queue(const pull_pointer& pull);
  void pulled(const pull_pointer& pull, const broker::formed_messages& found);
  void hold(const pull_pointer& pull, const pull_ends& ends);
  void ask_held_pull();
  void write_messages(const pull_place& place, const pull_ends& ends,
                      const std::vector<char>& messages);
  static void write_ends(frame_writer& writer, const pull_ends& ends);
  void pull_failed(const pull_place& place, const failure& why);
  void answer_pull(const pull_place& place, response_code code,
                   std::string_view remark, const pull_ends& ends);

  io_actor* self_;
  caf::io::connection_handle connection_;
  gateway_ptr shared_;
  peer peer_;
  std::string born_host_;   // as messages keep it
  host_address store_host_; // for messages that go to this client
  command_decoder decoder_;
  std::unique_ptr<tls_stream> tls_; // null: plain text
  std::vector<char> out_;           // said in this turn, not encrypted
  std::size_t flushed_bytes_ = 0;   // that the socket has not taken yet
  std::vector<char> rest_;          // the beginning of a frame
  std::size_t read_size_;
  send_batches batches_;
  core::subscription_filter_cache filters_;
  core::recent_readers readers_;
  std::map<std::string, awaited_topic> creating_;
  std::unordered_map<std::int32_t, caf::typed_response_promise<service_answer>>
    asked_;
  std::int32_t opaque_next_ = 0;
  std::deque<batch_pointer> busy_;            ///< to be sent again, in order
  std::size_t unstored_ = 0;                  ///< batches under way
  std::uint64_t unanswered_bytes_ = 0;        ///< of messages under way
  std::uint64_t held_bytes_ = 0;              ///< as told to the gateway
  std::size_t frame_bytes_ = 0;               ///< in rest_, as told as well
  std::uint32_t pulls_ = 0;                   ///< that queues have not answered
  std::deque<pull_pointer> held_pulls_;       ///< until there is room_
  std::vector<offset_update> untold_offsets_; ///< a place in each queue
  std::shared_ptr<core::answer_room> room_ =
    std::make_shared<core::answer_room>(shared_->counts,
                                        shared_->answer_bounds());
  bool is_new_ = true;     ///< nothing has arrived
  bool is_paused_ = false; ///< reading
  bool is_closed_ = false;
  bool is_in_turn_ = false;   ///< answers of a turn leave together
  bool is_flush_due_ = false; ///< behind what is in the mailbox
  clock::time_point active_;
};

} // namespace apogee::remoting
