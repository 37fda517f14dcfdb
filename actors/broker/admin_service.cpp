#include "actors/broker/admin_service.hpp"

#include "actors/answer.hpp"
#include "messages/names.hpp"

#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace apogee::broker {

namespace {

constexpr std::chrono::seconds peer_timeout{30};

using topic_list = envelope<schema::TopicList>;

std::uint64_t resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void fill_port(const core::gateway_counters& counts,
               schema::PortState::Builder out) {
  std::vector<std::pair<std::string, std::uint64_t>> named;
  counts.each([&](const char* name, std::uint64_t value) {
    named.emplace_back(name, value);
  });
  const auto fill = [](auto list, const auto& from, auto name_of) {
    unsigned i = 0;
    for (const auto& [key, value] : from) {
      list[i].setName(name_of(key));
      list[i++].setValue(value);
    }
  };
  fill(out.initCounters(static_cast<unsigned>(named.size())), named,
       [](const std::string& name) { return name; });
  const auto codes = counts.unserved.all();
  fill(out.initUnservedCodes(static_cast<unsigned>(codes.size())), codes,
       [](std::int32_t code) {
         return code == core::code_counts::other ? std::string{"other"}
                                                 : std::to_string(code);
       });
}

envelope<schema::StatusReply> make_status(const context& shared,
                                          std::int64_t started_ms,
                                          std::uint32_t topics,
                                          std::uint32_t groups) {
  const auto& counts = *shared.counts;
  return envelope<schema::StatusReply>::build([&](auto b) {
    b.setNode(shared.settings.node.name);
    b.setVersion(shared.program_version);
    b.setPid(static_cast<std::uint32_t>(getpid()));
    b.setUptimeMs(
      static_cast<std::uint64_t>(shared.wall_clock_ms() - started_ms));
    b.setTopics(topics);
    b.setGroups(groups);
    b.setQueuesActive(counts.queues_active);
    b.setEpoch(counts.epoch);
    b.setLogStart(counts.log_start);
    b.setWritten(counts.written);
    b.setFlushed(counts.flushed);
    b.setApplied(shared.views->applied().value);
    b.setMessagesAppended(counts.messages_appended);
    b.setMessagesPulled(counts.messages_pulled);
    b.setResidentBytes(resident_bytes());
    b.setInFlightBytes(shared.budget->used_bytes());
    b.setRefusedBusy(counts.refused_busy);
    b.setRefusedMalformed(counts.refused_malformed);
    b.setDiskFreeBytes(counts.disk_free_bytes);
    auto ports = b.initPorts(static_cast<unsigned>(shared.ports.size()));
    unsigned i = 0;
    for (const auto& [name, port] : shared.ports) {
      ports[i].setName(name);
      fill_port(*port, ports[i++]);
    }
  });
}

/// One topic's answer while its queues are being asked.
struct topic_inquiry {
  struct ends {
    std::uint64_t min_offset = 0;
    std::uint64_t max_offset = 0;
  };

  topic_list base;
  std::vector<ends> queues;
  std::size_t missing = 0;
  answer reply;

