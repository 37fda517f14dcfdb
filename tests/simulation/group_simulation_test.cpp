#include "actors/core/group_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

/// Random lives of a consumer group: members join, leave, die, come back and
/// fall silent; everything that is sent arrives late; the broker's answers are
/// late or missing; the coordinator is restarted. The decisions are the real
/// ones (core::group_state), the members are modelled as far as they matter:
/// what they believe to own, and how far they have read.
/// A failure prints its seed; APOGEE_SEED=N repeats it.
namespace apogee::core {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using instant = group_state::instant;

struct plan {
  std::uint64_t seed = 0;
  /// Nobody is given up, and the coordinator does not crash: then no queue may
  /// ever have two members.
  bool is_patient = true;
};

class world {
public:
  explicit world(plan p)
    : plan_(p), random_(p.seed), timing_{p.is_patient ? 1'000'000s : 3s,
                                         p.is_patient ? 1'000'000s : 2s} {
    topics_ = {topic("t", 1, 1 + pick(12)), topic("u", 2, 1 + pick(5))};
    for (const auto& info : topics_)
      for (std::uint32_t i = 0; i < info.queues; ++i)
        queues_[{info.id, i}].length = pick(100);
    start_coordinator();
  }

  void live() {
    for (int step = 0; step < 300; ++step) {
      disturb();
      pass(milliseconds{1 + pick(300)});
    }
    calm_ = true;
    // Longer than every time-out of the impatient plan.
    for (int step = 0; step < 300; ++step)
      pass(100ms);
    check_settled();
  }

private:
  struct member {
    std::string id;
    std::vector<std::string> topics;
    bool alive = true;
    bool silent = false; // it works on, and nothing of it arrives
    bool joined = false;
    std::uint64_t generation = 0;
    std::map<queue_id, std::uint64_t> held; // and where it reads next
    instant last_arrival{};                 // what it sends stays in order
    instant last_delivery{};
    instant next_report{};
  };

  struct queue {
    std::uint64_t length = 0;
    std::uint64_t read = 0; // all before was read by somebody
    bool started = false;
    std::optional<std::uint64_t> recorded; // what the log says
  };

  static topic_info topic(const std::string& name, std::uint32_t id,
                          std::uint32_t queues) {
    topic_info out;
    out.id = {id};
    out.name = name;
    out.queues = out.write_queues = out.read_queues = queues;
    return out;
  }

  std::uint32_t pick(std::uint32_t bound) {
    return static_cast<std::uint32_t>(random_() % bound);
  }

  bool chance(std::uint32_t percent) { return pick(100) < percent; }

  std::string name_of(queue_id id) const {
    return topics_[id.topic.value - 1].name;
  }

  void at(instant when, std::function<void()> what) {
    events_.emplace(when, std::move(what));
  }

  /// Runs what is due until `time` has passed.
  void pass(milliseconds time) {
    const auto end = now_ + time;
    while (!events_.empty() && events_.begin()->first <= end) {
      auto event = events_.extract(events_.begin());
      now_ = std::max(now_, event.key());
      event.mapped()();
    }
    now_ = end;
    take(group_->tick(now_));
    record();
    for (auto& [id, m] : members_)
      work(m);
    check_exclusive();
  }

  // -- the coordinator's side ------------------------------------------------

  void start_coordinator() {
    std::vector<queue_commit> offsets;
    for (const auto& [id, q] : queues_)
      if (q.recorded)
        offsets.emplace_back(id, queue_offset{*q.recorded});
    offsets_ = std::make_shared<committed_offsets>(offsets);
    group_.emplace(timing_, ++life_ * 1'000'000, offsets_,
                   group_locks{std::make_shared<queue_locks>(), "g"});
    take(group_->topics_listed(topics_, now_));
  }

  void take(group_effects effects) {
    for (auto& x : effects.assignments) {
      auto& m = members_.at(x.member);
      m.last_delivery =
        std::max(m.last_delivery, now_) + milliseconds{pick(400)};
      at(m.last_delivery, [this, x] { receive(members_.at(x.member), x); });
    }
    for (const auto& question : effects.questions)
      at(now_ + milliseconds{pick(50)},
         [this, question, life = life_] { answer(question, life); });
    if (effects.commit_now)
      record();
    if (effects.list_topics)
      take(group_->topics_listed(topics_, now_));
  }

