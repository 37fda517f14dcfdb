#include "store/views/views.hpp"

#include "store/posix_failure.hpp"
#include "store/views/keys.hpp"
#include "store/views/view_changes.hpp"
#include "store/views/view_tables.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

namespace apogee::store {

result<view_state> read_state(const lmdb::transaction& in, lmdb::table state) {
  auto value = in.get(state, state_key);
  if (!value)
    return value.error();
  if (!*value)
    return view_state{};
  if ((*value)->size() != sizeof(view_state))
    return {errc::corrupt, "the views' state has "
                             + std::to_string((*value)->size())
                             + " bytes; delete the views folder: they are then "
                               "filled again from the log"};
  return read_value<view_state>((*value)->data());
}

namespace {

/// Most chunks of deleted topics or of the log's past that one transaction
/// removes, so that it stays short.
constexpr std::size_t chunks_removed_max = 10'000;

result<view_tables> open_tables(lmdb::write_transaction& in) {
  // "transactions" is not used yet; see FORMAT.md.
  const std::array names{"state",  "consume_queues", "group_offsets",
                         "topics", "deleted_topics", "groups",
                         "epochs", "transactions"};
  std::array<lmdb::table, names.size()> tables;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto opened = in.open_table(names[i]);
    if (!opened)
      return opened.error();
    tables[i] = *opened;
  }
  return view_tables{tables[0],
                     consume_queues{tables[1]},
                     group_offsets{tables[2]},
                     topics_view{tables[3], tables[4]},
                     groups_view{tables[5]},
                     epochs_view{tables[6]},
                     {tables[2], tables[3], tables[5], tables[6]}};
}

/// Removes what is left of deleted topics; true when nothing is.
result<bool> sweep_deleted_topics(lmdb::write_transaction& in,
                                  const view_tables& tables,
                                  std::size_t chunks_max) {
  for (;;) {
    auto topic = tables.topics.first_deleted(in);
    if (!topic)
      return topic.error();
    if (!*topic)
      return true;
    auto is_gone = tables.queues.erase_topic(in, **topic, chunks_max);
    if (!is_gone || !*is_gone)
      return is_gone;
    if (auto done = tables.topics.forget_deleted(in, **topic); !done)
      return done.error();
  }
}

result<void> write_topics(lmdb::write_transaction& in,
                          const view_tables& tables,
                          const view_changes& changes) {
  for (const auto& [id, body] : changes.topics()) {
    auto done = body ? tables.topics.put(in, id, *body)
                     : tables.topics.mark_deleted(in, id);
    if (done && !body)
      done = tables.offsets.erase_topic(in, id);
    if (!done)
      return done;
  }
  return {};
}

result<void> write_groups(lmdb::write_transaction& in,
                          const view_tables& tables,
                          const view_changes& changes) {
  for (const auto& name : changes.deleted_groups())
    if (auto done = tables.groups.erase(in, name); !done)
      return done;
  for (const auto& name : changes.deleted_offsets())
    if (auto done = tables.offsets.erase_group(in, name); !done)
      return done;
  for (const auto& [name, body] : changes.groups())
    if (auto done = tables.groups.put(in, name, body); !done)
      return done;
  for (const auto& [name, offsets] : changes.offsets())
    for (const auto& [queue, offset] : offsets)
      if (auto done = tables.offsets.put(in, name, {queue, offset}); !done)
        return done;
  return {};
}

result<void> write_changes(lmdb::write_transaction& in,
                           const view_tables& tables,
                           const view_changes& changes) {
  if (auto done = write_topics(in, tables, changes); !done)
    return done;
  if (auto done = write_groups(in, tables, changes); !done)
    return done;
  for (auto queue : changes.touched_queues())
    if (auto done = tables.queues.append(in, queue, changes.entries(queue));
        !done)
      return done;
  for (const auto& epoch : changes.epochs())
    if (auto done = tables.epochs.put(in, epoch); !done)
      return done;
  auto swept = sweep_deleted_topics(in, tables, chunks_removed_max);
  return swept ? result<void>{} : swept.error();
}

} // namespace

result<std::unique_ptr<views>> views::open(const std::string& path,
                                           std::uint64_t map_size_bytes) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    return posix_failure("create folder", path, error.value());
  auto environment = lmdb::environment::open(path, map_size_bytes);
  if (!environment)
    return environment.error();
  std::unique_ptr<view_tables> tables;
  auto opened = (*environment)->update([&](lmdb::write_transaction& in) {
    auto found = open_tables(in);
    if (!found)
      return result<void>{found.error()};
    tables = std::make_unique<view_tables>(*found);
    return result<void>{};
  });
  if (!opened)
    return opened.error();
  std::unique_ptr<views> out{
    new views{std::move(*environment), std::move(tables)}};
  if (auto done = out->load(); !done)
    return done.error();
  return out;
}

views::views(std::unique_ptr<lmdb::environment> environment,
             std::unique_ptr<view_tables> tables)
  : environment_(std::move(environment)), tables_(std::move(tables)) {}

views::~views() = default;

result<void> views::load() {
  auto in = environment_->read();
  if (!in)
    return in.error();
  auto state = read_state(*in, tables_->state);
  if (!state)
    return state.error();
  if (state->format != views_format)
    return {errc::version_mismatch,
            "the views in " + environment_->path() + " have format "
              + std::to_string(state->format) + ", this program knows "
              + std::to_string(views_format)
              + "; delete that folder: the views are then filled again from "
                "the log"};
  auto topics = tables_->topics.live(*in);
  if (!topics)
    return topics.error();
  for (const auto& topic : *topics)
    topic_states_.live.insert(topic.id);
  topic_states_.id_next = state->topic_id_next;
  applied_ = state->applied;
  last_epoch_ = state->last_epoch;
  return {};
}

