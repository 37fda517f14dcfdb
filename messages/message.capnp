@0x82aad35d3c4e274d;
# A message as its producer encoded it. Stored verbatim in the log.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("apogee::schema");

struct Message {
  bornTime @0 :Int64;            # milliseconds since 1970, the producer's clock
  tag @1 :Text;                  # RocketMQ's TAGS
  keys @2 :List(Text);           # RocketMQ's KEYS
  properties @3 :List(Property); # the user's properties, in the order given
  body @4 :Data;
  flag @5 :Int32;                # RocketMQ's user flag
  sysFlag @6 :Int32;             # RocketMQ's system flag
  reconsumeTimes @7 :Int32;
}

struct Property {
  name @0 :Text;
  value @1 :Text;
}
