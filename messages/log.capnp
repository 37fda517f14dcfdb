@0xc77c1406c7068a35;
# Bodies of the log's records that are not messages, and of what the views keep.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("apogee::schema");

struct TopicConfig {
  id @0 :UInt32;                 # never used again once deleted
  name @1 :Text;
  queues @2 :UInt32;             # that exist: numbers are 0 .. queues-1
  permission @3 :UInt8 = 6;      # RocketMQ's: 4 read, 2 write, 1 inherit
  deleted @4 :Bool;              # true ends the topic and its queues
  retentionMs @5 :Int64 = -1;    # -1: the node's setting
  createdMs @6 :Int64;
  writeQueues @7 :UInt32;        # the first ones; 0: all that exist
  readQueues @8 :UInt32;         # the first ones; 0: all that exist
  systemFlag @9 :Int32;
  ordered @10 :Bool;
  attributes @11 :List(Attribute);
}

struct GroupConfig {
  name @0 :Text;
  deleted @1 :Bool;              # true ends the group …
  ordered @2 :Bool;              # RocketMQ: consumeMessageOrderly
  createdMs @3 :Int64;
  # As in RocketMQ's subscription group config.
  consumeEnable @4 :Bool = true;
  consumeFromMinEnable @5 :Bool = true;
  consumeBroadcastEnable @6 :Bool = true;
  notifyConsumerIdsChangedEnable @7 :Bool = true;
  retryQueueNums @8 :Int32 = 1;
  retryMaxTimes @9 :Int32 = 16;
  brokerId @10 :Int64;
  whichBrokerWhenConsumeSlowly @11 :Int64 = 1;
  groupSysFlag @12 :Int32;
  consumeTimeoutMinute @13 :Int32 = 15;
  retryPolicy @14 :RetryPolicyType;
  exponential @15 :ExponentialRetries;
  customDelaysMs @16 :List(Int64);
  attributes @17 :List(Attribute);
  offsetsKept @18 :Bool;         # … but not its offsets
}

enum RetryPolicyType {
  customized @0;
  exponential @1;
}

struct ExponentialRetries {
  initialMs @0 :Int64;
  maxMs @1 :Int64;
  multiplier @2 :Int64;
}

struct Attribute {
  name @0 :Text;
  value @1 :Text;
}

struct OffsetCommit {
  group @0 :Text;
  offsets @1 :List(QueueOffset);
}

struct QueueOffset {
  topicId @0 :UInt32;
  queue @1 :UInt32;
  offset @2 :UInt64;             # the next message the group will consume
}

struct EpochStart {
  epoch @0 :UInt64;
  broker @1 :Text;
  startMs @2 :Int64;
}
