#include "actors/broker/tell.hpp"
#include "actors/remoting/response_codes.hpp"
#include "actors/remoting/session.hpp"
#include "actors/remoting/stored_form.hpp"
#include "actors/remoting/topic_rules.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

/// The pulling half of a session.
namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;

// What the original serves at the most in one answer.
constexpr std::uint32_t pulled_messages_max = 32;
constexpr std::uint32_t pulled_bytes_max = 256u << 10;

/// Offsets that came along with pulls are told after so long.
constexpr auto commit_pause = 10ms;
constexpr std::size_t untold_offsets_max = 64;

/// Longest time that a pull may wait, whatever it asks for.
constexpr std::int64_t suspend_max_ms = 60'000;

/// The client has given up a pull that is not answered for so long.
constexpr auto held_pull_age_max = 30s;

bool is_of(const offset_update& update, const pull_header& pull) {
  return update.queue == static_cast<std::uint32_t>(pull.queue_number)
         && update.topic == pull.topic && update.group == pull.consumer_group;
}

} // namespace

void session::pull(const command& request) {
  const asker from{request.type, request.opaque, request.is_oneway()};
  const auto header = decode_pull_header(request);
  if (!header) {
    answer(from, response_code::system_error, header.error().text);
    return;
  }
  if (const auto allowed = check_group(*header); !allowed) {
    answer(from, code_of(allowed.error()), allowed.error().text);
    return;
  }
  const auto* topic = shared_->topics->find(header->topic);
  if (topic == nullptr) {
    answer(from, response_code::topic_not_exist,
           "topic[" + std::string{header->topic}
             + "] not exist, apply first "
               "please!");
    return;
  }
  if ((topic->permission & permission_read) == 0) {
    answer(from, response_code::no_permission,
           "the topic[" + topic->name + "] pulling message is forbidden");
    return;
  }
  if (header->queue_number < 0
      || header->queue_number >= std::int64_t{topic->read_queues}) {
    answer(from, response_code::invalid_parameter,
           "queueId[" + std::to_string(header->queue_number)
             + "] is illegal, topic " + topic->name + " has "
             + std::to_string(topic->read_queues) + " queues");
    return;
  }
  auto filter = filter_of(*header);
  if (!filter) {
    answer(from, filter_code(filter.error()), filter.error().text);
    return;
  }
  const auto pulls = pulls_ + held_pulls_.size();
  if (pulls >= shared_->settings.pulls_max) {
    ++shared_->counts->refused_pulls;
    const auto why =
      std::to_string(pulls)
      + " pulls of this connection are not answered (remoting.pulls-max)";
    shared_->note_rarely("pulls",
                         "refused a pull of " + peer_.address + ": " + why);
    answer(from, response_code::system_busy, why);
    return;
  }
  const auto place = std::make_shared<pull_place>();
  place->from = from;
  place->topic = topic->name;
  place->queue = static_cast<std::uint32_t>(header->queue_number);
  place->asked = clock::now();
  auto& order = place->order;
  order.offset.value =
    static_cast<std::uint64_t>(std::max<std::int64_t>(header->queue_offset, 0));
  if (const auto right = shared_->resets->redirect(
        std::string{header->consumer_group},
        {topic->name, header->queue_number},
        static_cast<std::int64_t>(order.offset.value), place->asked)) {
    std::erase_if(untold_offsets_, [&](const auto& update) {
      return is_of(update, *header); // from before the reset
    });
    const queue_offset to{static_cast<std::uint64_t>(*right)};
    answer_pull(*place, response_code::pull_offset_moved,
                "the group's offset was reset", {to, to, to});
    return;
  }
  if (header->commits_offset() && header->commit_offset >= 0)
    commit_along(*header);
  order.wants_ends = true;
  order.count_max = static_cast<std::uint32_t>(
    std::clamp<std::int64_t>(header->messages_max, 1, pulled_messages_max));
  order.bytes_max = pulled_bytes_max;
  if (header->bytes_max && *header->bytes_max > 0)
    order.bytes_max = std::min(static_cast<std::uint32_t>(*header->bytes_max),
                               pulled_bytes_max);
  if (header->may_suspend())
    order.wait = std::chrono::milliseconds{
      std::clamp<std::int64_t>(header->suspend_timeout_ms, 0, suspend_max_ms)};
  order.filter = std::move(*filter);
  order.form = std::make_shared<stored_form>(
    topic->name, place->queue, store_host_, shared_->broker_properties);
  order.reader = {readers_.find(*shared_->statistics, *shared_->consumer_groups,
                                topic->name, header->consumer_group),
                  place->queue};
  ask_queue(place);
}

