@0xc020ec58b4d84a66;
# What the command line asks of a node.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("apogee::schema");

struct TopicCreate {
  name @0 :Text;
  queues @1 :UInt32 = 8;
  permission @2 :UInt8 = 6;
  readQueues @3 :UInt32;         # 0: as queues
}

# Alters a topic. What is 0 stays as it is, or is as a new topic has it.
struct TopicUpdate {
  name @0 :Text;
  writeQueues @1 :UInt32;
  readQueues @2 :UInt32;         # 0 for a new topic: as writeQueues
  permission @3 :UInt8;
  creates @4 :Bool;              # a topic that is not there
  hints @5 :TopicHints;          # none: as they are
  attributes @6 :Text;           # changes: "+message.type=FIFO,-message.type"
}

# What RocketMQ's tools say of a topic; nothing here depends on it.
struct TopicHints {
  systemFlag @0 :Int32;
  ordered @1 :Bool;
}

struct TopicDelete {
  name @0 :Text;
}

struct TopicQuery {
  name @0 :Text;                 # empty: all topics, without their queues' offsets
}

struct TopicList {
  topics @0 :List(TopicState);
}

struct TopicState {
  id @0 :UInt32;
  name @1 :Text;
  queues @2 :UInt32;
  permission @3 :UInt8;
  createdMs @4 :Int64;
  offsets @5 :List(QueueEnds);
  writeQueues @6 :UInt32;
  readQueues @7 :UInt32;
}

struct QueueEnds {
  queue @0 :UInt32;
  minOffset @1 :UInt64;
  maxOffset @2 :UInt64;
}

struct StatusRequest {
}

struct StatusReply {
  node @0 :Text;
  version @1 :Text;
  pid @2 :UInt32;
  uptimeMs @3 :UInt64;
  topics @4 :UInt32;
  groups @5 :UInt32;
  queuesActive @6 :UInt32;       # queues with an actor
  epoch @7 :UInt64;
  logStart @8 :UInt64;
  written @9 :UInt64;
  flushed @10 :UInt64;
  applied @11 :UInt64;           # by the views; a restart replays from here
  messagesAppended @12 :UInt64;  # since the start
  messagesPulled @13 :UInt64;
  residentBytes @14 :UInt64;
  inFlightBytes @15 :UInt64;
  refusedBusy @16 :UInt64;       # requests answered busy since the start
  refusedMalformed @17 :UInt64;
  diskFreeBytes @18 :UInt64;
  storageError @19 :Text;        # empty while the store is sound
  ports @20 :List(PortState);    # those of RocketMQ clients
}

struct PortState {
  name @0 :Text;                 # "broker" or "nameserver"
  counters @1 :List(Counter);    # most since the start
  unservedCodes @2 :List(Counter);  # requests nobody serves, by their code
}

struct Counter {
  name @0 :Text;
  value @1 :UInt64;
}

# A request of RocketMQ's tools, answered as they are: code and body are those of
# its remoting protocol.
struct ToolRequest {
  code @0 :Int32;
  fields @1 :List(ToolField);
  body @2 :Data;
}

struct ToolReply {
  code @0 :Int32;                # 0: done
  remark @1 :Text;               # why not
  body @2 :Data;
}

struct ToolField {
  name @0 :Text;
  value @1 :Text;
}

# -- supervision ---------------------------------------------------------------

struct TreeRequest {
}

struct TreeReply {
  nodes @0 :List(TreeNode);      # parents before their children
}

struct TreeNode {
  path @0 :Text;                 # "node/storage/flush_service"
  kind @1 :Text;                 # "supervisor" or "worker"
  state @2 :Text;                # "running", "restarting", "stopped"
  restarts @3 :UInt32;
  sinceMs @4 :Int64;             # start of the present incarnation
  strategy @5 :Text;             # of a supervisor
}

struct LogRequest {
  countMax @0 :UInt32 = 100;     # the newest ones
  afterSequence @1 :UInt64;      # only later ones
}

struct LogReply {
  events @0 :List(SupervisionEvent);
}

struct SupervisionEvent {
  sequence @0 :UInt64;
  timeMs @1 :Int64;
  node @2 :Text;
  path @3 :Text;
  event @4 :Text;                # start, crash, restart, escalate, stop, give-up
  reason @5 :Text;
  restarts @6 :UInt32;           # inside the intensity window
  decision @7 :Text;
}

struct CrashRequest {
  path @0 :Text;
}

struct CrashReply {
  path @0 :Text;
}
