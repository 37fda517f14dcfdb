#include "tests/actors/naming/naming_test.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <memory>

namespace apogee::naming {

using namespace std::chrono_literals;

/// The world outside of a registrar: nodes by address with a door and a
/// nameserver behind it, and a catalog of topics.
struct neighbourhood {
  std::map<std::string, nameserver_actor> nameservers; // null: no such node
  std::vector<topic_info> topics;
  std::vector<caf::actor> subscribers;
  int connects = 0;
};

using neighbourhood_ptr = std::shared_ptr<neighbourhood>;

node_door_actor::behavior_type door(neighbourhood_ptr world,
                                    std::string address) {
  return {[world, address](const envelope<schema::Hello>& hello)
            -> caf::result<envelope<schema::Welcome>, caf::strong_actor_ptr> {
    const auto service =
      hello.read([](auto in) -> std::string { return in.getService(); });
    if (!service || *service != "nameserver")
      return make_error(errc::unknown_service, "no such service");
    return {envelope<schema::Welcome>{}, caf::actor_cast<caf::strong_actor_ptr>(
                                           world->nameservers[address])};
  }};
}

connector_actor::behavior_type connector(connector_actor::pointer self,
                                         neighbourhood_ptr world) {
  return {[self, world](caf::connect_atom, const std::string& host,
                        std::uint16_t port)
            -> caf::result<caf::node_id, caf::strong_actor_ptr,
                           std::set<std::string>> {
    const auto address = host + ":" + std::to_string(port);
    ++world->connects;
    if (!world->nameservers[address])
      return caf::make_error(caf::sec::cannot_connect_to_node);
    const auto found = self->spawn(door, world, address);
    return {self->node(), caf::actor_cast<caf::strong_actor_ptr>(found),
            std::set<std::string>{}};
  }};
}

topic_catalog_actor::behavior_type catalog(neighbourhood_ptr world) {
  return {[world](caf::subscribe_atom, const caf::actor& subscriber) {
    world->subscribers.push_back(subscriber);
    return world->topics;
  }};
}

class Registrar : public naming_test {
protected:
  static constexpr auto interval = 3s;

  static topic_info topic(const std::string& name, bool deleted = false) {
    topic_info info;
    info.name = name;
    info.queues = info.write_queues = info.read_queues = 4;
    info.deleted = deleted;
    return info;
  }

  void start(std::vector<nameserver_place> places) {
    registrar_options options;
    options.broker.key = {"c", "a", 0};
    options.broker.incarnation = 1;
    options.register_interval = interval;
    options.nameservers = std::move(places);
    options.connector = start_actor(connector, world);
    options.note = [this](const std::string& text) { notes.push_back(text); };
    options.topics = [this]() -> result<topic_catalog_actor> {
      if (!topics)
        return {errc::restarting, ""};
      return topics;
    };
    broker = start_actor(registrar, options);
    run();
  }

  void change(std::vector<topic_info> changed) {
    for (const auto& subscriber : world->subscribers)
      caf::anon_send(subscriber, changed);
  }

  void change_now(std::vector<topic_info> changed) {
    change(std::move(changed));
    run();
  }