  void answer(const group_effects::question& question, std::uint64_t life) {
    if (life != life_)
      return;
    if (!calm_ && chance(20))
      return take(group_->ends_failed(question.queue, now_));
    const auto length = queues_.at(question.queue).length;
    take(group_->ends_answered(question.queue, {{0}, {length}, {length / 2}},
                               now_));
  }

  void record() {
    if (!calm_ && chance(20))
      return;
    const auto commits = offsets_->dirty();
    offsets_->recorded(commits);
    for (const auto& [id, offset] : commits) {
      auto& q = queues_.at(id);
      ASSERT_LE(q.recorded, offset.value) << "offsets go back";
      ASSERT_LE(offset.value, q.length) << "offsets run ahead of the log";
      q.recorded = offset.value;
    }
  }

  // -- the members' side -----------------------------------------------------

  void send(member& m, std::function<void()> what) {
    m.last_arrival = std::max(m.last_arrival, now_) + milliseconds{pick(300)};
    if (!m.silent)
      at(m.last_arrival, std::move(what));
  }

  void join(member& m) {
    m.joined = true;
    m.next_report = now_ + 500ms;
    send(m, [this, id = m.id] {
      auto& who = members_.at(id);
      if (!who.alive)
        return;
      group_member joining;
      joining.id = id;
      joining.topics = who.topics;
      joining.start.from = schema::StartFrom::EARLIEST;
      auto effects = group_->join(joining, now_);
      ASSERT_TRUE(effects);
      take(*effects);
    });
  }

  void report(member& m, bool leaving) {
    m.next_report = now_ + 500ms;
    member_report out{m.id, m.generation, {}, leaving};
    for (const auto& [id, position] : m.held)
      out.offsets.push_back({name_of(id), id.number, {position}});
    for (const auto& [id, position] : released_[m.id])
      out.offsets.push_back({name_of(id), id.number, {position}});
    released_[m.id].clear();
    send(m, [this, out] {
      auto outcome = group_->report(out, now_);
      if (outcome)
        take(outcome->effects);
      else if (auto& who = members_.at(out.member); who.alive && who.joined) {
        who.held.clear();
        who.generation = 0;
        join(who);
      }
    });
  }

  void receive(member& m, const group_effects::assignment& x) {
    if (!m.alive || m.silent || !m.joined || x.generation <= m.generation)
      return;
    std::map<queue_id, std::uint64_t> next;
    for (const auto& given : x.queues) {
      const queue_id id{{given.topic == "t" ? 1u : 2u}, given.queue};
      const auto kept = m.held.find(id);
      auto& q = queues_.at(id);
      if (kept == m.held.end()) {
        ASSERT_TRUE(!q.started || given.offset.value <= q.read)
          << "messages are skipped in queue " << id.number;
        if (!q.started)
          q.read = given.offset.value;
        q.started = true;
      }
      next[id] = kept != m.held.end() ? kept->second : given.offset.value;
    }
    for (const auto& [id, position] : m.held)
      if (!next.contains(id))
        released_[m.id][id] = position;
    m.held = next;
    m.generation = x.generation;
    report(m, false);
  }

  void work(member& m) {
    if (!m.alive || !m.joined)
      return;
    for (auto& [id, position] : m.held) {
      auto& q = queues_.at(id);
      position = std::min(q.length, position + pick(5));
      q.read = std::max(q.read, position);
    }
    if (now_ >= m.next_report)
      report(m, false);
  }

  // -- what happens to them --------------------------------------------------

  void disturb() {
    for (auto& [id, q] : queues_)
      q.length += pick(4);
    const auto dice = pick(100);
    if (dice < 12)
      add_member();
    else if (dice < 17)
      with_member([&](member& m) { leave(m); });
    else if (dice < 22)
      with_member([&](member& m) { die(m); });
    else if (dice < 27)
      with_member([&](member& m) { join(m); });
    else if (dice < 33 && !plan_.is_patient)
      with_member([&](member& m) { m.silent = !m.silent; });
    else if (dice < 35 && !plan_.is_patient)
      start_coordinator();
    else if (dice < 38)
      with_member([&](member& m) {
        // A join that gets no answer would be sent again; here it just waits.
        if (m.silent)
          return;
        m.topics = {chance(50) ? "t" : "u"};
        join(m);
      });
  }