/// False when it is answered already: nobody is there to be asked.
bool session::ask_queue(const pull_pointer& pull) {
  const auto to = shared_->dispatcher();
  if (!to) {
    pull_failed(*pull, to.error());
    return false;
  }
  ++pulls_;
  pull->order.room = std::make_shared<core::room_share>(room_);
  self_
    ->request(*to, caf::infinite,
              broker::local_pull{pull->topic, pull->queue, pull->order, false})
    .then(
      [this, pull](const broker::formed_messages& found) {
        --pulls_;
        pull->order.room->release();
        pulled(pull, found);
        ask_held_pull();
      },
      [this, pull](const caf::error& error) {
        --pulls_;
        pull->order.room->release();
        pull_failed(*pull, to_failure(error));
        ask_held_pull();
      });
  return true;
}

/// The queue has messages for it that there was no room for.
void session::hold(const pull_pointer& pull, const pull_ends& ends) {
  pull->ends = ends;
  pull->order.wait = {};
  held_pulls_.push_back(pull);
}

/// One with each answer, and with what the client takes: so the next one comes,
/// and few ask in vain.
void session::ask_held_pull() {
  while (!is_closed_ && !held_pulls_.empty() && !room_->is_full()) {
    const auto next = std::move(held_pulls_.front());
    held_pulls_.pop_front();
    if (clock::now() - next->asked > held_pull_age_max)
      answer_pull(*next, response_code::pull_not_found,
                  "the client took no more answers in time", next->ends);
    else if (ask_queue(next))
      return;
  }
}

/// A group that is unknown here may be on its way: its heartbeats make it.
result<void> session::check_group(const pull_header& header) const {
  const std::string name{header.consumer_group};
  const auto group = shared_->consumer_groups->find(name);
  if (!group && !shared_->auto_create_groups)
    return {errc::unknown_group,
            "subscription group [" + name + "] does not exist"};
  if (group && !group->can_consume)
    return {errc::permission_denied,
            "subscription group no permission, " + name};
  if (group && !group->can_broadcast && !header.has_subscription()
      && shared_->subscriptions->is_broadcasting(name))
    return {errc::permission_denied, "the consumer group[" + name
                                       + "] can not consume by broadcast way"};
  return {};
}

/// The expression that the pull brings, or the one that the group's heartbeats
/// named.
result<core::subscription_filter::pointer>
session::filter_of(const pull_header& header) {
  if (header.has_subscription()) {
    const auto type = core::expression_type_of(header.expression_type);
    if (!type)
      return type.error();
    return filters_.find(*type, header.subscription);
  }
  const std::string group{header.consumer_group};
  const auto known =
    shared_->subscriptions->find(group, std::string{header.topic});
  if (!known)
    return {errc::unknown_group, "the consumer's group info not exist: " + group
                                   + " has no member that subscribes to "
                                   + std::string{header.topic}
                                   + "; the next heartbeat says so"};
  if (known->version >= header.subscription_version)
    return known->filter;
  // Clients make a new version with each rebalance, and may leave out the
  // heartbeat that should bring it until the next one is due, 30 s later. Tags
  // they check themselves, so everything is safe to give; where only the broker
  // filters, an old expression would skip what the new one wants.
  if (known->filter->type() == core::expression_type::sql92)
    return {errc::stale_generation,
            "the consumer's subscription not latest: the next heartbeat "
            "brings it"};
  return core::subscription_filter::everything();
}

