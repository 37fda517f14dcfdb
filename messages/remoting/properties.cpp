#include "messages/remoting/properties.hpp"

namespace apogee::remoting {

namespace {

/// The first part of `rest`, without its end mark, which is taken off as well.
std::string_view take_part(std::string_view& rest) {
  const auto end = rest.find(property_end_mark);
  const auto part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

bool is_named(std::string_view part, std::string_view name) {
  return part.size() > name.size() && part.starts_with(name)
         && part[name.size()] == property_value_mark;
}

} // namespace

bool next_property(std::string_view& rest, property& found) {
  while (!rest.empty()) {
    const auto part = take_part(rest);
    const auto mark = part.find(property_value_mark);
    if (mark == std::string_view::npos || mark == 0 || mark + 1 == part.size())
      continue;
    found = {part.substr(0, mark), part.substr(mark + 1)};
    return true;
  }
  return false;
}

std::optional<std::string_view> find_property(std::string_view properties,
                                              std::string_view name) {
  std::optional<std::string_view> value;
  while (!properties.empty()) {
    const auto part = take_part(properties);
    if (is_named(part, name) && part.size() > name.size() + 1)
      value = part.substr(name.size() + 1);
  }
  return name.empty() ? std::nullopt : value;
}

void append_property(std::string& properties, std::string_view name,
                     std::string_view value) {
  if (!properties.empty() && properties.back() != property_end_mark)
    properties += property_end_mark;
  properties.append(name);
  properties += property_value_mark;
  properties.append(value);
  properties += property_end_mark;
}

void remove_property(std::string& properties, std::string_view name) {
  std::size_t kept = 0;
  std::string_view rest = properties;
  while (!rest.empty()) {
    const auto from = properties.size() - rest.size();
    const auto part = take_part(rest);
    if (is_named(part, name))
      continue;
    const auto bytes = properties.size() - rest.size() - from;
    std::char_traits<char>::move(properties.data() + kept,
                                 properties.data() + from, bytes);
    kept += bytes;
  }
  properties.resize(kept);
}

} // namespace apogee::remoting
