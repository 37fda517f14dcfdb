#pragma once

#include "actors/core/committed_offsets.hpp"
#include "actors/core/group_members.hpp"
#include "actors/core/queue_locks.hpp"
#include "messages/errors.hpp"
#include "messages/group.capnp.h"
#include "messages/ids.hpp"
#include "messages/topic_info.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace apogee::core {

struct group_timing {
  std::chrono::milliseconds heartbeat_interval{3'000};
  std::chrono::milliseconds release_timeout{5'000};
};

/// Where a group starts in a queue that it has no offset for.
struct start_policy {
  schema::StartFrom from = schema::StartFrom::LATEST;
  std::int64_t time_ms = 0;
};

struct group_member {
  std::string id;
  std::vector<std::string> topics;
  start_policy start;
  bool ordered = false;
};

struct reported_offset {
  std::string topic;
  std::uint32_t queue = 0;
  queue_offset offset;
};

struct member_report {
  std::string member;
  std::uint64_t generation = 0; ///< the newest assignment it has taken over
  std::vector<reported_offset> offsets;
  bool leaving = false;
};

struct queue_ends {
  queue_offset min;
  queue_offset max;
  queue_offset at_time;
};

/// What a group_state wants done; every input returns one.
struct group_effects {
  struct assigned_queue {
    std::string topic;
    std::uint32_t queue = 0;
    queue_offset offset;
  };

  /// To be sent to the member: all queues that it may use.
  struct assignment {
    std::string member;
    std::uint64_t generation = 0;
    std::vector<assigned_queue> queues;
  };

  /// To be asked of the broker; answered by ends_answered or ends_failed.
  struct question {
    queue_id queue;
    std::string topic;
    std::int64_t time_ms = -1; ///< -1: only the ends
  };

  std::vector<assignment> assignments;
  std::vector<question> questions;
  std::vector<std::string> dead; ///< members that were silent for too long
  bool list_topics = false;      ///< topics_listed is wanted
  /// Native members came or went, or gave queues back that RocketMQ members
  /// wait for.
  bool tell_rocketmq = false;
  bool commit_now = false; ///< the offsets are to be recorded at once
};

/// One consumer group on one broker: who owns which queue, and how far the
/// group has come.
///
/// Problem: a queue must not be read by two members at once, although members
/// join, leave and die at any time and learn of it late. Idea: each change is a
/// new generation, and a queue changes hands in two steps. First its owner gets
/// an assignment without it; when the owner has reported that generation (and
/// with it, where it stopped), left or died, or after release_timeout, the next
/// owner gets an assignment with it. A reset is the same with one member in
/// both parts, so that nothing reported from before the reset counts after it.
///
/// RocketMQ members share the queues by themselves, all by one rule and among
/// the same ids. While there are any, the queues are shared by that rule among
/// the ids of both kinds, and what is a RocketMQ member's is given to nobody
/// here. Such a queue is free for a native member when the other one is gone or
/// has had rocketmq_grace to let go of it, and no longer holds its lock. A
/// queue that a native member owns is held in the group's locks, so that
/// RocketMQ's ordered consumers and those who ask where to start wait for it.
///
/// Offsets are taken from the present owner of a queue only, never take the
/// group back except by a reset, and count once the broker has said that the
/// queue is that long. What the group's committed_offsets get from elsewhere is
/// where the next owner of a queue starts.
class group_state {
public:
  using instant = std::chrono::steady_clock::time_point;

  /// More members are refused with errc::busy.
  static constexpr std::size_t members_max = 4096;

  /// A member silent for so many heartbeat intervals is dead.
  static constexpr int heartbeats_missed_max = 3;

  /// Wait before a question that failed is asked again.
  static constexpr std::chrono::milliseconds question_retry{200};

  /// How long a RocketMQ member that still lives keeps a queue that has become
  /// a native member's: so long it may take to hear of it and to commit.
  static constexpr std::chrono::milliseconds rocketmq_grace{400};

  /// Wait before a queue that a RocketMQ member has locked is looked at again.
  static constexpr std::chrono::milliseconds lock_retry{100};

  /// More than there ever are: what a member says beyond them is not believed.
  static constexpr auto generation_max = std::uint64_t{1} << 62;

  /// `first_generation` should be larger than any generation that an earlier
  /// state of the same group has given out. Otherwise members that had those
  /// hear nothing until their first report.
  group_state(group_timing timing, std::uint64_t first_generation,
              std::shared_ptr<committed_offsets> offsets, group_locks locks);

  // -- members ----------------------------------------------------------------

  /// A member joins, or is back (under its id) with a new connection or other
  /// topics; then it keeps its queues as far as its topics allow. It gets an
  /// assignment in any case.
  result<group_effects> join(group_member member, instant now);

  struct report_outcome {
    std::uint32_t accepted = 0;
    group_effects effects;
  };

  /// A member that has not taken over what it was sent within release_timeout
  /// is sent it again. Fails with errc::unknown_member when the member has to
  /// join (again).
  result<report_outcome> report(const member_report& report, instant now);

  /// The member died; nothing happens when it is unknown.
  group_effects remove(const std::string& member, instant now);

  /// These are all RocketMQ members now.
  group_effects rocketmq_listed(const std::vector<rocketmq_member>& all,
                                instant now);

  /// Time has passed.
  group_effects tick(instant now);

  /// When tick() is wanted next.
  std::optional<instant> next_deadline() const;

  // -- topics -----------------------------------------------------------------

  /// All topics of the broker: those that nobody here cares for are skipped,
  /// those that are missing are gone.
  group_effects topics_listed(const std::vector<topic_info>& all, instant now);

  /// Topics were created, altered or deleted just now. A queue that appears
  /// under the eyes of a group is read from its start.
  group_effects topics_changed(const std::vector<topic_info>& changed,
                               instant now);

  bool knows_topic(const std::string& name) const {
    return topics_by_name_.contains(name);
  }

  /// Cares for a topic although no member does (for a reset); list topics
  /// after it.
  void watch_topic(const std::string& name) { watched_.insert(name); }

  // -- offsets ----------------------------------------------------------------

  group_effects ends_answered(queue_id queue, const queue_ends& ends,
                              instant now);
  group_effects ends_failed(queue_id queue, instant now);

  /// Sets where the group goes on. The offsets must be inside their queues; an
  /// unknown queue is skipped.
  group_effects reset(const std::vector<queue_commit>& offsets, instant now);

  // -- looking ----------------------------------------------------------------

  struct member_entry {
    group_member member;
    instant last_seen;
    std::uint64_t sent = 0; ///< newest generation sent to it
    instant sent_at;
    std::set<queue_id> owned; ///< also those that it has to release
    std::set<queue_id> releasing;
  };

  struct queue_view {
    std::string topic;
    queue_id queue;
    std::optional<queue_offset> committed;
    std::string owner; ///< of either kind; empty: nobody
  };

  const std::map<std::string, member_entry>& members() const {
    return members_;
  }

  std::vector<queue_view> queues() const;

  std::uint64_t generation() const { return generation_; }

  bool is_ordered() const;

private:
  struct queue_entry {
    std::optional<queue_offset> unverified; // reported by the owner
    queue_offset end_known;                 // the queue is at least so long
    bool from_earliest = false;
    bool asked = false;
    queue_offset asked_for; // what was reported when the question was asked
    start_policy asked_start;
    std::string owner;
    std::string target;   // who should own it
    std::string rocketmq; // the RocketMQ member that has it, or had it until
    std::optional<instant> rocketmq_until; // … then; none: it is still its
    std::uint64_t granted_in = 0;
    bool releasing = false;
    bool frozen = false; // by a reset: the owner's reports no longer count
    std::uint64_t release_generation = 0;
    instant release_deadline;
  };

  std::uint64_t next_generation() const { return generation_ + 1; }

  bool is_wanted(const topic_info& topic) const;
  void adopt(const topic_info& topic, bool appeared);
  void drop_queue(queue_id queue);
  void drop_topic(topic_id topic);
  bool update_topic(const topic_info& topic, bool appeared);

  void take_offset(queue_entry& entry, queue_id queue, queue_offset offset);
  void reset_queue(queue_id queue, queue_offset offset, instant now);
  void verify(queue_entry& entry, queue_id queue, queue_offset offset);
  void remove_member(const std::string& id);
  void free_queue(queue_id queue);
  void start_release(queue_id queue, queue_entry& entry, instant now);
  void choose_targets(instant now);
  void give_to(queue_id queue, const std::string& whose, instant now);
  void end_rocketmq(queue_id queue);
  void rebalance(instant now);
  bool is_placed(queue_id queue, const queue_entry& entry) const;
  void ask(queue_id queue, queue_entry& entry, group_effects& effects);
  void ask_unverified(group_effects& effects);
  bool grant(queue_id queue, instant now);
  queue_locks::queue lock_of(queue_id queue) const;
  group_effects finish(instant now, group_effects effects = {});
  group_effects::assignment make_assignment(const std::string& id,
                                            const member_entry& member) const;

  group_timing timing_;
  std::uint64_t generation_;
  std::shared_ptr<committed_offsets> offsets_;
  group_locks locks_;
  std::map<std::string, member_entry> members_;
  std::map<std::string, std::set<std::string>> rocketmq_; // topics by id
  std::map<topic_id, topic_info> topics_;
  std::map<std::string, topic_id> topics_by_name_;
  std::set<std::string> watched_;
  std::map<queue_id, queue_entry> queues_;
  std::set<queue_id> waiting_;    // nobody owns them and somebody should
  std::set<queue_id> resolving_;  // those of them that are being asked for
  std::set<queue_id> unverified_; // reported beyond what is known to be there
  std::set<queue_id> leaving_;    // with a rocketmq_until
  std::set<std::string> changed_; // members that get an assignment
  std::optional<instant> retry_at_;
  std::optional<instant> lock_retry_at_;
  bool questions_due_ = false; // about waiting queues
  bool commit_now_ = false;
  bool tell_rocketmq_ = false;
};

} // namespace apogee::core
