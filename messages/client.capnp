@0xe03a0f54890de63e;
# What producers and consumers say to a broker.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("apogee::schema");

struct Hello {
  protocolVersion @0 :UInt32;
  programVersion @1 :Text;
  service @2 :Text;              # "broker", "groups", "admin", "nameserver", "supervision"
}

struct Welcome {
  protocolVersion @0 :UInt32;
  programVersion @1 :Text;
  node @2 :Text;
}

struct AppendRequest {
  topic @0 :Text;
  queue @1 :UInt32;
  ack @2 :UInt8;                 # 0 one-way, 1 memory, 2 disk, 3 replicated, 4 replicated + disk
  messages @3 :List(Data);       # each one a Message: one segment, no segment table
}

struct AppendReply {
  firstOffset @0 :UInt64;        # the others follow without a gap
  count @1 :UInt32;
  firstPosition @2 :UInt64;      # of the first record in the broker's log
  storeTime @3 :Int64;           # milliseconds since 1970, the broker's clock
  isFlushLate @4 :Bool;          # stored, but not flushed within the time that was given
}

struct PullRequest {
  topic @0 :Text;
  queue @1 :UInt32;
  offset @2 :UInt64;
  countMax @3 :UInt32 = 1024;
  bytesMax @4 :UInt32 = 1048576; # at least one message is returned whatever its size
  waitMs @5 :UInt32;             # how long to wait for a message when there is none
  filterType @6 :Text;           # "TAG" (also when empty) or "SQL92"
  filter @7 :Text;               # "A || B", or an expression; empty: everything
  group @8 :Text;                # that reads, for the broker's statistics; may be empty
}

struct PullReply {
  nextOffset @0 :UInt64;         # where to pull next
  minOffset @1 :UInt64;          # oldest message still there
  maxOffset @2 :UInt64;          # behind the newest visible message
  count @3 :UInt32;
  records @4 :Data;              # records as stored: header, message, header, message, …
}

struct OffsetQuery {
  topic @0 :Text;
  queue @1 :UInt32;
  storeTimeMs @2 :Int64 = -1;    # -1: only the ends
}

struct OffsetAnswer {
  minOffset @0 :UInt64;
  maxOffset @1 :UInt64;
  atTime @2 :UInt64;             # first offset stored at or after storeTimeMs
}
