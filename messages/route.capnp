@0xdfbdd7301778f340;
# What brokers tell nameservers and what clients ask them.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("apogee::schema");

struct BrokerInfo {
  cluster @0 :Text;
  name @1 :Text;                 # of the broker group
  id @2 :UInt64;                 # 0: the leader
  incarnation @3 :UInt64;        # grows with every start: later ones win
  nativeAddress @4 :Text;        # HOST:PORT
  remotingAddress @5 :Text;      # HOST:PORT
  remotingAnyHost @6 :Text;      # 0.0.0.0 or :: when it listens on all addresses
                                 # of its machine, of which the one above is a guess
}

struct TopicRoute {
  topic @0 :Text;
  queues @1 :TopicQueues;
}

# What one broker serves of a topic.
struct TopicQueues {
  write @0 :UInt32;              # queues that producers share: the first ones
  read @1 :UInt32;               # queues that consumers share: the first ones
  permission @2 :UInt8;          # 4 read + 2 write + 1 inherit
  systemFlag @3 :Int32;          # RocketMQ's, for its tools
}

# Broker to nameserver: all topics at first, then what changed; repeated as a
# heartbeat with nothing in it.
struct RegisterRequest {
  broker @0 :BrokerInfo;
  complete @1 :Bool;             # changed is all there is; forget others
  changed @2 :List(TopicRoute);
  deleted @3 :List(Text);
  sequence @4 :UInt64;           # by one more than the one before
  expiryMs @5 :UInt32;           # forget the broker when silent for so long
}

struct RegisterReply {
  completeWanted @0 :Bool;       # a report was missed: send everything
}

struct RouteRequest {
  topic @0 :Text;                # empty: the brokers only
}

struct RouteReply {
  routes @0 :List(BrokerRoute);  # empty: no broker serves the topic
}

struct BrokerRoute {
  broker @0 :BrokerInfo;
  queues @1 :TopicQueues;
}
