@0xdf9db659049a56f2;
# What the members of a consumer group and its coordinator say to each other.
# One coordinator per group and broker; it shares out that broker's queues.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("apogee::schema");

struct QueueRef {
  topic @0 :Text;
  queue @1 :UInt32;
}

enum StartFrom {
  latest @0;                     # a group without an offset starts behind the newest message
  earliest @1;                   # … at the oldest one
  time @2;                       # … at the first one stored at or after startTimeMs
}

struct JoinRequest {
  group @0 :Text;
  memberId @1 :Text;             # unique in the group; kept over reconnects
  topics @2 :List(Text);
  startFrom @3 :StartFrom;
  startTimeMs @4 :Int64;
  ordered @5 :Bool;
}

struct JoinReply {
  heartbeatIntervalMs @0 :UInt32; # a member silent for three of them is taken for dead
}

# Coordinator to member, at every change. Queues that are new for the member
# carry the offset to start from.
struct Assignment {
  group @0 :Text;
  generation @1 :UInt64;
  queues @2 :List(AssignedQueue);
}

struct AssignedQueue {
  queue @0 :QueueRef;
  offset @1 :UInt64;
}

# Member to coordinator: commits, releases and the sign of life are one message.
struct MemberReport {
  group @0 :Text;
  memberId @1 :Text;
  generation @2 :UInt64;         # the newest assignment the member has taken over
  offsets @3 :List(AssignedQueue);
  leaving @4 :Bool;              # the last report: give my queues to the others
}

struct MemberReportReply {
  accepted @0 :UInt32;           # offsets taken; others were for queues of other members
}

struct GroupQuery {
  group @0 :Text;                # empty: all groups
}

struct GroupList {
  groups @0 :List(GroupState);
}

struct GroupState {
  name @0 :Text;
  ordered @1 :Bool;
  generation @2 :UInt64;
  members @3 :List(Member);
  queues @4 :List(GroupQueue);
}

struct Member {
  id @0 :Text;
  node @1 :Text;
  queues @2 :List(QueueRef);
  address @3 :Text;              # of a RocketMQ client, as the following
  language @4 :UInt8;            # RocketMQ's code
  version @5 :Int32;             # RocketMQ's ordinal
  subscriptions @6 :List(Subscription);
}

struct Subscription {
  topic @0 :Text;
  expression @1 :Text;           # "red || blue", or of SQL92
}

struct GroupQueue {
  queue @0 :QueueRef;
  offset @1 :UInt64;             # next message to consume
  minOffset @2 :UInt64;
  maxOffset @3 :UInt64;
  member @4 :Text;
}

# Sets where a group goes on. Members that are online take it over at once.
struct GroupReset {
  group @0 :Text;
  topic @1 :Text;
  to @2 :StartFrom;
  timeMs @3 :Int64;
}

# Member to broker: it could not consume the message at `position`. The message
# comes again through the group's retry topic, later each time, or lies in its
# dead letters.
struct SendBack {
  group @0 :Text;
  position @1 :UInt64;           # of its record in the broker's log
  delayLevel @2 :Int32;          # below 0: to the dead letters; 0: the broker's choice
  maxReconsumeTimes @3 :Int32;   # … before it is a dead letter; below 0: the group's
}

struct SendBackReply {
  position @0 :UInt64;           # of what was stored, perhaps where it waits first
}
