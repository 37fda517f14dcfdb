#include "nodes/cli/message_format.hpp"

#include "nodes/cli/encoding.hpp"
#include "nodes/cli/time_text.hpp"

#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

namespace apogee::cli {

namespace {

std::optional<char> escaped(char c) {
  switch (c) {
  case 'n':
    return '\n';
  case 't':
    return '\t';
  case 'r':
    return '\r';
  case '0':
    return '\0';
  case '\\':
    return '\\';
  default:
    return {};
  }
}

result<message_format> unknown(std::string_view what) {
  return {errc::invalid_argument,
          "the format contains '" + std::string{what}
            + "', which means nothing; known are %b body, %k keys, %t tag, %q "
              "queue, %o offset, %T topic, %B broker, %s store time, %p "
              "properties, %n newline, %% percent sign, and \\n \\t \\r \\0 "
              "\\\\"};
}

std::string utf8_or_replaced(std::string_view text) {
  return is_utf8(text) ? std::string{text} : replace_invalid_utf8(text);
}

} // namespace

void message_format::add_literal(char c) {
  if (pieces_.empty() || pieces_.back().kind != part::literal)
    pieces_.push_back({part::literal, {}});
  pieces_.back().text += c;
}

result<message_format> message_format::parse(std::string_view text) {
  message_format out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '%' && c != '\\') {
      out.add_literal(c);
      continue;
    }
    const auto both = text.substr(i, 2);
    const char next = both.size() == 2 ? both[1] : ' ';
    ++i;
    if (c == '\\') {
      const auto meant = escaped(next);
      if (!meant)
        return unknown(both);
      out.add_literal(*meant);
      continue;
    }
    switch (next) {
    case 'b':
      out.pieces_.push_back({part::body, {}});
      break;
    case 'k':
      out.pieces_.push_back({part::keys, {}});
      break;
    case 't':
      out.pieces_.push_back({part::tag, {}});
      break;
    case 'q':
      out.pieces_.push_back({part::queue, {}});
      break;
    case 'o':
      out.pieces_.push_back({part::offset, {}});
      break;
    case 'T':
      out.pieces_.push_back({part::topic, {}});
      break;
    case 'B':
      out.pieces_.push_back({part::broker, {}});
      break;
    case 's':
      out.pieces_.push_back({part::time, {}});
      break;
    case 'p':
      out.pieces_.push_back({part::properties, {}});
      break;
    case 'n':
      out.add_literal('\n');
      break;
    case '%':
      out.add_literal('%');
      break;
    default:
      return unknown(both);
    }
  }
  return out;
}

void message_format::append(std::string& out,
                            const client::received_message& msg) const {
  for (const auto& each : pieces_) {
    switch (each.kind) {
    case part::literal:
      out += each.text;
      break;
    case part::body:
      out += msg.body;
      break;
    case part::keys:
      for (std::size_t i = 0; i < msg.keys.size(); ++i)
        out.append(i == 0 ? "" : " ").append(msg.keys[i]);
      break;
    case part::tag:
      out += msg.tag;
      break;
    case part::queue:
      fmt::format_to(std::back_inserter(out), "{}", msg.queue);
      break;
    case part::offset:
      fmt::format_to(std::back_inserter(out), "{}", msg.offset.value);
      break;
    case part::topic:
      out += msg.topic;
      break;
    case part::broker:
      out += msg.broker;
      break;
    case part::time:
      out += format_time(msg.store_time_ms);
      break;
    case part::properties:
      for (std::size_t i = 0; i < msg.properties.size(); ++i)
        out.append(i == 0 ? "" : ",")
          .append(msg.properties[i].first)
          .append("=")
          .append(msg.properties[i].second);
      break;
    }
  }
}

void append_json(std::string& out, const client::received_message& msg) {
  nlohmann::ordered_json json;
  json["topic"] = utf8_or_replaced(msg.topic);
  json["broker"] = utf8_or_replaced(msg.broker);
  json["queue"] = msg.queue;
  json["offset"] = msg.offset.value;
  json["storeTime"] = format_time(msg.store_time_ms);
  json["bornTime"] = format_time(msg.born_time_ms);
  if (!msg.tag.empty())
    json["tag"] = utf8_or_replaced(msg.tag);
  if (!msg.keys.empty()) {
    auto& keys = json["keys"] = nlohmann::ordered_json::array();
    for (const auto key : msg.keys)
      keys.push_back(utf8_or_replaced(key));
  }
  for (const auto& [name, value] : msg.properties)
    json["properties"][utf8_or_replaced(name)] = utf8_or_replaced(value);
  if (is_utf8(msg.body))
    json["body"] = msg.body;
  else
    json["bodyBase64"] = to_base64(msg.body);
  out += json.dump();
}

} // namespace apogee::cli
