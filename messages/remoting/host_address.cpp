#include "messages/remoting/host_address.hpp"

#include <algorithm>
#include <charconv>

namespace apogee::remoting {

namespace {

using groups = std::array<std::uint16_t, 8>;

template <class T>
bool parse_number(std::string_view text, int base, std::size_t digits_max,
                  T& number) {
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number, base);
  return text.size() <= digits_max && parsed.ec == std::errc{}
         && parsed.ptr == end;
}

bool parse_ipv4(std::string_view text, std::uint8_t* bytes) {
  for (int i = 0; i < 4; ++i) {
    const auto dot = i < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos
        || !parse_number(text.substr(0, dot), 10, 3, bytes[i]))
      return false;
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return true;
}

/// Groups between colons; the last two may be written as IPv4. `count` grows by
/// what is found.
bool parse_groups(std::string_view text, groups& found, std::size_t& count) {
  while (!text.empty()) {
    const auto colon = std::min(text.find(':'), text.size());
    const auto group = text.substr(0, colon);
    if (group.find('.') != std::string_view::npos) {
      std::array<std::uint8_t, 4> bytes{};
      if (colon != text.size() || count > 6 || !parse_ipv4(group, bytes.data()))
        return false;
      found[count++] = static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
      found[count++] = static_cast<std::uint16_t>(bytes[2] << 8 | bytes[3]);
      return true;
    }
    if (count == found.size() || !parse_number(group, 16, 4, found[count++]))
      return false;
    if (colon == text.size())
      return true;
    text.remove_prefix(colon + 1);
    if (text.empty())
      return false; // a colon with nothing behind it
  }
  return true;
}

bool parse_ipv6(std::string_view text, groups& found) {
  const auto gap = text.find("::");
  std::size_t count = 0;
  if (gap == std::string_view::npos)
    return parse_groups(text, found, count) && count == found.size();
  groups tail{};
  std::size_t tail_count = 0;
  if (!parse_groups(text.substr(0, gap), found, count)
      || !parse_groups(text.substr(gap + 2), tail, tail_count)
      || count + tail_count >= found.size())
    return false;
  std::fill(found.begin() + static_cast<std::ptrdiff_t>(count), found.end(),
            std::uint16_t{0});
  std::copy_n(tail.begin(), tail_count,
              found.end() - static_cast<std::ptrdiff_t>(tail_count));
  return true;
}

bool is_mapped_ipv4(const groups& g) {
  return std::all_of(g.begin(), g.begin() + 5, [](auto x) { return x == 0; })
         && g[5] == 0xffff;
}

/// The first of the longest rows of two zeros or more, as [from, to).
std::pair<std::size_t, std::size_t> longest_gap(const groups& g) {
  std::pair<std::size_t, std::size_t> longest{0, 0};
  for (std::size_t from = 0; from < g.size(); ++from) {
    auto to = from;
    while (to < g.size() && g[to] == 0)
      ++to;
    if (to - from >= 2 && to - from > longest.second - longest.first)
      longest = {from, to};
  }
  return longest;
}

void append_number(std::string& text, unsigned number, int base) {
  std::array<char, 8> digits;
  const auto end =
    std::to_chars(digits.begin(), digits.end(), number, base).ptr;
  text.append(digits.data(), end);
}

void append_ipv6(std::string& text, const host_address& host) {
  groups g{};
  for (std::size_t i = 0; i < g.size(); ++i)
    g[i] = static_cast<std::uint16_t>(host.bytes[2 * i] << 8
                                      | host.bytes[2 * i + 1]);
  const auto gap = longest_gap(g);
  for (std::size_t i = 0; i < g.size();) {
    if (i == gap.first && gap.second > gap.first) {
      text += "::";
      i = gap.second;
      continue;
    }
    if (i > 0 && i != gap.second)
      text += ':';
    append_number(text, g[i++], 16);
  }
}

} // namespace

std::string to_string(const host_address& host) {
  std::string text;
  if (host.is_ipv6) {
    text += '[';
    append_ipv6(text, host);
    text += ']';
  } else {
    for (std::size_t i = 0; i < 4; ++i) {
      if (i > 0)
        text += '.';
      append_number(text, host.bytes[i], 10);
    }
  }
  text += ':';
  append_number(text, host.port, 10);
  return text;
}

std::optional<host_address> parse_host(std::string_view address,
                                       std::uint16_t port) {
  host_address host;
  host.port = port;
  if (parse_ipv4(address, host.bytes.data()))
    return host;
  host.bytes.fill(0);
  groups g{};
  if (!parse_ipv6(address.substr(0, address.find('%')), g))
    return std::nullopt;
  host.is_ipv6 = !is_mapped_ipv4(g);
  std::size_t at = 0;
  for (std::size_t i = host.is_ipv6 ? 0 : 6; i < g.size(); ++i) {
    host.bytes[at++] = static_cast<std::uint8_t>(g[i] >> 8);
    host.bytes[at++] = static_cast<std::uint8_t>(g[i] & 0xff);
  }
  return host;
}

std::optional<host_address> parse_host_and_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return std::nullopt;
  std::uint16_t port = 0;
  if (!parse_number(text.substr(colon + 1), 10, 5, port))
    return std::nullopt;
  auto address = text.substr(0, colon);
  const auto is_bracketed =
    address.size() >= 2 && address.front() == '[' && address.back() == ']';
  if (is_bracketed)
    address = address.substr(1, address.size() - 2);
  // Without brackets nobody can tell where an IPv6 address ends.
  if (is_bracketed != (address.find(':') != std::string_view::npos))
    return std::nullopt;
  return parse_host(address, port);
}

std::string packed(const host_address& host) {
  std::string out{reinterpret_cast<const char*>(host.bytes.data()),
                  host.address_bytes()};
  out.append({'\0', '\0', static_cast<char>(host.port >> 8),
              static_cast<char>(host.port)});
  return out;
}

std::optional<host_address> unpacked(std::string_view bytes) {
  host_address out;
  if (bytes.size() != 8 && bytes.size() != 20)
    return {};
  out.is_ipv6 = bytes.size() == 20;
  for (std::size_t i = 0; i < out.address_bytes(); ++i)
    out.bytes[i] = static_cast<std::uint8_t>(bytes[i]);
  const auto* port = bytes.data() + bytes.size() - 2;
  out.port = static_cast<std::uint16_t>(static_cast<std::uint8_t>(port[0]) << 8
                                        | static_cast<std::uint8_t>(port[1]));
  return out;
}

} // namespace apogee::remoting
