#include "messages/remoting_bodies/data_version.hpp"

#include "messages/remoting_bodies/json_fields.hpp"
#include "messages/remoting_bodies/json_writer.hpp"

namespace apogee::remoting {

void read(json_fields& in, data_version& out) {
  in.read("counter", out.counter);
  in.read("stateVersion", out.state_version);
  in.read("timestamp", out.timestamp_ms);
}

void write(json_writer& out, const data_version& x) {
  out.put_map("counter", x.counter, "stateVersion", x.state_version,
              "timestamp", x.timestamp_ms);
}

result<data_version> parse_data_version(std::string_view body) {
  return parse_body<data_version>("data version", body);
}

std::string write_data_version(const data_version& x) {
  return write_body(x);
}

} // namespace apogee::remoting