  void finish() {
    const auto filled = base.read([&](schema::TopicList::Reader r) {
      return topic_list::build(
        [&](schema::TopicList::Builder b) {
          b.setTopics(r.getTopics());
          auto list =
            b.getTopics()[0].initOffsets(static_cast<unsigned>(queues.size()));
          for (unsigned i = 0; i < list.size(); ++i) {
            list[i].setQueue(i);
            list[i].setMinOffset(queues[i].min_offset);
            list[i].setMaxOffset(queues[i].max_offset);
          }
        },
        64 + queues.size() * 4);
    });
    if (filled)
      reply.give(*filled);
    else
      reply.refuse(filled.error());
  }
};

void ask_queue(caf::event_based_actor* self,
               const broker_service_actor& dispatcher, const std::string& topic,
               std::uint32_t queue, std::shared_ptr<topic_inquiry> inquiry) {
  const auto query = envelope<schema::OffsetQuery>::build([&](auto b) {
    b.setTopic(topic);
    b.setQueue(queue);
  });
  self->request(dispatcher, peer_timeout, query)
    .then(
      [inquiry, queue](const envelope<schema::OffsetAnswer>& ends) {
        const auto read = ends.read([&](schema::OffsetAnswer::Reader r) {
          inquiry->queues[queue] = {r.getMinOffset(), r.getMaxOffset()};
        });
        if (!read)
          inquiry->reply.refuse(read.error());
        if (--inquiry->missing == 0)
          inquiry->finish();
      },
      [inquiry](const caf::error& error) {
        inquiry->reply.refuse(to_failure(error));
      });
}

void show_topic(caf::event_based_actor* self, const admin_peers& peers,
                const topic_list& base, answer reply) {
  const auto dispatcher = peers.dispatcher();
  if (!dispatcher) {
    reply.refuse(dispatcher.error());
    return;
  }
  auto inquiry = std::make_shared<topic_inquiry>();
  inquiry->base = base;
  inquiry->reply = std::move(reply);
  const auto name = base.read([&](schema::TopicList::Reader r) {
    const auto topic = r.getTopics()[0];
    inquiry->queues.resize(topic.getQueues());
    return std::string{topic.getName()};
  });
  if (!name) {
    inquiry->reply.refuse(name.error());
    return;
  }
  inquiry->missing = inquiry->queues.size();
  for (std::uint32_t queue = 0; queue < inquiry->queues.size(); ++queue)
    ask_queue(self, *dispatcher, *name, queue, inquiry);
}

} // namespace

caf::behavior admin_service(caf::event_based_actor* self, context_ptr shared,
                            admin_peers peers) {
  const auto started_ms = shared->wall_clock_ms();
  // Topic changes are the catalog's, which answers the asker itself.
  const auto pass_on = [self, peers](const auto& request) {
    answer reply{self->make_response_promise()};
    if (const auto catalog = peers.topic_catalog())
      reply.delegate(*catalog, request);
    else
      reply.refuse(catalog.error());
  };
  return {
    [self, pass_on](const envelope<schema::TopicCreate>& request) {
      const auto is_closed = request.read([](schema::TopicCreate::Reader r) {
        return is_closed_topic(r.getName().cStr());
      });
      if (is_closed && *is_closed)
        answer{self->make_response_promise()}.refuse(
          {errc::permission_denied,
           "topics of this name are the broker's own: only it creates them"});
      else
        pass_on(request);
    },
    [pass_on](const envelope<schema::TopicUpdate>& r) { pass_on(r); },
    [pass_on](const envelope<schema::TopicDelete>& r) { pass_on(r); },
    [self, peers, pass_on](const envelope<schema::TopicQuery>& query) {
      const auto is_one = query.read(
        [](schema::TopicQuery::Reader r) { return r.getName().size() > 0; });
      const auto catalog = peers.topic_catalog();
      if (!is_one || !*is_one || !catalog) {
        pass_on(query);
        return;
      }
      auto reply = std::make_shared<answer>(self->make_response_promise());
      self->request(*catalog, peer_timeout, query)
        .then(
          [self, peers, reply](const topic_list& base) {
            show_topic(self, peers, base, std::move(*reply));
          },
          [reply](const caf::error& error) {
            reply->refuse(to_failure(error));
          });
    },
    [self, shared, peers, started_ms](const envelope<schema::StatusRequest>&) {
      auto reply = std::make_shared<answer>(self->make_response_promise());
      const auto catalog = peers.topic_catalog();
      const auto tell = [=](std::uint32_t topics) {
        reply->give(
          make_status(*shared, started_ms, topics, peers.group_count()));
      };
      if (!catalog) {
        tell(0);
        return;
      }
      self->request(*catalog, peer_timeout, envelope<schema::TopicQuery>{})
        .then(
          [tell](const topic_list& all) {
            const auto count = all.read(
              [](schema::TopicList::Reader r) { return r.getTopics().size(); });
            tell(count ? *count : 0);
          },
          [tell](const caf::error&) { tell(0); });
    },
  };
}

} // namespace apogee::broker
