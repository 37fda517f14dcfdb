@0x82aad35d3c4e274d;
# A message as its producer encoded it. Stored verbatim in the log. Written and
# read by messages/message_body.hpp, which knows its layout.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("apogee::schema");

struct Message {
  bornTime @0 :Int64;            # milliseconds since 1970, the producer's clock
  properties @1 :Data;           # RocketMQ's property string: name 0x01 value 0x02 …,
                                 # with TAGS (one tag) and KEYS (parted by blanks)
  body @2 :Data;
  flag @3 :Int32;                # RocketMQ's user flag
  sysFlag @4 :Int32;             # RocketMQ's system flag
  reconsumeTimes @5 :Int32;
  bornHost @6 :Data;             # address (4 or 16 bytes), then the port (4), big
                                 # endian; empty for native producers
}
