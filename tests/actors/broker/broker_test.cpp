#include "tests/actors/broker/broker_test.hpp"

#include "store/log_start.hpp"

namespace apogee::broker {

broker_test::broker_test() {
  settings.storage.data = folder.path();
  settings.storage.segment_size = 1 << 20;
  settings.storage.disk_free_min = 0;
}

broker_test::~broker_test() {
  stop();
}

void broker_test::start() {
  if (!data) {
    auto opened = store::data_folder::open(folder.path());
    ASSERT_TRUE(opened) << to_string(opened.error());
    data = std::move(*opened);
  }
  auto views = store::views::open(data->views_path(), 16 << 20);
  ASSERT_TRUE(views) << to_string(views.error());
  auto restored = store::restore_start(*data->log(), **views);
  ASSERT_TRUE(restored) << to_string(restored.error());
  shared = std::make_shared<context>();
  shared->settings = settings;
  shared->views = std::move(*views);
  shared->budget =
    std::make_shared<core::memory_budget>(settings.broker.memory_limit);
  shared->offsets = std::make_shared<core::offset_table>(
    [](const std::string&) -> result<std::vector<core::queue_commit>> {
      return std::vector<core::queue_commit>{};
    });
  shared->wall_clock_ms = [this] { return wall_clock_ms; };
  auto log = store::commit_log::open(
    data->log(), {settings.storage.segment_size},
    {shared->views->applied(), shared->views->last_epoch()});
  ASSERT_TRUE(log) << to_string(log.error());
  const auto log_reader = (*log)->reader();
  const auto replayed =
    replay(*shared->views, log_reader, (*log)->written(), {});
  ASSERT_TRUE(replayed) << to_string(replayed.error());

  flush = spawn_core<flush_service>(
    context_ptr{shared}, std::shared_ptr<store::commit_log>{std::move(*log)});
  syncer = sys.spawn(log_syncer, flush, folder.path());
  applier = spawn_core<view_applier>(context_ptr{shared}, log_reader, flush);
  reader = sys.spawn(cold_reader, context_ptr{shared},
                     std::shared_ptr<const store::log_reader>{log_reader});
  catalog = spawn_core<topic_catalog>(context_ptr{shared},
                                      caf::actor_cast<log_service_actor>(flush),
                                      std::function<void()>{[] {}});
  dispatcher_peers peers;
  peers.flush_service = flush;
  peers.topic_catalog = catalog;
  peers.cold_reader = reader;
  peers.start_writer = [this, log_reader](const writer_order& order) {
    start_writer(order, log_reader);
  };
  service = caf::actor_cast<broker_service_actor>(
    spawn_core<dispatcher>(context_ptr{shared}, std::move(peers)));
  run();
}

void broker_test::start_writer(const writer_order& order,
                               const std::shared_ptr<store::log_reader>& log) {
  ++writers_started;
  auto writer = spawn_core<queue_writer>(
    context_ptr{shared}, order.topic, order.number, order.next,
    queue_writer_peers{order.dispatcher, flush, {reader}, log, syncer});
  writers[{order.topic.id, order.number}] = writer;
  caf::anon_send(order.dispatcher,
                 writer_started{{order.topic.id, order.number}, writer, {}});
}

void broker_test::stop() {
  const auto kill = [](caf::actor& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    actor = nullptr;
  };
  for (auto& [queue, writer] : writers)
    kill(writer);
  writers.clear();
  caf::anon_send_exit(service, caf::exit_reason::kill);
  service = nullptr;
  for (auto* actor : {&catalog, &reader, &applier, &syncer, &flush})
    kill(*actor);
  run();
  shared.reset();
}

void broker_test::create_topic(const std::string& name, std::uint32_t queues) {
  const auto request = envelope<schema::TopicCreate>::build([&](auto b) {
    b.setName(name);
    b.setQueues(queues);
  });
  const auto created = ask<envelope<schema::TopicList>>(catalog, request);
  ASSERT_TRUE(created) << to_string(created.error());
}

envelope<schema::AppendRequest>
broker_test::make_append(const std::string& topic,
                         const std::vector<std::string>& bodies, ack_level ack,
                         std::uint32_t queue) {
  return envelope<schema::AppendRequest>::build(
    [&](schema::AppendRequest::Builder b) {
      b.setTopic(topic);
      b.setQueue(queue);
      b.setAck(static_cast<std::uint8_t>(ack));
      auto messages = b.initMessages(static_cast<unsigned>(bodies.size()));
      for (unsigned i = 0; i < messages.size(); ++i) {
        const auto words = encode_message(bodies[i]);
        messages.set(
          i, kj::arrayPtr(reinterpret_cast<const kj::byte*>(words.data()),
                          words.size() * sizeof(words[0])));
      }
    });
}

result<std::uint64_t>
broker_test::append(const std::string& topic,
                    const std::vector<std::string>& bodies, ack_level ack,
                    std::uint32_t queue) {
  auto reply = ask<envelope<schema::AppendReply>>(
    service, make_append(topic, bodies, ack, queue));
  if (!reply)
    return reply.error();
  return reply->read(
    [](schema::AppendReply::Reader r) { return r.getFirstOffset(); });
}

envelope<schema::PullRequest> broker_test::make_pull(const std::string& topic,
                                                     std::uint64_t offset,
                                                     std::uint32_t wait_ms) {
  return envelope<schema::PullRequest>::build([&](auto b) {
    b.setTopic(topic);
    b.setOffset(offset);
    b.setWaitMs(wait_ms);
  });
}

result<pulled> broker_test::pull(const std::string& topic,
                                 std::uint64_t offset) {
  auto reply =
    ask<envelope<schema::PullReply>>(service, make_pull(topic, offset));
  if (!reply)
    return reply.error();
  return decode(*reply);
}

std::vector<std::string> broker_test::read_all(const std::string& topic) {
  std::vector<std::string> bodies;
  for (std::uint64_t offset = 0;;) {
    const auto got = pull(topic, offset);
    if (!got) {
      ADD_FAILURE() << to_string(got.error());
      return bodies;
    }
    for (std::size_t i = 0; i < got->offsets.size(); ++i)
      EXPECT_EQ(got->offsets[i], offset + i) << "offsets are not dense";
    bodies.insert(bodies.end(), got->bodies.begin(), got->bodies.end());
    offset = got->next_offset;
    if (offset == got->max_offset)
      return bodies;
  }
}

result<pulled> broker_test::decode(const envelope<schema::PullReply>& reply) {
  return reply.read([&](schema::PullReply::Reader r) -> result<pulled> {
    pulled out;
    out.next_offset = r.getNextOffset();
    out.min_offset = r.getMinOffset();
    out.max_offset = r.getMaxOffset();
    const auto data = r.getRecords();
    std::span<const std::byte> rest{
      reinterpret_cast<const std::byte*>(data.begin()), data.size()};
    while (!rest.empty()) {
      const auto record = decode_record(rest);
      if (!record)
        return record.error();
      const auto message = decode_message(record->body);
      if (!message)
        return message.error();
      out.bodies.emplace_back(message->body);
      out.offsets.push_back(record->fields.offset.value);
      rest = rest.subspan(record->size_bytes);
    }
    return out;
  });
}

} // namespace apogee::broker
