#include "tests/actors/client/fake_cluster.hpp"

#include "messages/message_body.hpp"
#include "messages/remoting/properties.hpp"

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <capnp/serialize.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <sstream>

namespace apogee::client {

namespace {

// Promises can only be kept while their actor runs.
using answer_one_atom = caf::atom_constant<caf::atom("answerone")>;
using answer_pulls_atom = caf::atom_constant<caf::atom("answerpull")>;
using answer_offsets_atom = caf::atom_constant<caf::atom("answeroff")>;

std::vector<std::string> split(const std::string& joined) {
  std::istringstream words{joined};
  return {std::istream_iterator<std::string>{words}, {}};
}

received_append read_append(const envelope<schema::AppendRequest>& request) {
  received_append out;
  const auto read = request.read([&](schema::AppendRequest::Reader in) {
    out.topic = in.getTopic().cStr();
    out.queue = in.getQueue();
    out.ack = in.getAck();
    for (const auto bytes : in.getMessages()) {
      const auto message = apogee::decode_message(
        std::as_bytes(std::span{bytes.begin(), bytes.size()}));
      ASSERT_TRUE(message.has_value());
      out.bodies.emplace_back(message->body);
      auto& tag = out.tags.emplace_back();
      auto& keys = out.keys.emplace_back();
      auto& properties = out.properties.emplace_back();
      auto rest = message->properties;
      remoting::property one;
      while (remoting::next_property(rest, one))
        if (one.name == remoting::property_names::tags)
          tag = one.value;
        else if (one.name == remoting::property_names::keys)
          keys = split(std::string{one.value});
        else
          properties[std::string{one.name}] = one.value;
    }
  });
  EXPECT_TRUE(read.has_value());
  return out;
}

envelope<schema::OffsetAnswer> make_offset_answer(std::uint64_t min,
                                                  std::uint64_t max,
                                                  std::uint64_t at_time = 0) {
  return envelope<schema::OffsetAnswer>::build([&](auto out) {
    out.setMinOffset(min);
    out.setMaxOffset(max);
    out.setAtTime(at_time);
  });
}

} // namespace

envelope<schema::AppendReply>
fake_broker::store(const received_append& request) {
  auto& queue = queues[{request.topic, request.queue}];
  const auto first = queue.size();
  for (const auto& body : request.bodies)
    queue.push_back({body, store_time_ms});
  return envelope<schema::AppendReply>::build([&](auto out) {
    out.setFirstOffset(first);
    out.setCount(static_cast<std::uint32_t>(request.bodies.size()));
    out.setFirstPosition(first * 1000);
    out.setStoreTime(42);
  });
}

std::optional<envelope<schema::PullReply>>
fake_broker::read(const envelope<schema::PullRequest>& request) {
  std::vector<std::byte> records;
  std::uint64_t next = 0;
  std::uint64_t count = 0;
  std::uint64_t end = 0;
  (void)request.read([&](schema::PullRequest::Reader in) {
    const auto number = in.getQueue();
    auto& queue = queues[{in.getTopic().cStr(), number}];
    end = queue.size();
    next = in.getOffset();
    while (next < end && count < in.getCountMax()
           && (count == 0 || records.size() < in.getBytesMax())) {
      auto record =
        make_record(queue[next].body, number, next, queue[next].failures);
      if (damaged_offsets.contains(next))
        record[record_header_bytes + 20] ^= std::byte{1};
      records.insert(records.end(), record.begin(), record.end());
      ++next;
      ++count;
    }
  });
  if (count == 0)
    return {};
  if (std::exchange(corrupts_next_pull, false))
    records[record_header_bytes + 20] ^= std::byte{1};
  return envelope<schema::PullReply>::build([&](auto out) {
    out.setNextOffset(next);
    out.setMinOffset(min_offset);
    out.setMaxOffset(end);
    out.setCount(static_cast<std::uint32_t>(count));
    out.setRecords(
      {reinterpret_cast<const capnp::byte*>(records.data()), records.size()});
  });
}

void fake_broker::answer_waiting_pulls() {
  for (auto& pull : std::exchange(pulls, {})) {
    if (auto reply = read(pull.request))
      pull.promise.deliver(std::move(*reply));
    else
      pulls.push_back(std::move(pull));
  }
}

client_test::client_test() {
  auto* count = &connects;
  connector_ = sys.spawn([doors = doors_, count]() -> caf::behavior {
    return {
      [=](caf::connect_atom, const std::string& host, std::uint16_t port)
        -> caf::result<caf::node_id, caf::strong_actor_ptr,
                       std::set<std::string>> {
        ++*count;
        const auto found = doors->find(host + ":" + std::to_string(port));
        if (found == doors->end())
          return caf::sec::cannot_connect_to_node;
        return {caf::node_id{},
                caf::actor_cast<caf::strong_actor_ptr>(found->second),
                std::set<std::string>{}};
      },
    };
  });
  spawned_.push_back(connector_);
  auto nameserver = std::make_shared<fake_broker>();
  nameserver->service = spawn_nameserver();
  (*doors_)[nameserver_address] = spawn_door(nameserver);
}

client_test::~client_test() {
  for (auto& actor : spawned_)
    caf::anon_send_exit(actor, caf::exit_reason::kill);
  run();
  doors_->clear();
}

caf::actor client_test::spawn_nameserver() {
  auto actor = sys.spawn([routes = routes_, brokers = brokers_] {
    return caf::behavior{[=](const envelope<schema::RouteRequest>& request) {
      std::vector<route_entry> found;
      (void)request.read([&](schema::RouteRequest::Reader in) {
        if (in.getTopic().size() == 0)
          found = *brokers;
        else if (const auto at = routes->find(in.getTopic().cStr());
                 at != routes->end())
          found = at->second;
      });
      return envelope<schema::RouteReply>::build([&](auto out) {
        auto list = out.initRoutes(static_cast<unsigned>(found.size()));
        for (unsigned i = 0; i < list.size(); ++i) {
          auto broker = list[i].initBroker();
          broker.setName(found[i].name);
          broker.setNativeAddress(found[i].address);
          auto queues = list[i].initQueues();
          queues.setWrite(found[i].queues);
          queues.setRead(found[i].queues);
          queues.setPermission(found[i].permission);
        }
      });
    }};
  });
  spawned_.push_back(actor);
  return actor;
}

caf::actor client_test::spawn_door(std::shared_ptr<fake_broker> broker) {
  auto actor = sys.spawn([broker] {
    return caf::behavior{
      [=](const envelope<schema::Hello>& hello)
        -> caf::result<envelope<schema::Welcome>, caf::strong_actor_ptr> {
        std::string service;
        (void)hello.read(
          [&](schema::Hello::Reader in) { service = in.getService().cStr(); });
        const auto& handle =
          service == "groups" ? broker->groups : broker->service;
        if (!handle)
          return make_error(errc::unknown_service, "no " + service);
        return {envelope<schema::Welcome>{},
                caf::actor_cast<caf::strong_actor_ptr>(handle)};
      }};
  });
  spawned_.push_back(actor);
  return actor;
}

caf::actor
client_test::spawn_broker_service(std::shared_ptr<fake_broker> broker) {
  auto actor = sys.spawn([broker](caf::event_based_actor* service) {
    return caf::behavior{
      [=](const envelope<schema::AppendRequest>& request)
        -> caf::result<envelope<schema::AppendReply>> {
        auto append = read_append(request);
        broker->appends.push_back(append);
        if (broker->messages_per_request_max > 0
            && append.bodies.size() > broker->messages_per_request_max)
          return make_error(errc::malformed, "one of them is broken");
        if (!broker->refusals.empty()) {
          const auto why = broker->refusals.front();
          broker->refusals.pop_front();
          return make_error(why);
        }
        if (!broker->holds)
          return broker->store(append);
        broker->held.push_back(
          {std::move(append), service->make_response_promise()});
        return caf::delegated<envelope<schema::AppendReply>>{};
      },
      [=](const envelope<schema::PullRequest>& request)
        -> caf::result<envelope<schema::PullReply>> {
        std::uint64_t offset = 0;
        std::uint64_t end = 0;
        bool has_damage = false;
        (void)request.read([&](schema::PullRequest::Reader in) {
          offset = in.getOffset();
          end = broker->queues[{in.getTopic().cStr(), in.getQueue()}].size();
          const auto first = broker->damaged_offsets.lower_bound(offset);
          has_damage = first != broker->damaged_offsets.end()
                       && *first < std::min(end, offset + in.getCountMax());
        });
        broker->pulled_offsets.push_back(offset);
        if (offset < broker->min_offset || offset > end)
          return make_error(errc::offset_out_of_range, "no such offset");
        if (has_damage && broker->refuses_damaged)
          return make_error(errc::corrupt, "the log is damaged");
        if (auto reply = broker->read(request))
          return std::move(*reply);
        broker->pulls.push_back({request, service->make_response_promise()});
        return caf::delegated<envelope<schema::PullReply>>{};
      },
      [=](const envelope<schema::OffsetQuery>& query)
        -> caf::result<envelope<schema::OffsetAnswer>> {
        std::uint64_t end = 0;
        std::uint64_t at_time = 0;
        (void)query.read([&](schema::OffsetQuery::Reader in) {
          const auto& queue =
            broker->queues[{in.getTopic().cStr(), in.getQueue()}];
          end = queue.size();
          while (at_time < end
                 && queue[at_time].store_time_ms < in.getStoreTimeMs())
            ++at_time;
        });
        if (!broker->holds_offsets)
          return make_offset_answer(broker->min_offset, end, at_time);
        broker->held_offsets.push_back(service->make_response_promise());
        return caf::delegated<envelope<schema::OffsetAnswer>>{};
      },
      [=](answer_offsets_atom, std::uint64_t min, std::uint64_t max) {
        for (auto& promise : std::exchange(broker->held_offsets, {}))
          promise.deliver(make_offset_answer(min, max));
      },
      [=](answer_one_atom) {
        auto first = std::move(broker->held.front());
        broker->held.pop_front();
        first.promise.deliver(broker->store(first.request));
      },
      [=](answer_pulls_atom) { broker->answer_waiting_pulls(); },
    };
  });
  spawned_.push_back(actor);
  return actor;
}

std::shared_ptr<fake_broker>
client_test::add_broker(const std::string& name, const std::string& address) {
  auto broker = std::make_shared<fake_broker>();
  broker->name = name;
  broker->address = address;
  groups[broker.get()] = std::make_shared<fake_groups>();
  revive(broker);
  return broker;
}

void client_test::revive(const std::shared_ptr<fake_broker>& broker) {
  broker->service = spawn_broker_service(broker);
  broker->groups = spawn_group_service(groups[broker.get()]);
  if (!broker->door)
    broker->door = spawn_door(broker);
  (*doors_)[broker->address] = broker->door;
  brokers_->push_back({broker->name, broker->address, 0, 6});
}

void client_test::kill(fake_broker& broker) {
  caf::anon_send_exit(broker.service, caf::exit_reason::kill);
  caf::anon_send_exit(broker.groups, caf::exit_reason::kill);
  broker.service = nullptr;
  broker.groups = nullptr;
  broker.held.clear();
  broker.held_offsets.clear();
  broker.pulls.clear();
  doors_->erase(broker.address);
  std::erase_if(*brokers_,
                [&](const auto& b) { return b.address == broker.address; });
  run();
}

void client_test::route(const std::string& topic, const fake_broker& broker,
                        std::uint32_t queues, std::uint8_t permission) {
  (*routes_)[topic].push_back(
    {broker.name, broker.address, queues, permission});
}

void client_test::assign(const fake_broker& broker, std::uint64_t generation,
                         const std::string& topic,
                         const std::map<std::uint32_t, std::uint64_t>& queues) {
  const auto& join = groups.at(&broker)->joins.back();
  auto assignment = envelope<schema::Assignment>::build([&](auto out) {
    out.setGroup(join.group);
    out.setGeneration(generation);
    auto list = out.initQueues(static_cast<unsigned>(queues.size()));
    unsigned i = 0;
    for (const auto& [number, offset] : queues) {
      list[i].initQueue().setTopic(topic);
      list[i].getQueue().setQueue(number);
      list[i++].setOffset(offset);
    }
  });
  caf::anon_send(join.member, std::move(assignment));
  run();
}

void client_test::store(fake_broker& broker, const std::string& topic,
                        std::uint32_t queue,
                        const std::vector<std::string>& bodies,
                        const earlier_failures& failures) {
  for (const auto& body : bodies)
    broker.queues[{topic, queue}].push_back(
      {body, broker.store_time_ms, failures});
  caf::anon_send(broker.service, answer_pulls_atom::value);
  run();
}

void client_test::answer_offsets(fake_broker& broker, std::uint64_t min,
                                 std::uint64_t max) {
  caf::anon_send(broker.service, answer_offsets_atom::value, min, max);
  run();
}

void client_test::answer_one(fake_broker& broker) {
  caf::anon_send(broker.service, answer_one_atom::value);
  run();
}

} // namespace apogee::client