  neighbourhood_ptr world = std::make_shared<neighbourhood>();
  topic_catalog_actor topics = start_actor(catalog, world);
  registrar_actor broker;
  std::vector<std::string> notes;
};

TEST_F(Registrar, TellsEveryNameserverEverything) {
  world->topics = {topic("t"), topic("u")};
  world->nameservers = {{"x:1", start_nameserver()},
                        {"y:2", start_nameserver()}};
  start({"x:1", "y:2"});
  EXPECT_EQ(routes(world->nameservers["x:1"], "t"), "a/4 ");
  EXPECT_EQ(routes(world->nameservers["y:2"], "u"), "a/4 ");
}

TEST_F(Registrar, MakesANewTopicRoutableAtOnce) {
  world->nameservers["x:1"] = start_nameserver();
  start({"x:1"});
  change_now({topic("t")});
  EXPECT_EQ(routes(world->nameservers["x:1"], "t"), "a/4 ");
  change_now({topic("t", true)});
  EXPECT_EQ(routes(world->nameservers["x:1"], "t"), "");
}

TEST_F(Registrar, ANameserverThatIsDownHarmsNoOther) {
  world->topics = {topic("t")};
  world->nameservers["y:2"] = start_nameserver();
  start({"x:1", "y:2"});
  EXPECT_EQ(routes(world->nameservers["y:2"], "t"), "a/4 ");
  world->nameservers["x:1"] = start_nameserver();
  advance(interval);
  EXPECT_EQ(routes(world->nameservers["x:1"], "t"), "a/4 ");
}

TEST_F(Registrar, KnocksLessAndLessOftenWhereNobodyAnswers) {
  start({"x:1"});
  for (int i = 0; i < 600; ++i)
    advance(100ms);
  // 50 ms, doubled up to the interval of 3 s, for a minute.
  EXPECT_GE(world->connects, 20);
  EXPECT_LE(world->connects, 30);
}

TEST_F(Registrar, NotesWhenANameserverIsReachedOrLostAndNotEachAttempt) {
  start({"x:1"});
  for (int i = 0; i < 10; ++i)
    advance(interval);
  world->nameservers["x:1"] = start_nameserver();
  for (int i = 0; i < 10; ++i)
    advance(interval);
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_EQ(notes[0], "nameserver x:1 is not told about this broker: "
                      "unreachable: cannot_connect_to_node; trying again");
  EXPECT_EQ(notes[1], "nameserver x:1 is told about this broker");
}

TEST_F(Registrar, TellsARestartedNameserverEverything) {
  world->topics = {topic("t")};
  world->nameservers["x:1"] = start_nameserver();
  start({"x:1"});
  change_now({topic("u")});
  stop(world->nameservers["x:1"]);
  world->nameservers["x:1"] = start_nameserver();
  run();
  advance(reconnect_wait_first);
  EXPECT_EQ(routes(world->nameservers["x:1"], "t"), "a/4 ");
  EXPECT_EQ(routes(world->nameservers["x:1"], "u"), "a/4 ");
}

TEST_F(Registrar, UsesANameserverOfTheSameProcess) {
  world->topics = {topic("t")};
  nameserver_actor local;
  handle_provider<nameserver_actor> place =
    [&local]() -> result<nameserver_actor> {
    if (!local)
      return {errc::restarting, "not there yet"};
    return local;
  };
  start({place});
  local = start_nameserver();
  advance(reconnect_wait_first);
  EXPECT_EQ(routes(local, "t"), "a/4 ");
  EXPECT_EQ(world->connects, 0);
}

TEST_F(Registrar, KeepsItsRoutesAliveByHeartbeats) {
  world->topics = {topic("t")};
  world->nameservers["x:1"] = start_nameserver();
  start({"x:1"});
  for (int i = 0; i < 60; ++i)
    advance(1s);
  EXPECT_EQ(routes(world->nameservers["x:1"], "t"), "a/4 ");
}

TEST_F(Registrar, ItsRoutesGoWithIt) {
  world->topics = {topic("t")};
  world->nameservers["x:1"] = start_nameserver();
  start({"x:1"});
  caf::anon_send_exit(broker, caf::exit_reason::kill);
  run();
  EXPECT_EQ(routes(world->nameservers["x:1"], "t"), "");
}

TEST_F(Registrar, TellsTenThousandNewTopicsInFewReports) {
  auto reports = std::make_shared<std::vector<unsigned>>();
  world->nameservers["x:1"] =
    start_actor([reports]() -> nameserver_actor::behavior_type {
      return {[reports](const envelope<schema::RegisterRequest>& request,
                        const caf::actor&) {
                const auto changed =
                  request.read([](auto in) { return in.getChanged().size(); });
                reports->push_back(*changed);
                return envelope<schema::RegisterReply>{};
              },
              [](const envelope<schema::RouteRequest>&) {
                return envelope<schema::RouteReply>{};
              }};
    });
  start({"x:1"});
  reports->clear();
  for (int i = 0; i < 10'000; ++i)
    change({topic("t" + std::to_string(i))});
  run();
  unsigned told = 0;
  for (const auto changed : *reports)
    told += changed;
  EXPECT_EQ(told, 10'000u);
  EXPECT_LE(reports->size(), 3u);
}

TEST_F(Registrar, SubscribesAgainWhenTheCatalogIsRestarted) {
  world->topics = {topic("t"), topic("u")};
  world->nameservers["x:1"] = start_nameserver();
  start({"x:1"});
  const auto before = topics;
  topics = nullptr;
  world->topics = {topic("u"), topic("v")};
  caf::anon_send_exit(before, caf::exit_reason::kill);
  run();
  topics = start_actor(catalog, world);
  advance(reconnect_wait_first);
  EXPECT_EQ(routes(world->nameservers["x:1"], "t"), "");
  EXPECT_EQ(routes(world->nameservers["x:1"], "v"), "a/4 ");
}

} // namespace apogee::naming
