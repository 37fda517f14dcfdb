#include "messages/remoting_bodies/consume_queue_page.hpp"

#include "messages/remoting_bodies/json_writer.hpp"

namespace apogee::remoting {

static void write(json_writer& out, const consume_queue_entry& x) {
  out.put_map("eval", x.matches, "physicOffset", x.position, "physicSize",
              x.size_bytes, "tagsCode", x.tag_code);
}

std::string write_consume_queue_page(const consume_queue_page& x) {
  return write_map_body(
    "filterData", x.filter_text, "maxQueueIndex", x.max_offset, "minQueueIndex",
    x.min_offset, "queueData", x.entries, "subscriptionData", x.subscription);
}

} // namespace apogee::remoting