  void with_member(const std::function<void(member&)>& what) {
    std::vector<member*> candidates;
    for (auto& [id, m] : members_)
      if (m.alive && m.joined)
        candidates.push_back(&m);
    if (!candidates.empty())
      what(*candidates[pick(static_cast<std::uint32_t>(candidates.size()))]);
  }

  void add_member() {
    if (members_.size() >= 40)
      return;
    const auto id = "m" + std::to_string(members_.size() * 7 % 40);
    auto& m = members_[id];
    if (!m.id.empty())
      return;
    m.id = id;
    m.topics = chance(80) ? std::vector<std::string>{"t", "u"}
                          : std::vector<std::string>{"t"};
    join(m);
  }

  void leave(member& m) {
    report(m, true);
    m.joined = m.alive = false;
    m.held.clear();
  }

  void die(member& m) {
    m.alive = m.joined = false;
    m.held.clear();
    // Its connection closes behind everything that was sent through it.
    m.last_arrival = std::max(m.last_arrival, now_) + milliseconds{pick(2000)};
    at(m.last_arrival, [this, id = m.id] { take(group_->remove(id, now_)); });
  }

  // -- what must hold --------------------------------------------------------

  void check_exclusive() {
    if (!plan_.is_patient)
      return;
    std::map<queue_id, std::string> owners;
    for (const auto& [id, m] : members_)
      for (const auto& [q, position] : m.held) {
        const auto [place, is_new] = owners.emplace(q, id);
        ASSERT_TRUE(is_new)
          << "queue " << q.number << " of topic " << q.topic.value
          << " belongs to " << place->second << " and " << id;
      }
  }

  void check_settled() {
    for (const auto& info : topics_) {
      std::map<std::string, int> shares;
      for (const auto& [id, m] : members_)
        if (m.alive && !m.silent
            && std::count(m.topics.begin(), m.topics.end(), info.name) > 0)
          shares[id] = 0;
      if (shares.empty())
        continue;
      for (std::uint32_t i = 0; i < info.queues; ++i) {
        std::vector<std::string> owners;
        for (const auto& [id, m] : members_)
          if (m.alive && !m.silent && m.held.contains({info.id, i}))
            owners.push_back(id);
        ASSERT_EQ(owners.size(), 1u) << "queue " << i << " of " << info.name;
        ++shares[owners[0]];
      }
      const auto [low, high] = std::minmax_element(
        shares.begin(), shares.end(),
        [](const auto& a, const auto& b) { return a.second < b.second; });
      EXPECT_LE(high->second - low->second, 1);
    }
    for (const auto& [id, q] : queues_)
      EXPECT_TRUE(!q.started || q.recorded <= q.read);
  }

  plan plan_;
  std::mt19937_64 random_;
  group_timing timing_;
  instant now_{};
  bool calm_ = false;
  std::uint64_t life_ = 0;
  std::vector<topic_info> topics_;
  std::map<queue_id, queue> queues_;
  std::map<std::string, member> members_;
  /// What a member has let go of and not yet reported.
  std::map<std::string, std::map<queue_id, std::uint64_t>> released_;
  std::shared_ptr<committed_offsets> offsets_;
  std::optional<group_state> group_;
  std::multimap<instant, std::function<void()>> events_;
};

void run(bool is_patient) {
  const auto* wanted = std::getenv("APOGEE_SEED");
  const auto first =
    wanted ? std::strtoull(wanted, nullptr, 10) : std::random_device{}();
  const int lives = wanted ? 1 : 200;
  for (int i = 0; i < lives; ++i) {
    const auto seed = first + static_cast<std::uint64_t>(i);
    SCOPED_TRACE("APOGEE_SEED=" + std::to_string(seed));
    world{{seed, is_patient}}.live();
    if (testing::Test::HasFatalFailure())
      return;
  }
  std::cout << "seeds " << first << " and the next " << lives - 1 << '\n';
}

} // namespace

TEST(GroupSimulation, NoQueueEverHasTwoMembersWhoLetGoWhenTold) {
  run(true);
}

TEST(GroupSimulation, EveryQueueFindsOneMemberWhateverHappens) {
  run(false);
}

} // namespace apogee::core
