#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Writes a body: compact JSON, in the dialect all clients read. Keys of maps
/// are quoted, also numbers; a key that is a struct stands there as a raw
/// object, {{"queueId":0}:5}, as fastjson writes it. Texts come out as UTF-8,
/// whatever bytes they hold.
///
/// A struct takes part with a function `write(json_writer& out, const T& x)`.
namespace apogee::remoting {

class json_writer {
public:
  /// {"name":value,…} of names and values in turn. An empty optional is left
  /// out with its name. Write names in alphabetical order, as fastjson does.
  template <class... Members>
  void put_map(const Members&... members) {
    open('{');
    put_members(members...);
    close('}');
  }

  /// A list of what `put_one(x)` writes for each.
  template <class Range, class PutOne>
  void put_list(const Range& range, PutOne&& put_one) {
    open('[');
    for (const auto& x : range)
      put_one(x);
    close(']');
  }

  /// A map of what `put_entry(x)` writes for each: one put_member.
  template <class Range, class PutEntry>
  void put_entries(const Range& range, PutEntry&& put_entry) {
    open('{');
    for (const auto& x : range)
      put_entry(x);
    close('}');
  }

  /// One entry of a map.
  template <class Key, class Value>
  void put_member(const Key& key, const Value& value) {
    put_key(key);
    put(value);
  }

  template <class T>
  void put(const T& x) {
    if constexpr (std::is_same_v<T, bool>)
      put_bare(x ? "true" : "false");
    else if constexpr (std::is_integral_v<T>)
      put_bare(std::to_string(x));
    else if constexpr (std::is_floating_point_v<T>)
      put_decimal(x);
    else if constexpr (std::is_convertible_v<const T&, std::string_view>)
      put_text(x);
    else if constexpr (std::is_invocable_v<const T&, json_writer&>)
      x(*this);
    else
      write(*this, x);
  }

  void put(std::nullptr_t) { put_bare("null"); }

  template <class T>
  void put(const std::vector<T>& xs) {
    put_list(xs, [this](const T& x) { put(x); });
  }

  template <class Key, class T>
  void put(const std::map<Key, T>& xs) {
    put_entries(xs, [this](const auto& x) { put_member(x.first, x.second); });
  }

  std::string take() && { return std::move(out_); }

private:
  void put_members() {}

  template <class T, class... Rest>
  void put_members(std::string_view name, const T& x, const Rest&... rest) {
    put_member(name, x);
    put_members(rest...);
  }

  template <class T, class... Rest>
  void put_members(std::string_view name, const std::optional<T>& x,
                   const Rest&... rest) {
    if (x)
      put_member(name, *x);
    put_members(rest...);
  }

  template <class Key>
  void put_key(const Key& key) {
    if constexpr (std::is_integral_v<Key>)
      put_text(std::to_string(key));
    else
      put(key);
    out_ += ':';
    needs_comma_ = false;
  }

  void separate() {
    if (needs_comma_)
      out_ += ',';
    needs_comma_ = true;
  }

  void open(char bracket) {
    separate();
    out_ += bracket;
    needs_comma_ = false;
  }

  void close(char bracket) {
    out_ += bracket;
    needs_comma_ = true;
  }

  void put_bare(std::string_view word) {
    separate();
    out_ += word;
  }

  void put_decimal(double x);
  void put_text(std::string_view text);

  std::string out_;
  bool needs_comma_ = false;
};

/// A whole body.
template <class T>
std::string write_body(const T& x) {
  json_writer out;
  out.put(x);
  return std::move(out).take();
}

/// A whole body that is a map, as put_map writes it.
template <class... Members>
std::string write_map_body(const Members&... members) {
  json_writer out;
  out.put_map(members...);
  return std::move(out).take();
}

} // namespace apogee::remoting
