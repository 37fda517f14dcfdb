#include "messages/remoting_bodies/subscription.hpp"

#include "messages/remoting_bodies/json_fields.hpp"
#include "messages/remoting_bodies/json_writer.hpp"

namespace apogee::remoting {

void read(json_fields& in, subscription_data& out) {
  in.require("topic", out.topic);
  in.read("classFilterMode", out.class_filter_mode);
  in.read("codeSet", out.tag_codes);
  in.read("expressionType", out.expression_type);
  in.read("subString", out.expression);
  in.read("subVersion", out.version);
  in.read("tagsSet", out.tags);
  if (out.expression_type.empty())
    out.expression_type = "TAG";
}

void write(json_writer& out, const subscription_data& x) {
  out.put_map("classFilterMode", x.class_filter_mode, "codeSet", x.tag_codes,
              "expressionType", x.expression_type, "subString", x.expression,
              "subVersion", x.version, "tagsSet", x.tags, "topic", x.topic);
}

static void read(json_fields& in, client_config_check& out) {
  in.require("clientId", out.client_id);
  in.require("group", out.group);
  in.read("subscriptionData", out.subscription);
}

result<client_config_check> parse_client_config_check(std::string_view body) {
  return parse_body<client_config_check>("client config", body);
}

} // namespace apogee::remoting
