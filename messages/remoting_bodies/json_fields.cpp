#include "messages/remoting_bodies/json_fields.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace apogee::remoting {

namespace {

/// fastjson's stand-in for an object that was written before.
constexpr std::string_view reference_key = "$ref";

std::string_view kind_text(json_kind kind) {
  switch (kind) {
  case json_kind::null:
    return "null";
  case json_kind::boolean:
    return "a boolean";
  case json_kind::number:
    return "a number";
  case json_kind::text:
    return "a text";
  case json_kind::list:
    return "a list";
  case json_kind::map:
    return "a map";
  }
  return "nothing";
}

/// "consumerDataSet[1].groupName". Names are those we asked for, never bytes of
/// the sender.
void append_way(std::string& out, const json_place& place) {
  if (place.parent == nullptr)
    return;
  append_way(out, *place.parent);
  if (place.name.empty()) {
    out += '[' + std::to_string(place.index) + ']';
  } else {
    if (!out.empty())
      out += '.';
    out += place.name;
  }
}

bool is_reference(const json_node& x) {
  return x.kind == json_kind::map && x.nodes > 1
         && first_in(x)->text == reference_key;
}

std::optional<std::int64_t> as_whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec == std::errc{} && parsed.ptr == end)
    return number;
  // 3.0 and 1e3 are whole as well, as far as a double is exact.
  constexpr double exact_max = 9007199254740992.0;
  double decimal = 0;
  parsed = std::from_chars(text.data(), end, decimal);
  if (parsed.ec == std::errc{} && parsed.ptr == end
      && std::abs(decimal) <= exact_max && std::trunc(decimal) == decimal)
    return static_cast<std::int64_t>(decimal);
  return std::nullopt;
}

} // namespace

void json_value::fail(errc code, std::string_view what) const {
  if (has_problem())
    return;
  std::string text;
  append_way(text, place_);
  if (!text.empty())
    text += ": ";
  problem_ = {code, text.append(what)};
}

void json_value::wants(std::string_view wanted) const {
  if (is_reference(node_)) {
    fail(errc::not_supported, "'$ref' stands where the value itself is wanted");
    return;
  }
  std::string text{"wants "};
  text.append(wanted).append(", not ").append(kind_text(node_.kind));
  fail(errc::malformed, text);
}

bool json_value::is(json_kind wanted) const {
  if (node_.kind == wanted && !is_reference(node_))
    return true;
  wants(kind_text(wanted));
  return false;
}

void json_value::to(std::string& out) const {
  switch (node_.kind) {
  case json_kind::boolean:
  case json_kind::number:
  case json_kind::text:
    out = node_.text;
    return;
  default:
    wants("a text");
  }
}

void json_value::to(bool& out) const {
  const auto is_scalar = node_.kind == json_kind::boolean
                         || node_.kind == json_kind::number
                         || node_.kind == json_kind::text;
  if (is_scalar && (node_.text == "true" || node_.text == "1"))
    out = true;
  else if (is_scalar && (node_.text == "false" || node_.text == "0"))
    out = false;
  else if (!is_scalar || !node_.text.empty())
    wants("a boolean");
}

std::optional<std::int64_t>
json_value::whole_number(std::int64_t lowest, std::int64_t highest) const {
  if (node_.kind != json_kind::number && node_.kind != json_kind::text) {
    wants("a number");
    return std::nullopt;
  }
  if (node_.text.empty())
    return std::nullopt; // as null
  const auto number = as_whole_number(node_.text);
  if (!number || *number < lowest || *number > highest) {
    fail(errc::malformed, "wants a whole number of " + std::to_string(lowest)
                            + " to " + std::to_string(highest));
    return std::nullopt;
  }
  return number;
}

std::optional<std::size_t> json_value::index_of(const std::string_view* names,
                                                std::size_t count) const {
  if (node_.kind != json_kind::number && node_.kind != json_kind::text) {
    wants("a name");
    return std::nullopt;
  }
  const auto* found = std::find(names, names + count, node_.text);
  if (found != names + count)
    return static_cast<std::size_t>(found - names);
  const auto number = as_whole_number(node_.text);
  if (number && *number >= 0 && static_cast<std::uint64_t>(*number) < count)
    return static_cast<std::size_t>(*number);
  return std::nullopt;
}

const json_node* json_fields::find(std::string_view name) const {
  if (!is_map_)
    return nullptr;
  const json_node* found = nullptr;
  const auto* end = end_of(map_.node());
  for (const auto* x = first_in(map_.node()); x != end;) {
    const auto* value = end_of(*x);
    if (x->kind == json_kind::text && x->text == name)
      found = value;
    x = end_of(*value);
  }
  return found != nullptr && found->kind != json_kind::null ? found : nullptr;
}

void json_fields::require(std::string_view name, std::string& out) {
  read(name, out);
  if (!out.empty() || map_.has_problem())
    return;
  const json_place place{&map_.place_, name, 0};
  json_value{map_.node(), place, map_.problem_}.fail(errc::malformed,
                                                     "is missing");
}

} // namespace apogee::remoting