result<apply_summary> views::apply(log_cursor& records,
                                   std::uint64_t bytes_max) {
  const auto first = records.position();
  APOGEE_CHECK(first == applied() || applied().value == 0);
  apply_summary out;
  view_changes changes{topic_states_};
  while (!out.at_end && records.position().value - first.value < bytes_max) {
    auto next = records.next();
    if (!next)
      return next.error();
    if (!*next) {
      out.at_end = true;
      break;
    }
    if (auto done = changes.add(**next); !done)
      return done.error();
  }
  out.applied = records.position();
  out.records = changes.records();
  out.skipped = changes.skipped();
  if (out.applied == applied())
    return out;
  // A cursor that met no record does not know the epoch.
  const view_state state{out.applied.value,
                         std::max(last_epoch(), records.last_epoch()).value,
                         changes.topic_id_next(), views_format};
  auto committed = environment_->update([&](lmdb::write_transaction& in) {
    if (auto done = write_changes(in, *tables_, changes); !done)
      return done;
    return in.put(tables_->state, state_key, value_bytes(state));
  });
  if (!committed)
    return committed.error();
  for (const auto& [id, body] : changes.topics())
    if (body)
      topic_states_.live.insert(id);
    else
      topic_states_.live.erase(id);
  topic_states_.id_next = changes.topic_id_next();
  last_epoch_.store(state.last_epoch, std::memory_order_release);
  applied_.store(state.applied, std::memory_order_release);
  return out;
}

result<bool> views::forget_before(log_position start, std::size_t queues_max) {
  if (!sweep_.running && start > sweep_.start)
    sweep_ = {start, {}, true};
  {
    auto in = environment_->read();
    if (!in)
      return in.error();
    auto deleted = tables_->topics.first_deleted(*in);
    if (!deleted)
      return deleted.error();
    if (!sweep_.running && !*deleted)
      return true;
  }
  auto state = sweep_;
  auto is_done = false;
  auto committed = environment_->update([&](lmdb::write_transaction& in) {
    state = sweep_;
    auto swept = sweep_deleted_topics(in, *tables_, chunks_removed_max);
    if (!swept)
      return result<void>{swept.error()};
    if (state.running)
      if (auto done =
            tables_->queues.sweep(in, state, queues_max, chunks_removed_max);
          !done)
        return done;
    is_done = *swept && !state.running;
    return result<void>{};
  });
  if (!committed)
    return committed.error();
  sweep_ = state;
  return is_done;
}

result<queue_offset> views::queue_end(queue_id queue) const {
  auto in = environment_->read();
  if (!in)
    return in.error();
  return tables_->queues.end(*in, queue);
}

result<queue_offset> views::queue_begin(queue_id queue,
                                        log_position log_start) const {
  auto in = environment_->read();
  if (!in)
    return in.error();
  return tables_->queues.begin(*in, queue, log_start);
}

result<std::vector<index_entry>> views::find(queue_id queue, queue_offset from,
                                             std::uint32_t count_max) const {
  auto in = environment_->read();
  if (!in)
    return in.error();
  return tables_->queues.find(*in, queue, from, count_max);
}

result<queue_offset> views::offset_at_time(queue_id queue,
                                           std::int64_t store_time_ms,
                                           const log_reader& log,
                                           log_position log_start) const {
  auto in = environment_->read();
  if (!in)
    return in.error();
  auto begin = tables_->queues.begin(*in, queue, log_start);
  if (!begin)
    return begin;
  auto end = tables_->queues.end(*in, queue);
  if (!end)
    return end;
  auto low = begin->value;
  auto high = end->value;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    auto entry = tables_->queues.get(*in, queue, {middle});
    if (!entry)
      return entry.error();
    auto is_older = !entry->has_value();
    if (*entry) {
      std::array<std::byte, record_header_bytes> header;
      auto done = log.read((*entry)->position, header);
      if (!done && done.error().code != errc::offset_out_of_range)
        return done.error();
      if (done) {
        auto record = decode_record_header(header);
        if (!record)
          return record.error();
        is_older = record->fields.store_time_ms < store_time_ms;
      } else {
        is_older = true; // retention has taken it meanwhile
      }
    }
    if (is_older)
      low = middle + 1;
    else
      high = middle;
  }
  return queue_offset{low};
}

result<std::vector<topic_info>> views::topics() const {
  auto in = environment_->read();
  if (!in)
    return in.error();
  return tables_->topics.live(*in);
}

result<std::uint32_t> views::topic_id_next() const {
  auto in = environment_->read();
  if (!in)
    return in.error();
  auto state = read_state(*in, tables_->state);
  if (!state)
    return state.error();
  return state->topic_id_next;
}

result<std::vector<group_config>> views::groups() const {
  auto in = environment_->read();
  if (!in)
    return in.error();
  return tables_->groups.all(*in);
}

result<std::vector<group_offset>>
views::group_offsets(const std::string& group) const {
  auto in = environment_->read();
  if (!in)
    return in.error();
  return tables_->offsets.get(*in, group);
}

} // namespace apogee::store