response_code session::filter_code(const failure& why) {
  if (why.code == errc::unknown_group)
    return response_code::subscription_not_exist;
  if (why.code == errc::stale_generation)
    return response_code::subscription_not_latest;
  return response_code::subscription_parse_failed;
}

/// A consumer that keeps up says so thousands of times a second, and each time
/// would wake another thread.
void session::commit_along(const pull_header& header) {
  const auto offset = static_cast<std::uint64_t>(header.commit_offset);
  const auto known =
    std::find_if(untold_offsets_.begin(), untold_offsets_.end(),
                 [&](const auto& update) { return is_of(update, header); });
  if (known != untold_offsets_.end()) {
    known->offset = offset;
    return;
  }
  if (untold_offsets_.empty())
    caf::delayed_anon_send(broker::handle_of(self_), commit_pause,
                           tell_offsets_atom::value);
  untold_offsets_.push_back(
    {std::string{header.consumer_group}, std::string{header.topic},
     static_cast<std::uint32_t>(header.queue_number), offset});
  if (untold_offsets_.size() >= untold_offsets_max)
    tell_offsets();
}

/// Before anything else that the service is asked, which may be an offset too.
void session::tell_offsets() {
  if (untold_offsets_.empty())
    return;
  if (const auto groups = shared_->groups())
    caf::anon_send(*groups, offset_updates{std::exchange(untold_offsets_, {})});
  untold_offsets_.clear();
}

void session::pulled(const pull_pointer& pull,
                     const broker::formed_messages& found) {
  if (is_closed_)
    return;
  const auto& ends = found.ends;
  const auto& place = *pull;
  const auto offset = place.order.offset;
  if (found.count > 0)
    write_messages(place, ends, found.bytes);
  else if (offset < ends.min)
    answer_pull(place, response_code::pull_offset_moved, "OFFSET_TOO_SMALL",
                {ends.min, ends.min, ends.max});
  else if (offset > ends.max)
    answer_pull(place, response_code::pull_offset_moved,
                "OFFSET_OVERFLOW_BADLY", {ends.max, ends.min, ends.max});
  else if (ends.next == offset && offset < ends.max)
    hold(pull, ends);
  else if (ends.next == offset)
    answer_pull(place, response_code::pull_not_found, "OFFSET_OVERFLOW_ONE",
                ends);
  else
    answer_pull(place, response_code::pull_retry_immediately,
                "NO_MATCHED_MESSAGE", ends);
}

void session::write_messages(const pull_place& place, const pull_ends& ends,
                             const std::vector<char>& messages) {
  if (place.from.is_oneway)
    return;
  frame_writer writer{out_, place.from.type,
                      head_of(place.from, response_code::success, "FOUND")};
  write_ends(writer, ends);
  auto& body = writer.body();
  body.insert(body.end(), messages.begin(), messages.end());
  if (writer.finish())
    flush();
  else
    answer(place.from, response_code::system_error,
           "a message at offset " + std::to_string(place.order.offset.value)
             + " or behind it is larger than clients take");
}

void session::pull_failed(const pull_place& place, const failure& why) {
  answer(place.from, code_of(why), why.text);
}

void session::answer_pull(const pull_place& place, response_code code,
                          std::string_view remark, const pull_ends& ends) {
  if (is_closed_ || place.from.is_oneway)
    return;
  frame_writer writer{out_, place.from.type, head_of(place.from, code, remark)};
  write_ends(writer, ends);
  writer.body();
  static_cast<void>(writer.finish());
  flush();
}

void session::write_ends(frame_writer& writer, const pull_ends& ends) {
  writer.field("suggestWhichBrokerId", 0);
  writer.field("nextBeginOffset", ends.next.value);
  writer.field("minOffset", ends.min.value);
  writer.field("maxOffset", ends.max.value);
}

} // namespace apogee::remoting
