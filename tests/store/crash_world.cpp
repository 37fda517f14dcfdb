#include "tests/store/crash_world.hpp"

#include "store/log_start.hpp"
#include "tests/store/view_model.hpp"
#include "tests/support/record_bodies.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

namespace apogee::store {

namespace {

constexpr std::uint64_t map_size_bytes = 1u << 20;
constexpr std::uint64_t everything = ~std::uint64_t{0};

void restore(const std::vector<char>& image, const std::string& folder) {
  if (image.empty())
    return;
  std::ofstream out{folder + "/data.mdb", std::ios::binary};
  out.write(image.data(), static_cast<std::streamsize>(image.size()));
}

std::vector<char> image_of(const std::string& folder) {
  std::ifstream in{folder + "/data.mdb", std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::string text(log_position x) {
  return std::to_string(x.value);
}

/// A store that was just opened.
struct opened_store {
  std::unique_ptr<views> tables;
  std::unique_ptr<commit_log> log;
};

std::string open_store(std::shared_ptr<faulty_directory> disk,
                       const std::string& folder, opened_store& out) {
  auto tables = views::open(folder, map_size_bytes);
  if (!tables)
    return "views: " + to_string(tables.error());
  out.tables = std::move(*tables);
  auto log =
    commit_log::open(std::move(disk), small_segments,
                     {out.tables->applied(), out.tables->last_epoch()});
  if (!log)
    return "log: " + to_string(log.error());
  out.log = std::move(*log);
  return {};
}

std::string apply_all(opened_store& store) {
  log_cursor cursor{store.log->reader(),
                    std::max(store.tables->applied(), store.log->start()),
                    store.log->end()};
  auto done = store.tables->apply(cursor, everything);
  return done ? std::string{} : "apply: " + to_string(done.error());
}

/// The log from its start must be the model, up to its end.
std::string compare_log(const opened_store& store,
                        const std::vector<model_record>& model) {
  log_cursor cursor{store.log->reader(), store.log->start(), store.log->end()};
  auto expected = std::find_if(model.begin(), model.end(), [&](const auto& x) {
    return x.position >= store.log->start();
  });
  for (;; ++expected) {
    auto found = cursor.next();
    if (!found)
      return "reading: " + to_string(found.error());
    const auto is_end =
      expected == model.end() || expected->position >= store.log->end();
    if (is_end || !*found)
      return is_end && !*found ? std::string{}
                               : "the log ends elsewhere than the model, near "
                                   + text(cursor.position());
    const auto& record = **found;
    if (record.position != expected->position
        || record.fields.offset != expected->fields.offset
        || record.fields.queue != expected->fields.queue
        || record.body.size() < expected->body.size()
        || !std::equal(expected->body.begin(), expected->body.end(),
                       record.body.begin()))
      return "another record at " + text(record.position);
  }
}

/// Views that are lost are filled again, whatever retention has removed.
std::string rebuild_defect(faulty_directory& disk, const std::string& folder,
                           opened_store& store,
                           const std::vector<model_record>& model) {
  temporary_folder fresh;
  {
    auto rebuilt = views::open(fresh.path(), map_size_bytes);
    opened_store other{std::move(*rebuilt), std::move(store.log)};
    auto defect = std::string{};
    if (auto done = restore_start(disk, *other.tables); !done)
      return to_string(done.error());
    // What was about to be removed may be there still; nobody looks at it.
    const auto start = std::max(other.tables->applied(), other.log->start());
    if (defect = apply_all(other); defect.empty())
      defect = view_defect(*other.tables, model, start, other.log->end(),
                           compared_topics::live);
    if (!defect.empty())
      return defect;
    store.log = std::move(other.log);
  }
  if (store.log->start().value > 0)
    return {};
  store.tables.reset(); // LMDB opens an environment once per process
  if (dump(folder) != dump(fresh.path()))
    return "the views differ from rebuilt ones";
  store.tables = std::move(*views::open(folder, map_size_bytes));
  return {};
}

/// Writes a little behind the recovered end; what comes back must be just that.
std::string append_and_reopen(const crash_point& point, opened_store& store,
                              std::shared_ptr<faulty_directory> disk,
                              const std::string& folder) {
  const auto before = store.log->end();
  const auto epoch_now = epoch{store.log->recovery().last_epoch.value + 1};
  record_fields fields;
  fields.type = record_type::epoch_start;
  fields.epoch = epoch_now;
  const auto body = epoch_body(epoch_now.value);
  if (auto done = store.log->reserve(record_size(body.size())); !done)
    return "reserve: " + to_string(done.error());
  store.log->stage(fields, body);
  if (auto done = store.log->write(); !done)
    return "write: " + to_string(done.error());
  const auto end = store.log->end();
  store = {};
  opened_store again;
  if (auto defect = open_store(std::move(disk), folder, again); !defect.empty())
    return "opened again: " + defect;
  if (again.log->end() != end || again.log->recovery().cut_bytes != 0)
    return "opened again, the log ends at " + text(again.log->end())
           + " instead of " + text(end) + " (recovered before at "
           + text(before) + ", required " + text(point.must_survive) + ")";
  return {};
}

} // namespace

std::string recovery_defect(const crash_point& point,
                            const std::vector<model_record>& model) {
  auto disk = std::make_shared<faulty_directory>(point.files);
  temporary_folder folder;
  restore(point.views_image, folder.path());
  opened_store store;
  if (auto defect = open_store(disk, folder.path(), store); !defect.empty())
    return defect;
  const auto end = store.log->end();
  if (end < point.must_survive)
    return "the log ends at " + text(end) + ", acknowledged is "
           + text(point.must_survive);
  if (auto defect = compare_log(store, model); !defect.empty())
    return defect;
  if (auto defect = apply_all(store); !defect.empty())
    return defect;
  if (auto defect = view_defect(*store.tables, model, store.log->start(), end);
      !defect.empty())
    return defect;
  if (auto defect = rebuild_defect(*disk, folder.path(), store, model);
      !defect.empty())
    return "rebuilding: " + defect;
  return append_and_reopen(point, store, disk, folder.path());
}

// -- the world ---------------------------------------------------------------

crash_world::crash_world()
  : disk(std::make_shared<faulty_directory>()),
    folder_(std::make_unique<temporary_folder>()) {
  open();
}

void crash_world::open() {
  opened_store store;
  const auto defect = open_store(disk, folder_->path(), store);
  APOGEE_CHECK(defect.empty());
  log_ = std::move(store.log);
  views_ = std::move(store.tables);
  cursor_ = std::make_unique<log_cursor>(
    log_->reader(), std::max(views_->applied(), log_->start()), log_->end());
  written_ = flushed_ = log_->end();
  epoch_ = {log_->recovery().last_epoch.value + 1};
  while (!model_.empty() && model_.back().position >= log_->end())
    model_.pop_back();
  next_offset_.clear();
  for (const auto& x : model_)
    if (x.fields.type == record_type::message)
      next_offset_[x.fields.queue] = x.fields.offset.value + 1;
  record_fields fields;
  fields.type = record_type::epoch_start;
  stage(fields, epoch_body(epoch_.value));
}

void crash_world::stage(record_fields fields, std::vector<std::byte> body) {
  fields.epoch = epoch_;
  fields.store_time_ms = ++now_ms_;
  const auto size = record_size(body.size());
  if (!log_->reserve(size))
    return; // failed, or the disk is full: nothing was promised
  if (fields.type == record_type::message)
    fields.offset = {next_offset_[fields.queue]++};
  // The model first: a crash inside a later write may show this record.
  const auto position = log_->end();
  model_.push_back({position, {position.value + size}, fields, body});
  log_->stage(fields, body);
}

void crash_world::send(std::uint32_t topic, std::uint32_t queue,
                       std::size_t body_bytes, ack_level ack) {
  record_fields fields;
  fields.queue = {{topic}, queue};
  fields.ack = ack;
  std::vector<std::byte> body(body_bytes);
  std::mt19937_64 noise{model_.size() * 7919 + body_bytes};
  for (auto& x : body)
    x = static_cast<std::byte>(noise() | 1u); // never 0, to see what is torn
  stage(fields, std::move(body));
}

void crash_world::create_topic(std::uint32_t id) {
  record_fields fields;
  fields.type = record_type::topic_config;
  stage(fields, topic_body(id, "topic-" + std::to_string(id), 4));
}

void crash_world::delete_topic(std::uint32_t id) {
  record_fields fields;
  fields.type = record_type::topic_config;
  stage(fields, topic_body(id, "topic-" + std::to_string(id), 4, true));
}

void crash_world::create_group(const std::string& name) {
  record_fields fields;
  fields.type = record_type::group_config;
  stage(fields, group_body(name));
}

void crash_world::delete_group(const std::string& name, bool keeps_offsets) {
  record_fields fields;
  fields.type = record_type::group_config;
  stage(fields, group_body(name, true, keeps_offsets));
}

void crash_world::commit_offset(const std::string& group, std::uint32_t topic,
                                std::uint32_t queue) {
  record_fields fields;
  fields.type = record_type::offset_commit;
  stage(fields,
        offset_body(group, topic, queue, next_offset_[{{topic}, queue}]));
}

bool crash_world::write() {
  auto done = log_->write();
  if (done)
    written_ = *done;
  return done.has_value();
}

bool crash_world::flush() {
  auto job = log_->take_flush_job();
  const auto done = job.run().has_value();
  log_->complete(std::move(job));
  flushed_ = log_->flushed();
  return done;
}

void crash_world::checkpoint() {
  cursor_->extend(flushed_);
  auto done = views_->apply(*cursor_, everything);
  APOGEE_CHECK(done.has_value());
  views_image_ = image_of(folder_->path());
}

void crash_world::retain() {
  auto start = remove_log_before(*log_, *views_, views_->applied());
  if (!start)
    return; // the disk is full: nothing was removed
  APOGEE_CHECK(views_->forget_before(*start, 3).has_value());
  views_image_ = image_of(folder_->path());
}

void crash_world::step(std::mt19937_64& random) {
  const auto topic = static_cast<std::uint32_t>(1 + random() % 4);
  const auto queue = static_cast<std::uint32_t>(random() % 3);
  const auto group = "group-" + std::to_string(random() % 3);
  const auto what = random() % 100;
  if (what < 40)
    send(topic, queue, random() % (what == 0 ? 20'000 : 700),
         what % 2 == 0 ? ack_level::memory : ack_level::disk);
  else if (what < 60)
    write();
  else if (what < 72)
    flush();
  else if (what < 80)
    checkpoint();
  else if (what < 90)
    commit_offset(group, topic, queue);
  else if (what < 94)
    create_topic(static_cast<std::uint32_t>(1 + random() % 6));
  else if (what < 96)
    create_group(group);
  else if (what == 96)
    delete_topic(static_cast<std::uint32_t>(1 + random() % 6));
  else if (what == 97)
    delete_group(group, random() % 2 == 0);
  else if (what == 98)
    disk->capacity_bytes =
      random() % 2 == 0 ? disk->state.used_bytes() : std::uint64_t{1} << 40;
  else if (random() % 4 == 0)
    (random() % 2 == 0 ? disk->fails_next_flush : disk->fails_next_write) =
      true;
  else
    retain();
}

crash_point crash_world::after_kill() const {
  return {disk->state.after_kill(), views_image_, written_};
}

crash_point crash_world::after_power_loss(std::mt19937_64& random) const {
  return {disk->state.after_power_loss(random), views_image_, flushed_};
}

std::string crash_world::crash(bool is_power_loss, std::mt19937_64& random) {
  const auto point = is_power_loss ? after_power_loss(random) : after_kill();
  if (auto defect = recovery_defect(point, model_); !defect.empty())
    return defect;
  cursor_.reset();
  views_.reset();
  log_.reset();
  disk = std::make_shared<faulty_directory>(point.files);
  folder_ = std::make_unique<temporary_folder>();
  restore(point.views_image, folder_->path());
  open();
  return {};
}

} // namespace apogee::store
